"""Submissions: with the API key alone, and never made twice on suspicion."""

from __future__ import annotations

import pytest

from formarelay.errors import (
    ConnectionFailedError,
    CredentialError,
    InvalidRequestError,
    NotFoundError,
    OutcomeUnknownError,
    PermissionDeniedError,
    RateLimitedError,
    ServerError,
    UnexpectedResponseError,
)
from tests.support.formaloo import Service, StoredPair, enveloped, pair, refusal

OPERATION = "POST form-displays/slug/{form}/submit/"
VALUES = {"fMail": "ada@example.com", "fPlans": ["chPro"]}
ANSWER = {"slug": "r9", "submit_code": "code-9", "tracking_code": "T-9"}


@pytest.fixture
def service():
    return Service()


@pytest.mark.parametrize("status", [200, 201])
@pytest.mark.parametrize("data", [{"row": ANSWER}, ANSWER])
def test_a_submission_needs_the_api_key_and_no_token(service, status, data):
    service.http.replies(status, json=enveloped(data), operation=OPERATION)

    submission = service.client.submit("f/1", VALUES)

    assert (submission.slug, submission.submit_code) == ("r9", "code-9")
    (sent,) = service.http.requests
    assert (sent.method, sent.path) == ("POST", "/v3.0/form-displays/slug/f%2F1/submit/")
    assert dict(sent.headers) == {"x-api-key": "api-key-one"}
    assert sent.json == VALUES
    assert sent.form is None
    assert sent.read_timeout_seconds == 20.0


def test_a_token_at_hand_is_not_sent_along():
    service = Service(workspace="ws1")
    service.mints()
    service.answers()
    service.client.row("r1")
    service.http.replies(201, json=enveloped(ANSWER), operation=OPERATION)

    service.client.submit("f1", VALUES)

    assert dict(service.http.requests[-1].headers) == {"x-api-key": "api-key-one"}


def test_aliases_are_announced(service):
    service.http.replies(201, json=enveloped(ANSWER), operation=OPERATION)

    service.client.submit("f1", {"mail": "ada@example.com"}, by_alias=True)

    assert service.http.requests[0].json == {"mail": "ada@example.com", "submit_by_alias": True}


def test_the_callers_values_are_not_changed(service):
    service.http.replies(201, json=enveloped(ANSWER), operation=OPERATION)
    values = {"mail": "ada@example.com"}

    service.client.submit("f1", values, by_alias=True)

    assert values == {"mail": "ada@example.com"}


@pytest.mark.parametrize(
    ("slug", "values"),
    [("f1", {"submit_by_alias": True}), ("", VALUES), ("..", VALUES), ("f1", {"x": object()})],
)
def test_what_cannot_be_meant_is_not_sent(service, slug, values):
    with pytest.raises(InvalidRequestError) as caught:
        service.client.submit(slug, values)

    assert type(caught.value) is InvalidRequestError
    assert service.http.requests == []


@pytest.mark.parametrize("failure", [ConnectionFailedError, OutcomeUnknownError])
def test_a_failure_of_the_network_is_the_callers(service, failure):
    service.http.fails(failure, operation=OPERATION)

    with pytest.raises(failure) as caught:
        service.client.submit("f1", VALUES)

    assert type(caught.value) is failure
    assert len(service.http.requests) == 1
    assert service.waits == []


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (400, InvalidRequestError),
        (403, PermissionDeniedError),
        (404, NotFoundError),
        (429, RateLimitedError),
        (500, ServerError),
        (502, ServerError),
        (301, UnexpectedResponseError),
    ],
)
def test_a_refusal_is_not_repeated(service, status, error):
    service.http.replies(status, json=refusal(status, "no"), operation=OPERATION)

    with pytest.raises(error) as caught:
        service.client.submit("f1", VALUES)

    assert type(caught.value) is error
    assert caught.value.operation == OPERATION
    assert len(service.http.requests) == 1
    assert service.waits == []


@pytest.mark.parametrize("status", [400, 200])
def test_refused_fields_are_named(service, status):
    body = refusal(status, form={"fMail": ["ada@example.com is taken"]})
    service.http.replies(status, json=body, operation=OPERATION)

    with pytest.raises(InvalidRequestError) as caught:
        service.client.submit("f1", VALUES)

    assert caught.value.problems == ("fMail",)
    assert "ada" not in str(caught.value)


@pytest.mark.parametrize("body", ["", "<html>Thanks!</html>", "{}", '{"data": {}}', '{"data": '])
def test_a_success_that_names_no_row_leaves_the_outcome_open(service, body):
    service.http.replies(201, body=body, operation=OPERATION)

    with pytest.raises(OutcomeUnknownError) as caught:
        service.client.submit("f1", VALUES)

    assert type(caught.value) is UnexpectedResponseError
    assert len(service.http.requests) == 1


def test_a_refused_api_key_is_refreshed_and_the_submission_repeated_once():
    service = Service(stored=StoredPair(pair("old"), after_refresh=pair("new")))
    service.http.replies(401, json=refusal(401, "no"), operation=OPERATION)
    service.http.replies(201, json=enveloped(ANSWER), operation=OPERATION)

    assert service.client.submit("f1", VALUES).slug == "r9"

    assert [sent.headers["x-api-key"] for sent in service.http.requests] == [
        "api-key-old",
        "api-key-new",
    ]
    assert service.stored.rejected == [pair("old")]


@pytest.mark.parametrize(("after_refresh", "calls"), [(pair("old"), 1), (pair("new"), 2)])
def test_a_refused_api_key_without_a_better_one_is_the_callers(after_refresh, calls):
    service = Service(stored=StoredPair(pair("old"), after_refresh=after_refresh))
    service.http.replies(401, json=refusal(401, "no"), operation=OPERATION, times=calls)

    with pytest.raises(CredentialError) as caught:
        service.client.submit("f1", VALUES)

    assert type(caught.value) is CredentialError
    assert len(service.http.requests) == calls

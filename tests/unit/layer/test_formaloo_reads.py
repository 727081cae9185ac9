"""Authenticated reads through the client: what is sent, and what happens when it is refused."""

from __future__ import annotations

import threading

import pytest

from formarelay.errors import (
    ConnectionFailedError,
    CredentialError,
    InvalidRequestError,
    NotFoundError,
    OutcomeUnknownError,
    PermissionDeniedError,
    RateLimitedError,
    SecretUnavailableError,
    ServerError,
    UnexpectedResponseError,
)
from formarelay.formaloo.client import BASE_URL
from formarelay.http import HttpResponse, Timeouts
from tests.support.fake_http import SentRequest
from tests.support.formaloo import (
    PATIENCE_SECONDS,
    ROW,
    TOKEN_OPERATION,
    Service,
    StoredPair,
    enveloped,
    in_threads,
    pair,
    refusal,
)


@pytest.fixture
def service():
    return Service()


def test_a_read_carries_the_token_and_the_api_key(service):
    service.mints()
    service.http.replies(json=enveloped({"form": {"slug": "f1"}}), operation="GET forms/{form}/")

    data = service.client.get("forms/{form}/", {"version": 2}, form="f1")

    assert data == {"form": {"slug": "f1"}}
    sent = service.http.requests[1]
    assert (sent.method, sent.path, sent.params) == ("GET", "/v3.0/forms/f1/", {"version": 2})
    assert dict(sent.headers) == {"authorization": "JWT token-1", "x-api-key": "api-key-one"}
    assert (sent.json, sent.form) == (None, None)
    service.http.assert_done()


def test_the_base_url_is_the_documented_one():
    assert BASE_URL == "https://api.formaloo.me"


@pytest.mark.parametrize("path", ["usage", "usage/", "/usage", "/usage/"])
def test_every_path_ends_with_a_slash(service, path):
    service.mints()
    service.http.replies(json=enveloped({}))

    service.client.get(path)

    assert service.http.requests[1].path == "/v3.0/usage/"
    assert service.http.requests[1].operation == "GET usage/"


def test_version_workspace_and_timeout_are_configurable():
    service = Service(
        version="v2.0", workspace="ws1", timeouts=Timeouts(connect_seconds=1.0, read_seconds=4.0)
    )
    service.mints()
    service.answers()

    service.client.row("r1")

    token_call, read = service.http.requests
    assert token_call.path == "/v2.0/oauth2/authorization-token/"
    assert read.path == "/v2.0/rows/r1/"
    assert read.headers["x-workspace"] == "ws1"
    assert [token_call.read_timeout_seconds, read.read_timeout_seconds] == [4.0, 4.0]


def test_every_call_has_a_finite_timeout_by_default(service):
    service.mints()
    service.answers()

    service.client.row("r1")

    assert [request.read_timeout_seconds for request in service.http.requests] == [20.0, 20.0]


@pytest.mark.parametrize(
    ("slug", "path"),
    [
        ("a/b", "/v3.0/rows/a%2Fb/"),
        ("a?b=c#d", "/v3.0/rows/a%3Fb%3Dc%23d/"),
        ("a b", "/v3.0/rows/a%20b/"),
        ("%2e%2e", "/v3.0/rows/%252e%252e/"),
        ("é", "/v3.0/rows/%C3%A9/"),
        ("{row}", "/v3.0/rows/%7Brow%7D/"),
    ],
)
def test_slugs_are_percent_encoded(service, slug, path):
    service.mints()
    service.answers()

    service.client.row(slug)

    assert service.http.requests[1].path == path


@pytest.mark.parametrize("slug", ["", ".", "..", "../keys", "\ud800"])
def test_a_slug_that_would_be_another_route_is_not_sent(service, slug):
    service.mints()

    with pytest.raises(InvalidRequestError) as caught:
        service.client.row(slug)

    assert type(caught.value) is InvalidRequestError
    assert [request.operation for request in service.http.requests] in ([], [TOKEN_OPERATION])


def test_a_placeholder_without_a_slug_is_not_sent(service):
    with pytest.raises(InvalidRequestError):
        service.client.get("forms/{form}/")

    assert service.http.requests == []


def test_the_call_that_rotates_the_keys_is_no_read(service):
    with pytest.raises(ValueError, match="rotation"):
        service.client.get("keys/", {"rotate": "true"})

    assert service.http.requests == []


@pytest.mark.parametrize("data", [{"row": ROW}, ROW])
def test_a_row_is_read_by_its_slug(service, data):
    service.mints()
    service.answers(json=enveloped(data))

    row = service.client.row("r1")

    assert (row.slug, row.value("fMail")) == ("r1", "ada@example.com")


def test_one_token_serves_many_calls_until_it_is_too_old(service):
    service.mints(200, 200)
    service.answers(times=4)

    service.client.row("r1")
    service.client.row("r1")
    service.clock.advance(14.9)
    service.client.row("r1")
    service.clock.advance(0.2)
    service.client.row("r1")

    assert service.sent == [
        "Basic secret-key-one==", "JWT token-1", "JWT token-1", "JWT token-1",
        "Basic secret-key-one==", "JWT token-2",
    ]  # fmt: skip
    service.http.assert_done()


def test_a_401_leads_to_one_new_token_and_one_repetition(service):
    service.mints(200, 200)
    service.refuses()
    service.answers(times=2)

    assert service.client.row("r1").slug == "r1"
    assert service.client.row("r1").slug == "r1"

    assert service.sent == [
        "Basic secret-key-one==", "JWT token-1", "Basic secret-key-one==",
        "JWT token-2", "JWT token-2",
    ]  # fmt: skip
    assert service.waits == []


def test_a_second_401_is_the_callers_and_its_token_is_not_used_again(service):
    service.mints(200, 200, 200)
    service.refuses(times=2)
    service.answers()

    with pytest.raises(CredentialError) as caught:
        service.client.row("r1")
    service.client.row("r1")

    assert type(caught.value) is CredentialError
    assert caught.value.operation == "GET rows/{row}/"
    assert service.sent[-2:] == ["Basic secret-key-one==", "JWT token-3"]
    service.http.assert_done()


def test_rotated_keys_are_picked_up_at_the_first_401():
    service = Service(stored=StoredPair(pair("old"), after_refresh=pair("new")))
    service.mints(200, 401, 200)
    service.refuses()
    service.answers()

    assert service.client.row("r1").slug == "r1"

    assert [(sent.headers["Authorization"], sent.headers["x-api-key"])
            for sent in service.http.requests] == [
        ("Basic secret-key-old==", "api-key-old"),
        ("JWT token-1", "api-key-old"),
        ("Basic secret-key-old==", "api-key-old"),
        ("Basic secret-key-new==", "api-key-new"),
        ("JWT token-3", "api-key-new"),
    ]  # fmt: skip
    service.http.assert_done()


def test_a_refused_pair_without_another_ends_the_call(service):
    service.mints(401)

    with pytest.raises(CredentialError) as caught:
        service.client.row("r1")

    assert type(caught.value) is CredentialError
    assert caught.value.operation == TOKEN_OPERATION
    assert len(service.http.requests) == 1


def test_a_missing_token_endpoint_is_not_taken_for_a_missing_row(service):
    service.mints(404)

    with pytest.raises(CredentialError) as caught:
        service.client.row("r1")

    assert type(caught.value) is CredentialError


def test_unreadable_keys_end_the_call_before_anything_is_sent(service):
    def current():
        raise SecretUnavailableError("no secret")

    service.stored.current = current

    with pytest.raises(SecretUnavailableError):
        service.client.row("r1")

    assert service.http.requests == []


def test_threads_that_are_refused_with_one_token_cause_one_new_token(service):
    number = 6
    service.mints(200, 200)
    service.answers()
    service.client.row("r1")
    together = threading.Barrier(number)

    def judge(request: SentRequest) -> HttpResponse:
        """Refuse the first token, but only when every thread has come with it."""
        old = request.headers["Authorization"] == "JWT token-1"
        if old:
            together.wait(PATIENCE_SECONDS)
        return HttpResponse(
            status=401 if old else 200,
            body=b"{}" if old else b'{"data": {"row": {"slug": "r1", "data": {}}}}',
            service="formaloo",
            operation=request.operation,
        )

    service.http.otherwise = judge

    rows = in_threads(number, lambda: service.client.row("r1"))

    assert [future.result().slug for future in rows] == ["r1"] * number
    assert sorted(service.sent[2:]) == sorted(
        ["JWT token-1"] * number + ["Basic secret-key-one=="] + ["JWT token-2"] * number
    )


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (400, InvalidRequestError),
        (403, PermissionDeniedError),
        (404, NotFoundError),
    ],
)
def test_what_a_repetition_cannot_help_is_not_repeated(service, status, error):
    service.mints()
    service.answers(status, json=refusal(status, "no"))

    with pytest.raises(error) as caught:
        service.client.row("r1")

    assert type(caught.value) is error
    assert caught.value.service == "formaloo"
    assert caught.value.operation == "GET rows/{row}/"
    assert len(service.http.requests) == 2
    assert service.waits == []


@pytest.mark.parametrize("status", [500, 502, 503, 504])
def test_a_read_is_repeated_after_a_server_error(service, status):
    service.mints()
    service.answers(status, times=2)
    service.answers()

    assert service.client.row("r1").slug == "r1"
    assert service.waits == [0.25, 0.5]
    service.http.assert_done()


@pytest.mark.parametrize("failure", [ConnectionFailedError, OutcomeUnknownError])
def test_a_read_is_repeated_after_a_failure_of_the_network(service, failure):
    service.mints()
    service.http.fails(failure, operation="GET rows/{row}/")
    service.answers()

    assert service.client.row("r1").slug == "r1"
    assert service.waits == [0.25]


def test_a_failed_mint_is_repeated_with_the_read(service):
    service.mints(503, 200)
    service.answers()

    assert service.client.row("r1").slug == "r1"
    assert service.waits == [0.25]
    assert service.sent[-1] == "JWT token-2"


def test_an_answer_that_is_no_row_is_asked_for_again(service):
    service.mints()
    service.answers(json=enveloped({"row": {}}))
    service.answers()

    assert service.client.row("r1").slug == "r1"


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        ({"status": 503}, ServerError),
        ({"json": {"data": {"row": {}}}}, UnexpectedResponseError),
        ({"status": 301}, UnexpectedResponseError),
    ],
)
def test_a_read_is_repeated_only_so_often(service, answer, error):
    service.mints()
    service.answers(**answer, times=3)

    with pytest.raises(error) as caught:
        service.client.row("r1")

    assert type(caught.value) is error
    assert service.waits == [0.25, 0.5]
    service.http.assert_done()


def test_a_short_wait_that_the_provider_advises_is_kept(service):
    service.mints()
    service.answers(429, headers={"Retry-After": "7"})
    service.answers()

    assert service.client.row("r1").slug == "r1"
    assert service.waits == [7.0]


def test_a_long_wait_that_the_provider_advises_is_the_callers(service):
    service.mints()
    service.answers(429, headers={"Retry-After": "60"})

    with pytest.raises(RateLimitedError) as caught:
        service.client.row("r1")

    assert caught.value.retry_after_seconds == 60.0
    assert service.waits == []


def test_a_token_that_grew_old_while_waiting_is_not_used_for_the_repetition(service):
    service.mints(200, 200)
    service.answers(503, before=lambda: service.clock.advance(16))
    service.answers()

    service.client.row("r1")

    assert service.sent[-1] == "JWT token-2"

from __future__ import annotations

import json

import pytest

from formarelay.errors import (
    CredentialError,
    InvalidRequestError,
    RateLimitedError,
    ServerError,
    UnexpectedResponseError,
)
from formarelay.formaloo.envelope import data_of, describe_error, successful_body
from formarelay.http import Headers, HttpResponse
from tests.support.formaloo import enveloped, refusal

NOW = 1_800_000_000.0
OPERATION = "GET forms/{form}/rows/"


def answer(status: int, content: object) -> HttpResponse:
    body = content.encode() if isinstance(content, str) else json.dumps(content).encode()
    return HttpResponse(
        status=status, headers=Headers(), body=body, service="formaloo", operation=OPERATION
    )


@pytest.mark.parametrize(
    "body",
    [
        enveloped({"x": 1}),
        enveloped({"x": 1}, status=418),
        {"data": {"x": 1}},
        {"data": {"x": 1}, "errors": {}},
        {"data": {"x": 1}, "errors": None},
        {"data": {"x": 1}, "errors": []},
        {"data": {"x": 1}, "errors": {"general_errors": None, "form_errors": {}}},
    ],
)
@pytest.mark.parametrize("status", [200, 201, 202])
def test_the_http_status_decides_and_missing_parts_are_tolerated(status, body):
    assert data_of(answer(status, body), now=NOW) == {"x": 1}


def test_a_success_around_field_errors_is_a_refusal_that_names_the_fields():
    body = refusal(200, "Please correct", form={"fMail": ["ada@x is wrong"], "plan": ["required"]})

    with pytest.raises(InvalidRequestError) as caught:
        successful_body(answer(200, body), now=NOW)

    assert type(caught.value) is InvalidRequestError
    assert caught.value.problems == ("fMail", "plan")
    assert (caught.value.status, caught.value.operation) == (200, OPERATION)
    assert "ada@x" not in str(caught.value)


@pytest.mark.parametrize(
    "errors",
    [
        {"general_errors": ["no"], "form_errors": {}},
        {"general_errors": "no"},
        {"form_errors": ["no"]},
        {"form_errors": {"a field\nname": ["no"]}},
        {"detail": "no"},
        ["no"],
        "no",
    ],
)
def test_a_success_around_other_errors_is_not_trusted_either_way(errors):
    body = {"status": 200, "errors": errors, "data": {"row": {"slug": "r1"}}}

    with pytest.raises(UnexpectedResponseError) as caught:
        successful_body(answer(200, body), now=NOW)

    assert type(caught.value) is UnexpectedResponseError
    assert (caught.value.status, caught.value.operation) == (200, OPERATION)


@pytest.mark.parametrize(
    ("status", "content"),
    [
        (204, ""),
        (200, ""),
        (200, "<html>Login</html>"),
        (200, '{"data": {"x": 1'),
        (200, '{"data": {"x": NaN}}'),
        (200, []),
        (200, None),
        (200, "null"),
        (200, {}),
        (200, {"x": 1}),
        (200, {"detail": "no"}),
        (200, {"data": None}),
        (200, {"data": []}),
        (200, {"data": "text"}),
        (301, ""),
    ],
)
def test_a_success_without_a_data_object_is_unexpected(status, content):
    with pytest.raises(UnexpectedResponseError) as caught:
        data_of(answer(status, content), now=NOW)

    assert type(caught.value) is UnexpectedResponseError
    assert caught.value.status == status


@pytest.mark.parametrize(
    ("status", "error"), [(401, CredentialError), (400, InvalidRequestError), (500, ServerError)]
)
@pytest.mark.parametrize(
    "content",
    [
        refusal(400, "no"),
        {"detail": "no"},
        {"error": "no"},
        {"message": "no"},
        {"errors": "no"},
        {"errors": {"form_errors": "no"}},
        {"errors": {"form_errors": {"fMail": None}}},
        [],
        "<html>no</html>",
        "",
    ],
)
def test_errors_of_any_shape_keep_the_meaning_of_their_status(status, error, content):
    with pytest.raises(error) as caught:
        successful_body(answer(status, content), now=NOW)

    assert type(caught.value) is error
    assert caught.value.status == status


def test_a_refusal_names_the_fields_and_never_their_messages():
    body = refusal(400, form={"fMail": ["ada@x is wrong"], "two words": ["x"], "ok": []})

    with pytest.raises(InvalidRequestError) as caught:
        successful_body(answer(400, body), now=NOW)

    assert caught.value.problems == ("fMail",)
    assert "ada@x" not in str(caught.value)


@pytest.mark.parametrize(
    "body",
    [
        {"detail": "Request was throttled. Expected available in 7 seconds."},
        {"message": "Too many requests, wait 7 seconds"},
        refusal(429, "Throttled.", "Try again in 7 seconds."),
    ],
)
def test_the_wait_that_a_throttled_answer_names_is_used(body):
    with pytest.raises(RateLimitedError) as caught:
        successful_body(answer(429, body), now=NOW)

    assert caught.value.retry_after_seconds == 7.0


@pytest.mark.parametrize(
    "body",
    [{}, {"detail": 7}, {"errors": []}, {"errors": {"general_errors": "x"}},
     {"errors": {"general_errors": [None, {}]}}],
)  # fmt: skip
def test_no_wait_is_read_where_none_is_named(body):
    assert describe_error(answer(429, body)).retry_after_seconds is None

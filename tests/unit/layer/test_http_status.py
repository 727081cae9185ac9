from __future__ import annotations

import math

import pytest

from formarelay.errors import (
    CredentialError,
    InvalidRequestError,
    NotFoundError,
    OutcomeUnknownError,
    PermissionDeniedError,
    QuotaExhaustedError,
    RateLimit,
    RateLimitedError,
    ServerError,
    UnexpectedResponseError,
)
from formarelay.http import ErrorDetail, Headers, HttpResponse, raise_for_status, rate_limit_from

pytestmark = pytest.mark.disable_socket

NOW = 1_700_000_000.0


def error_for(status: int, *, code: str = "", headers: dict[str, str] | None = None, **detail):
    response = HttpResponse(
        status=status,
        headers=Headers((headers or {}).items()),
        service="forma-mail",
        operation="POST emails/send",
    )
    with pytest.raises(Exception) as caught:
        raise_for_status(response, describe=lambda _: ErrorDetail(code=code, **detail), now=NOW)
    return caught.value


@pytest.mark.parametrize("status", [200, 201, 202, 204, 299])
def test_success_raises_nothing_and_reads_no_error_body(status):
    def must_not_be_called(response: HttpResponse) -> ErrorDetail:
        raise AssertionError

    assert raise_for_status(HttpResponse(status=status), describe=must_not_be_called, now=0) is None


@pytest.mark.parametrize(
    ("status", "code", "kind"),
    [
        (400, "ERR_VALID_001", InvalidRequestError),
        (409, "", InvalidRequestError),
        (413, "", InvalidRequestError),
        (422, "", InvalidRequestError),
        (451, "", InvalidRequestError),
        (401, "API_KEY_REVOKED", CredentialError),
        (401, "QUOTA_EXCEEDED", CredentialError),
        (402, "", QuotaExhaustedError),
        (403, "FORBIDDEN", PermissionDeniedError),
        (403, "QUOTA_EXCEEDED", QuotaExhaustedError),
        (404, "", NotFoundError),
        (422, "QUOTA_EXCEEDED", QuotaExhaustedError),
        (400, "insufficient_credit", QuotaExhaustedError),
        (409, "PAYMENT_REQUIRED", QuotaExhaustedError),
        (429, "RATE_LIMIT_EXCEEDED", RateLimitedError),
        (429, "ERR_QUOTA_001", RateLimitedError),
        (408, "", OutcomeUnknownError),
        (421, "", OutcomeUnknownError),
        (425, "", OutcomeUnknownError),
        (430, "", OutcomeUnknownError),
        (499, "", OutcomeUnknownError),
        (500, "", ServerError),
        (500, "QUOTA_EXCEEDED", ServerError),
        (502, "", ServerError),
        (503, "", ServerError),
        (504, "", ServerError),
        (599, "", ServerError),
        (101, "", UnexpectedResponseError),
        (300, "", UnexpectedResponseError),
        (302, "", UnexpectedResponseError),
        (304, "", UnexpectedResponseError),
        (600, "", UnexpectedResponseError),
        (999, "", UnexpectedResponseError),
    ],
)
def test_a_status_says_what_to_do_next(status, code, kind):
    error = error_for(status, code=code)
    assert type(error) is kind
    assert error.status == status
    assert error.service == "forma-mail"
    assert error.operation == "POST emails/send"


def test_the_error_carries_the_providers_code():
    assert error_for(404, code="TEMPLATE_NOT_FOUND").code == "TEMPLATE_NOT_FOUND"


@pytest.mark.parametrize("code", ["ada@example.com", "A B", "x" * 65, "a\nb", "é"])
def test_a_code_that_is_no_short_word_is_dropped(code):
    error = error_for(400, code=code)
    assert error.code == ""
    assert code not in str(error)


def test_an_invalid_request_names_the_fields_and_nothing_else():
    error = error_for(400, problems=("to.0.email", "cc[1]", "ada@example.com is wrong", ""))
    assert error.problems == ("to.0.email", "cc[1]")


@pytest.mark.parametrize(
    ("headers", "body_seconds", "seconds"),
    [
        ({"Retry-After": "45"}, 20, 45),
        ({}, 20, 20),
        ({"X-RateLimit-Reset": str(NOW + 12)}, None, 12),
        ({}, None, 30),
        ({"Retry-After": "1000000000"}, None, 900),
        ({"Retry-After": "-5"}, None, 30),
    ],
)
def test_a_429_says_how_long_to_wait(headers, body_seconds, seconds):
    error = error_for(429, headers=headers, retry_after_seconds=body_seconds)
    assert error.retry_after_seconds == seconds


def test_a_429_carries_what_the_headers_say_of_the_limit():
    error = error_for(429, headers={"X-RateLimit-Limit": "100", "X-RateLimit-Remaining": "0"})
    assert error.rate_limit == RateLimit(limit=100, remaining=0)


def test_a_429_without_headers_carries_no_limit():
    assert error_for(429).rate_limit is None


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (("100", "95", "1640995200"), RateLimit(limit=100, remaining=95, reset_at=1640995200.0)),
        (("100", "-1", "soon"), RateLimit(limit=100)),
        (("", "inf", "nan"), None),
        (("1" * 400, "0", "0"), RateLimit(limit=int(float("1" * 30)), remaining=0, reset_at=0.0)),
    ],
)
def test_rate_limit_headers_are_hostile_input(values, expected):
    names = ("X-RateLimit-Limit", "X-RateLimit-Remaining", "X-RateLimit-Reset")
    found = rate_limit_from(Headers(zip(names, values, strict=True)))
    assert found == expected
    assert found is None or math.isfinite(found.reset_at or 0)

from __future__ import annotations

import pytest

from formarelay.errors import (
    ConnectionFailedError,
    CredentialError,
    FormaError,
    InvalidRequestError,
    NotFoundError,
    OutcomeUnknownError,
    PermissionDeniedError,
    QuotaExhaustedError,
    RateLimit,
    RateLimitedError,
    SecretUnavailableError,
    ServerError,
)
from formarelay.formamail.client import FormaMail
from formarelay.formamail.models import Recipient, SendRequest
from formarelay.redact import Secret
from tests.support.api_keys import FakeKeys
from tests.support.clock import ManualClock
from tests.support.fake_http import FakeHttp

pytestmark = pytest.mark.disable_socket

OLD, NEW = "fm_sk_old00000000000000000", "fm_sk_new00000000000000000"
MAIL = SendRequest(template_id="t", to=(Recipient(email="ada@example.com"),))
CLOCK = ManualClock()


def refusal(status: int, code: str, **more: object) -> dict[str, object]:
    """The seed's error envelope."""
    return {
        "statusCode": status,
        "code": code,
        "message": "for ada@example.com",
        "timestamp": "2024-11-19T12:00:00.000Z",
        "path": "/api/emails/send",
        **more,
    }


def failure(http: FakeHttp, keys: FakeKeys | None = None) -> FormaError:
    with pytest.raises(FormaError) as caught:
        FormaMail(http, keys=keys or FakeKeys(OLD), clock=CLOCK).send(MAIL)
    http.assert_done()
    return caught.value


def answered(status: int, **reply) -> FormaError:
    return failure(FakeHttp(service="forma-mail").replies(status, **reply))


@pytest.mark.parametrize(
    ("status", "code", "kind"),
    [
        (400, "ERR_VALID_001", InvalidRequestError),
        (400, "ERR_LIMIT_006", InvalidRequestError),
        (403, "FORBIDDEN", PermissionDeniedError),
        (404, "TEMPLATE_NOT_FOUND", NotFoundError),
        (422, "QUOTA_EXCEEDED", QuotaExhaustedError),
        (422, "TEMPLATE_VARIABLE_MISSING", InvalidRequestError),
        (500, "INTERNAL", ServerError),
        (503, "UNAVAILABLE", ServerError),
    ],
)
@pytest.mark.parametrize("dialect", ["code", "error"])
def test_both_error_dialects_are_understood(status, code, kind, dialect):
    error = answered(status, json={dialect: code, "message": "m", "success": False})
    assert type(error) is kind
    assert (error.code, error.status) == (code, status)


def test_the_seeds_code_wins_over_the_sdks():
    assert answered(404, json={"code": "A", "error": "B"}).code == "A"


@pytest.mark.parametrize(
    "body",
    [b"", b"<html>", b"[]", b"null", b'{"code": 7, "error": {"x": 1}}', b'{"code": "Bad Request"}'],
)
def test_an_unreadable_error_body_leaves_the_status(body):
    error = answered(422, body=body)
    assert type(error) is InvalidRequestError
    assert (error.code, error.problems) == ("", ())


def test_the_fields_at_fault_are_named_without_the_messages():
    related = {
        "errors": [
            {"field": "to.0.email", "message": "ada@example.com is no address"},
            {"field": "templateId", "message": "missing"},
            {"field": 7},
            "text",
        ]
    }
    error = answered(400, json=refusal(400, "ERR_VALID_001", relatedInfo=related))
    assert error.problems == ("to.0.email", "templateId")
    assert "ada" not in str(vars(error)) + str(error) + repr(error)


@pytest.mark.parametrize("related", [None, [], {"errors": None}, {"errors": "x"}, {"errors": [[]]}])
def test_odd_related_info_is_no_obstacle(related):
    assert answered(400, json=refusal(400, "X", relatedInfo=related)).problems == ()


# --- 429 -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("headers", "body", "seconds"),
    [
        ({"Retry-After": "45"}, refusal(429, "RATE_LIMIT_EXCEEDED", retryAfter=9), 45),
        ({}, refusal(429, "ERR_QUOTA_001", retryAfter=9, message="after 7 seconds"), 9),
        ({}, refusal(429, "ERR_QUOTA_001", retryAfter="9"), 9),
        ({}, refusal(429, "X", message="Please try again in 17 seconds."), 17),
        ({}, refusal(429, "X", retryAfter=-4, message="again in 17 seconds."), 17),
        ({"X-RateLimit-Reset": str(CLOCK.wall() + 21)}, refusal(429, "X"), 21),
        ({}, refusal(429, "X"), 30),
        ({}, refusal(429, "X", retryAfter=1e9), 900),
        ({"Retry-After": "soon"}, refusal(429, "X", retryAfter=True, message=["5 seconds"]), 30),
    ],
)
def test_a_429_is_always_a_rate_limit_and_says_how_long(headers, body, seconds):
    error = answered(429, json=body, headers=headers)
    assert type(error) is RateLimitedError
    assert error.retry_after_seconds == seconds


def test_a_429_carries_the_limit():
    headers = {"X-RateLimit-Limit": "30", "X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "5"}
    error = answered(429, headers=headers)
    assert error.rate_limit == RateLimit(limit=30, remaining=0, reset_at=5.0)


# --- keys ----------------------------------------------------------------------------------


def test_a_refused_key_is_replaced_and_the_mail_sent_once_more():
    http = (
        FakeHttp()
        .replies(401, json=refusal(401, "API_KEY_REVOKED"))
        .replies(201, json={"id": "e1"})
    )
    keys = FakeKeys(OLD, NEW)
    assert FormaMail(http, keys=keys, clock=CLOCK).send(MAIL).email_id == "e1"
    assert [sent.headers["Authorization"] for sent in http.requests] == [
        f"Bearer {OLD}",
        f"Bearer {NEW}",
    ]
    assert http.requests[0].json == http.requests[1].json
    assert keys.rejected == [Secret(OLD)]


@pytest.mark.parametrize(
    "code",
    ["UNAUTHORIZED", "INVALID_API_KEY", "API_KEY_NOT_FOUND", "API_KEY_REVOKED", "API_KEY_EXPIRED"],
)
def test_without_another_key_there_is_no_second_call(code):
    keys = FakeKeys(OLD)
    error = failure(FakeHttp().replies(401, json=refusal(401, code)), keys)
    assert type(error) is CredentialError
    assert error.code == code
    assert keys.rejected == [Secret(OLD)]


def test_the_second_key_is_the_last():
    http = FakeHttp().replies(401, json=refusal(401, "API_KEY_EXPIRED"), times=2)
    keys = FakeKeys(OLD, NEW, "fm_sk_third")
    assert type(failure(http, keys)) is CredentialError
    assert keys.rejected == [Secret(OLD)]


@pytest.mark.parametrize(
    "kind", [ConnectionFailedError, OutcomeUnknownError, ServerError, RateLimitedError]
)
def test_what_happens_to_the_second_call_is_what_counts(kind):
    status = {RateLimitedError: 429, ServerError: 500}.get(kind)
    http = FakeHttp().replies(401)
    if status is None:
        http.fails(kind)
    else:
        http.replies(status)
    assert type(failure(http, FakeKeys(OLD, NEW))) is kind


@pytest.mark.parametrize("status", [400, 403, 404, 422, 429, 500, 503])
def test_only_a_401_asks_for_another_key(status):
    keys = FakeKeys(OLD, NEW)
    failure(FakeHttp().replies(status), keys)
    assert keys.rejected == []


@pytest.mark.parametrize("key", ["", "fm_sk_a\n", "fm_sk_a\r\nX: y", " fm_sk_a", "fm_sk_é"])
def test_a_key_that_no_header_may_carry_is_a_bad_key(key):
    http = FakeHttp()
    error = failure(http, FakeKeys(key))
    assert type(error) is CredentialError
    assert http.requests == []
    assert "fm_sk_" not in str(error)


def test_a_bad_key_is_replaced_too():
    http = FakeHttp().replies(201, json={"id": "e1"})
    keys = FakeKeys("fm_sk_a\n", NEW)
    assert FormaMail(http, keys=keys, clock=CLOCK).send(MAIL).email_id == "e1"
    assert len(http.requests) == 1


class NoKeys(FakeKeys):
    def __init__(self, *, when: str) -> None:
        super().__init__(OLD)
        self._when = when

    def current(self) -> Secret:
        if self._when == "current":
            raise SecretUnavailableError("down")
        return super().current()

    def refresh(self, rejected: Secret) -> Secret:
        raise SecretUnavailableError("down")


def test_without_a_key_nothing_is_sent():
    http = FakeHttp()
    assert type(failure(http, NoKeys(when="current"))) is SecretUnavailableError
    assert http.requests == []


def test_a_failing_source_after_a_401_says_so():
    http = FakeHttp().replies(401)
    assert type(failure(http, NoKeys(when="refresh"))) is SecretUnavailableError


@pytest.mark.parametrize("kind", [ConnectionFailedError, OutcomeUnknownError])
def test_a_failed_transport_is_not_repeated(kind):
    http = FakeHttp().fails(kind)
    assert type(failure(http, FakeKeys(OLD, NEW))) is kind
    assert len(http.requests) == 1

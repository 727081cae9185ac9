"""The one place where a status becomes an error."""

from __future__ import annotations

import re
from collections.abc import Callable
from http import HTTPStatus

from msgspec import Struct

from formarelay.errors import (
    CredentialError,
    Facts,
    FormaError,
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
from formarelay.http.response import Headers, HttpResponse
from formarelay.retry import number_from, wait_after_429

# No document names the code of an exhausted plan, so its words are matched.
_QUOTA_CODE = re.compile(r"QUOTA|CREDIT|PAYMENT")
_SAFE_WORD = re.compile(r"[A-Za-z0-9_.\[\]-]{1,64}")
# Client statuses that blame the connection or the moment, and so prove nothing about the request.
_MOMENTARY = frozenset({408, 421, 425})
_STANDARD = frozenset(HTTPStatus)


class ErrorDetail(Struct, frozen=True, kw_only=True):
    """What a provider's error body says, as read by that provider's client.

    Args:
        code: The provider's own error code.
        problems: Names of the fields at fault; never the messages, which may quote values.
        retry_after_seconds: The wait that the body advises, None when it advises none.
        suggested_action: Our advice for the code, empty where the error's class says enough.
    """

    code: str = ""
    problems: tuple[str, ...] = ()
    retry_after_seconds: float | None = None
    suggested_action: str = ""


def raise_for_status(
    response: HttpResponse,
    *,
    describe: Callable[[HttpResponse], ErrorDetail],
    now: float,
) -> None:
    """Return when the status is 2xx, else raise the error that says what to do next.

    Args:
        response: The answer.
        describe: Reads the provider's error body; is not called for 2xx and 3xx.
        now: Unix seconds, to turn instants into waits.

    Raises:
        CredentialError: 401.
        RateLimitedError: 429, whatever its code says.
        QuotaExhaustedError: 402, or another 4xx whose code speaks of quota, credit or payment.
        PermissionDeniedError: 403.
        NotFoundError: 404.
        InvalidRequestError: Every other known 4xx.
        OutcomeUnknownError: 408, 421, 425, and client statuses that no standard defines.
        ServerError: 5xx.
        UnexpectedResponseError: 1xx, 3xx and numbers that are no HTTP status.
    """
    if 200 <= response.status < 300:
        return
    if not 400 <= response.status < 600:
        raise UnexpectedResponseError(
            "neither success nor error", **_facts(response, ErrorDetail())
        )
    raise _error(response, describe(response), now)


def _error(response: HttpResponse, detail: ErrorDetail, now: float) -> FormaError:
    status, facts = response.status, _facts(response, detail)
    if status >= 500:
        return ServerError("the service failed", **facts)
    if status == 429:
        return _rate_limited(response, detail, now)
    if status == 401:
        return CredentialError("the credential was refused", **facts)
    if status == 402 or _QUOTA_CODE.search(facts["code"].upper()):
        return QuotaExhaustedError("the plan's allowance is used up", **facts)
    if status == 403:
        return PermissionDeniedError("the credential lacks a permission", **facts)
    if status == 404:
        return NotFoundError("not found", **facts)
    if status in _MOMENTARY or status not in _STANDARD:
        return OutcomeUnknownError("refused for no lasting reason", **facts)
    problems = tuple(word for word in detail.problems if _SAFE_WORD.fullmatch(word))
    return InvalidRequestError("the request was refused", problems=problems, **facts)


def _facts(response: HttpResponse, detail: ErrorDetail) -> Facts:
    return {
        "service": response.service,
        "operation": response.operation,
        "status": response.status,
        # It goes into logs and metrics: a code is one short word or nothing.
        "code": detail.code if _SAFE_WORD.fullmatch(detail.code) else "",
        "suggested_action": detail.suggested_action,
    }


def rate_limit_from(headers: Headers) -> RateLimit | None:
    """Read `X-RateLimit-Limit`, `-Remaining` and `-Reset` (seed); None when all are missing."""
    limit = number_from(headers.get("X-RateLimit-Limit"))
    remaining = number_from(headers.get("X-RateLimit-Remaining"))
    reset_at = number_from(headers.get("X-RateLimit-Reset"))
    if limit is None and remaining is None and reset_at is None:
        return None
    return RateLimit(
        limit=None if limit is None else int(limit),
        remaining=None if remaining is None else int(remaining),
        reset_at=reset_at,
    )


def _rate_limited(response: HttpResponse, detail: ErrorDetail, now: float) -> RateLimitedError:
    headers = response.headers
    rate_limit = rate_limit_from(headers)
    wait = wait_after_429(
        retry_after=headers.get("Retry-After"),
        body_seconds=detail.retry_after_seconds,
        reset_at=rate_limit.reset_at if rate_limit else None,
        date=headers.get("Date"),
        now=now,
    )
    return RateLimitedError(
        f"too many requests; wait {wait.seconds:g} s, known from {wait.source}",
        retry_after_seconds=wait.seconds,
        rate_limit=rate_limit,
        **_facts(response, detail),
    )

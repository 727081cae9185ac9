"""Forma Mail: rate headers and the 429 (FM-S26, FM-S28, FM-S29)."""

from __future__ import annotations

from email.utils import parsedate_to_datetime

import pytest

from sandbox.testing import Answer, RunningSandbox

RATE_HEADERS = ("X-RateLimit-Limit", "X-RateLimit-Remaining", "X-RateLimit-Reset")


def throttled(sandbox: RunningSandbox, api_key: str) -> Answer:
    """The answer to the second send of a key that may send once a minute."""
    sandbox.control("PUT", "/profile", {"rate_limit": "strict", "limit_per_minute": 1})
    sandbox.send(api_key)
    return sandbox.send(api_key)


@pytest.mark.checklist("FM-S26")
def test_fm_s26_every_answer_carries_the_three_headers(
    sandbox: RunningSandbox, api_key: str
) -> None:
    reader = sandbox.mint_key(permissions=["emails:read"])
    sandbox.control("POST", "/faults", {"route": "GET /me", "fault": "status:503"})
    sandbox.control("POST", "/faults", {"route": "GET /templates", "fault": "html"})
    answers = [
        sandbox.send(api_key),
        sandbox.send(api_key, to=[]),
        sandbox.send(api_key, templateId="unknown"),
        sandbox.send(reader),
        sandbox.send("nonsense"),
        sandbox.read(api_key, "/emails/unknown"),
        sandbox.read(api_key, "/nowhere"),
        sandbox.read(api_key, "/emails/usage/stats"),
        sandbox.read(api_key, "/me"),
        sandbox.read(api_key, "/templates"),
        throttled(sandbox, api_key),
    ]

    expected = [201, 400, 404, 403, 401, 404, 404, 200, 503, 502, 429]
    assert [answer.status for answer in answers] == expected
    now = int(sandbox.control("GET", "/clock")["now"])
    for answer in answers:
        limit, remaining, reset_at = (int(answer.headers[name]) for name in RATE_HEADERS)
        assert limit in (100, 1)
        assert 0 <= remaining <= limit
        assert now - 2 <= reset_at <= now + 61


@pytest.mark.checklist("FM-S28")
def test_fm_s28_seed_body_and_retry_after_name_the_same_seconds(
    sandbox: RunningSandbox, api_key: str
) -> None:
    answer = throttled(sandbox, api_key)

    document = answer.json()
    seconds = answer.headers["Retry-After"]
    assert seconds in ("59", "60")
    assert set(document) == {"statusCode", "code", "message", "timestamp", "path"}
    assert (document["statusCode"], document["code"]) == (429, "RATE_LIMIT_EXCEEDED")
    assert document["message"] == f"Rate limit exceeded. Please try again in {seconds} seconds."
    assert document["path"] == "/api/emails/send"


@pytest.mark.checklist("FM-S28")
def test_fm_s28_docs_style_body(sandbox: RunningSandbox, api_key: str) -> None:
    sandbox.control("PUT", "/profile", {"rate_limit_error": "docs"})

    document = throttled(sandbox, api_key).json()

    seconds = document["retryAfter"]
    assert document == {
        "statusCode": 429,
        "code": "ERR_QUOTA_001",
        "message": f"Rate limit exceeded. Please retry after {seconds} seconds.",
        "retryAfter": seconds,
    }


@pytest.mark.parametrize(
    ("knob", "expected"), [("none", None), ("-5", "-5"), ("1e9", "1e9"), ("soon", "soon")]
)
@pytest.mark.checklist("FM-S28")
def test_fm_s28_retry_after_variants(
    sandbox: RunningSandbox, api_key: str, knob: str, expected: str | None
) -> None:
    sandbox.control("PUT", "/profile", {"retry_after": knob})

    assert throttled(sandbox, api_key).headers["Retry-After"] == expected


@pytest.mark.checklist("FM-S28")
def test_fm_s28_retry_after_as_a_date(sandbox: RunningSandbox, api_key: str) -> None:
    sandbox.control("PUT", "/profile", {"retry_after": "date"})

    advice = throttled(sandbox, api_key).headers["Retry-After"]

    wait = parsedate_to_datetime(str(advice)).timestamp() - sandbox.control("GET", "/clock")["now"]
    assert 58 < wait <= 61


@pytest.mark.checklist("FM-S29")
def test_fm_s29_throttled_send_creates_nothing_and_costs_nothing(
    sandbox: RunningSandbox, api_key: str
) -> None:
    # Far from the month's end, which empties the account's usage.
    now = sandbox.control("PUT", "/clock", {"now": "2031-05-06T12:00:00Z"})["now"]
    answer = throttled(sandbox, api_key)

    assert answer.status == 429
    assert len(sandbox.accepted()) == 1
    wait = int(str(answer.headers["Retry-After"]))
    sandbox.control("PUT", "/clock", {"now": now + wait + 1})
    assert sandbox.send(api_key).status == 201
    sandbox.control("PUT", "/clock", {"now": now + 2 * wait + 2})
    assert sandbox.read(api_key, "/emails/usage/stats").json()["email"]["used"] == 2

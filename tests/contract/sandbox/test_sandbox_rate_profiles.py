"""Forma Mail's rate limits as the client meets them (FM-S26 to FM-S30)."""

from __future__ import annotations

import time
from collections import Counter
from email.utils import parsedate_to_datetime

import pytest

from sandbox.testing import Answer, RunningSandbox, bearer

RATE_HEADERS = ("X-RateLimit-Limit", "X-RateLimit-Remaining", "X-RateLimit-Reset")


def statuses(sandbox: RunningSandbox, api_key: str, *, count: int) -> Counter[int]:
    return Counter(sandbox.send(api_key).status for _ in range(count))


def throttled(sandbox: RunningSandbox, api_key: str) -> Answer:
    """The answer to the second send of a key that may send once a minute."""
    sandbox.control("PUT", "/profile", {"rate_limit": "strict", "limit_per_minute": 1})
    sandbox.send(api_key)
    return sandbox.send(api_key)


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


def test_fm_s27_seed_is_the_default(sandbox: RunningSandbox, api_key: str) -> None:
    assert statuses(sandbox, api_key, count=201) == {201: 200, 429: 1}
    sandbox.control("PUT", "/clock", {"offset_seconds": 60})
    # While the calls run, the bucket refills by a token every 0.6 s of the machine's clock.
    started = time.monotonic()
    counted = statuses(sandbox, api_key, count=130)
    refilled = int((time.monotonic() - started) / 0.6) + 1

    assert 100 <= counted[201] <= 100 + refilled
    assert len(sandbox.accepted()) == 200 + counted[201]


def test_fm_s27_strict_refuses_the_101st(sandbox: RunningSandbox, api_key: str) -> None:
    sandbox.control("PUT", "/profile", {"rate_limit": "strict"})

    assert statuses(sandbox, api_key, count=101) == {201: 100, 429: 1}
    sandbox.control("PUT", "/clock", {"offset_seconds": 61})
    assert statuses(sandbox, api_key, count=101) == {201: 100, 429: 1}


def test_fm_s27_docs_team_counts_the_team_by_class(sandbox: RunningSandbox, api_key: str) -> None:
    sandbox.control("PUT", "/profile", {"rate_limit": "docs-team"})
    other = sandbox.mint_key()

    assert statuses(sandbox, api_key, count=60) == {201: 60}
    assert statuses(sandbox, other, count=41) == {201: 40, 429: 1}
    listed = sandbox.read(api_key, "/emails")
    assert (listed.status, listed.headers["X-RateLimit-Limit"]) == (200, "300")
    assert sandbox.read(api_key, "/templates").headers["X-RateLimit-Limit"] == "300"
    assert sandbox.read(api_key, "/me").headers["X-RateLimit-Limit"] == "1000"
    unknown = [sandbox.request("GET", "/api/me").status for _ in range(61)]
    assert Counter(unknown) == {401: 60, 429: 1}


def test_fm_s27_docs_key_counts_each_key_by_class(sandbox: RunningSandbox, api_key: str) -> None:
    sandbox.control("PUT", "/profile", {"rate_limit": "docs-key"})
    other = sandbox.mint_key()

    assert statuses(sandbox, api_key, count=31) == {201: 30, 429: 1}
    assert statuses(sandbox, other, count=31) == {201: 30, 429: 1}
    assert sandbox.read(api_key, "/emails").headers["X-RateLimit-Limit"] == "300"
    assert sandbox.read(api_key, "/me").headers["X-RateLimit-Limit"] == "100"


def test_off_never_refuses(sandbox: RunningSandbox, api_key: str) -> None:
    sandbox.control("PUT", "/profile", {"rate_limit": "off"})

    assert statuses(sandbox, api_key, count=300) == {201: 300}
    assert sandbox.send(api_key).headers["X-RateLimit-Remaining"] == "100"


def test_limit_and_window_are_knobs(sandbox: RunningSandbox, api_key: str) -> None:
    knobs = {"rate_limit": "strict", "limit_per_minute": 7, "window_seconds": 1000}
    sandbox.control("PUT", "/profile", knobs)

    assert statuses(sandbox, api_key, count=8) == {201: 7, 429: 1}
    sandbox.control("PUT", "/clock", {"offset_seconds": 990})
    assert sandbox.send(api_key).status == 429
    sandbox.control("PUT", "/clock", {"offset_seconds": 1001})
    assert sandbox.send(api_key).status == 201


def test_seed_burst_is_a_knob(sandbox: RunningSandbox, api_key: str) -> None:
    knobs = {"burst_limit": 5, "burst_window_seconds": 100, "limit_per_minute": 60}
    sandbox.control("PUT", "/profile", knobs)

    assert statuses(sandbox, api_key, count=6) == {201: 5, 429: 1}
    sandbox.control("PUT", "/clock", {"offset_seconds": 99})
    assert sandbox.send(api_key).status == 429
    sandbox.control("PUT", "/clock", {"offset_seconds": 101})
    assert sandbox.send(api_key).status == 201


def test_scope_is_a_knob(sandbox: RunningSandbox, api_key: str) -> None:
    knobs = {"rate_limit": "strict", "limit_per_minute": 3, "rate_limit_scope": "team"}
    sandbox.control("PUT", "/profile", knobs)
    other = sandbox.mint_key()

    assert statuses(sandbox, api_key, count=2) == {201: 2}
    assert statuses(sandbox, other, count=2) == {201: 1, 429: 1}


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
def test_fm_s28_retry_after_variants(
    sandbox: RunningSandbox, api_key: str, knob: str, expected: str | None
) -> None:
    sandbox.control("PUT", "/profile", {"retry_after": knob})

    assert throttled(sandbox, api_key).headers["Retry-After"] == expected


def test_fm_s28_retry_after_as_a_date(sandbox: RunningSandbox, api_key: str) -> None:
    sandbox.control("PUT", "/profile", {"retry_after": "date"})

    advice = throttled(sandbox, api_key).headers["Retry-After"]

    wait = parsedate_to_datetime(str(advice)).timestamp() - sandbox.control("GET", "/clock")["now"]
    assert 58 < wait <= 61


def test_fm_s29_throttled_send_creates_nothing_and_costs_nothing(
    sandbox: RunningSandbox, api_key: str
) -> None:
    answer = throttled(sandbox, api_key)

    assert answer.status == 429
    assert len(sandbox.accepted()) == 1
    wait = int(str(answer.headers["Retry-After"]))
    sandbox.control("PUT", "/clock", {"offset_seconds": wait})
    assert sandbox.send(api_key).status == 201
    sandbox.control("PUT", "/clock", {"offset_seconds": 2 * wait + 1})
    assert sandbox.read(api_key, "/emails/usage/stats").json()["email"]["used"] == 2


@pytest.mark.parametrize("rate_limit", ["seed", "strict", "docs-team", "docs-key", "off"])
def test_fm_s30_key_limit_overrides_and_shows(sandbox: RunningSandbox, rate_limit: str) -> None:
    sandbox.control("PUT", "/profile", {"rate_limit": rate_limit, "limit_per_minute": 50})
    key = sandbox.mint_key(rateLimit=4)

    answers = [sandbox.send(key) for _ in range(9)]

    assert {answer.headers["X-RateLimit-Limit"] for answer in answers} == {"4"}
    admitted = sum(answer.status == 201 for answer in answers)
    assert admitted == {"seed": 8, "off": 9}.get(rate_limit, 4)


def test_rejected_requests_count_too(sandbox: RunningSandbox, api_key: str) -> None:
    sandbox.control("PUT", "/profile", {"rate_limit": "strict", "limit_per_minute": 2})

    assert [sandbox.send(api_key, to=[]).status for _ in range(3)] == [400, 400, 429]


def test_another_profile_starts_with_full_allowances(sandbox: RunningSandbox, api_key: str) -> None:
    assert throttled(sandbox, api_key).status == 429

    sandbox.control("PUT", "/profile", {"limit_per_minute": 2})
    assert [sandbox.send(api_key).status for _ in range(2)] == [201, 429]
    sandbox.control("PUT", "/profile", {"rate_limit": "docs-key"})
    assert sandbox.send(api_key).status == 201


def test_rate_is_judged_at_arrival_before_the_body_is_read(
    sandbox: RunningSandbox, api_key: str
) -> None:
    sandbox.control("PUT", "/profile", {"rate_limit": "strict", "limit_per_minute": 1})
    sandbox.send(api_key)

    answer = sandbox.request("POST", "/api/emails/send", body=b"{broken", headers=bearer(api_key))

    assert answer.status == 429

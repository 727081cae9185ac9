"""Forma Mail: which limits hold (FM-S27, FM-S30)."""

from __future__ import annotations

import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest

from sandbox.testing import Answer, RunningSandbox, bearer


def statuses(sandbox: RunningSandbox, api_key: str, *, count: int) -> Counter[int]:
    return Counter(sandbox.send(api_key).status for _ in range(count))


def throttled(sandbox: RunningSandbox, api_key: str) -> Answer:
    """The answer to the second send of a key that may send once a minute."""
    sandbox.control("PUT", "/profile", {"rate_limit": "strict", "limit_per_minute": 1})
    sandbox.send(api_key)
    return sandbox.send(api_key)


@pytest.mark.checklist("FM-S27")
def test_fm_s27_seed_is_the_default(sandbox: RunningSandbox, api_key: str) -> None:
    # While the calls run, the bucket refills by a token every 0.6 s of the machine's clock.
    started = time.monotonic()
    assert statuses(sandbox, api_key, count=201) == {201: 200, 429: 1}
    sandbox.control("PUT", "/clock", {"offset_seconds": 60})
    counted = statuses(sandbox, api_key, count=130)
    refilled = int((time.monotonic() - started) / 0.6) + 1

    assert 100 <= counted[201] <= 100 + refilled
    assert len(sandbox.accepted()) == 200 + counted[201]


@pytest.mark.checklist("FM-S27")
def test_fm_s27_strict_refuses_the_101st(sandbox: RunningSandbox, api_key: str) -> None:
    sandbox.control("PUT", "/profile", {"rate_limit": "strict"})

    assert statuses(sandbox, api_key, count=101) == {201: 100, 429: 1}
    sandbox.control("PUT", "/clock", {"offset_seconds": 61})
    assert statuses(sandbox, api_key, count=101) == {201: 100, 429: 1}


@pytest.mark.checklist("FM-S27")
def test_fm_s27_limit_is_exact_under_concurrency(sandbox: RunningSandbox, api_key: str) -> None:
    sandbox.control("PUT", "/profile", {"rate_limit": "strict"})
    with ThreadPoolExecutor(8) as pool:
        counts = list(pool.map(lambda _: statuses(sandbox, api_key, count=20), range(8)))

    assert sum(counts, Counter()) == {201: 100, 429: 60}
    mails = sandbox.accepted()
    assert len({mail["id"] for mail in mails}) == len(mails) == 100


@pytest.mark.checklist("FM-S27")
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


@pytest.mark.checklist("FM-S27")
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
    headers = sandbox.send(api_key).headers
    assert headers["X-RateLimit-Limit"] == headers["X-RateLimit-Remaining"] == "1000000"


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


@pytest.mark.parametrize("rate_limit", ["seed", "strict", "docs-team", "docs-key", "off"])
@pytest.mark.checklist("FM-S30")
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


def test_what_reached_no_endpoint_does_not_count(sandbox: RunningSandbox, api_key: str) -> None:
    sandbox.control("PUT", "/profile", {"rate_limit": "strict", "limit_per_minute": 1})
    sandbox.control("POST", "/faults", {"route": "GET /me", "fault": "html"})

    assert [sandbox.read(api_key, path).status for path in ("/nowhere", "/me")] == [404, 502]
    assert [sandbox.send(api_key).status for _ in range(2)] == [201, 429]


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

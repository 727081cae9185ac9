"""The windows of Forma Mail's rate limits, judged at exact instants."""

from __future__ import annotations

import pytest

from sandbox.formamail.rate_limit import Allowance, RateLimiter, Verdict

SEED = Allowance(100, 60.0, 200, 10.0)
STRICT = Allowance(100, 60.0)
COUNTER = ("key", "all")
START = 1_800_000_000.0


def judge(limiter: RateLimiter, allowance: Allowance, seconds: float) -> Verdict:
    return limiter.judge(COUNTER, allowance=allowance, now=START + seconds)


def admitted(limiter: RateLimiter, allowance: Allowance, *, seconds: list[float]) -> int:
    return sum(judge(limiter, allowance, moment).admitted for moment in seconds)


def every(step: float, *, start: float, end: float) -> list[float]:
    return [start + number * step for number in range(round((end - start) / step))]


@pytest.mark.checklist("FM-S27")
def test_fm_s27_seed_admits_200_at_once_and_refuses_the_next() -> None:
    limiter = RateLimiter()

    assert admitted(limiter, SEED, seconds=[0.0] * 200) == 200
    refused = judge(limiter, SEED, 0.0)

    assert refused == Verdict(False, 100, 0, int(START) + 60, 10)


@pytest.mark.checklist("FM-S27")
def test_fm_s27_refill_during_a_burst_does_not_push_ten_seconds_past_200() -> None:
    limiter = RateLimiter()

    assert admitted(limiter, SEED, seconds=every(0.01, start=0.0, end=9.99)) == 200


@pytest.mark.checklist("FM-S27")
def test_fm_s27_afterwards_exactly_100_a_minute_are_admitted() -> None:
    limiter = RateLimiter()
    burst = admitted(limiter, SEED, seconds=[0.0] * 250)

    minutes = [
        admitted(limiter, SEED, seconds=every(0.05, start=60.0 * n + 0.05, end=60.0 * n + 60.05))
        for n in range(5)
    ]

    assert burst == 200
    assert minutes == [100, 100, 100, 100, 100]


@pytest.mark.checklist("FM-S27")
def test_fm_s27_steady_hundred_a_minute_is_never_refused() -> None:
    limiter = RateLimiter()

    assert admitted(limiter, SEED, seconds=every(0.6, start=0.0, end=3600.0)) == 6000


@pytest.mark.checklist("FM-S29")
def test_fm_s29_obeying_the_wait_succeeds_and_coming_early_does_not() -> None:
    for allowance in (SEED, STRICT):
        limiter = RateLimiter()
        admitted(limiter, allowance, seconds=every(0.04, start=0.0, end=8.0))
        refused = judge(limiter, allowance, 8.5)

        assert not refused.admitted
        assert not judge(limiter, allowance, 8.5 + refused.wait_seconds - 1.5).admitted
        assert judge(limiter, allowance, 8.5 + refused.wait_seconds).admitted


@pytest.mark.checklist("FM-S27")
def test_fm_s27_strict_is_a_sliding_window() -> None:
    limiter = RateLimiter()

    assert admitted(limiter, STRICT, seconds=every(0.5, start=0.0, end=50.0)) == 100
    assert judge(limiter, STRICT, 59.9) == Verdict(False, 100, 0, int(START) + 110, 1)
    assert judge(limiter, STRICT, 60.0).admitted
    assert not judge(limiter, STRICT, 60.4).admitted
    assert judge(limiter, STRICT, 60.5).admitted


@pytest.mark.parametrize("allowance", [SEED, STRICT])
def test_refused_requests_cost_nothing(allowance: Allowance) -> None:
    limiter = RateLimiter()
    admitted(limiter, allowance, seconds=[0.0] * 1000)

    assert admitted(limiter, allowance, seconds=[60.0] * 1000) == 100


@pytest.mark.parametrize("allowance", [SEED, STRICT])
@pytest.mark.checklist("FM-S26")
def test_fm_s26_headers_stay_sane_under_any_load(allowance: Allowance) -> None:
    limiter = RateLimiter()

    for number in range(2000):
        now = START + number * 0.07
        verdict = limiter.judge(COUNTER, allowance=allowance, now=now)
        headers = verdict.headers()
        assert headers["X-RateLimit-Limit"] == "100"
        assert 0 <= int(headers["X-RateLimit-Remaining"]) <= 100
        assert int(headers["X-RateLimit-Reset"]) >= now


def test_lowered_limit_counts_what_already_passed() -> None:
    limiter = RateLimiter()
    admitted(limiter, STRICT, seconds=every(0.1, start=0.0, end=10.0))

    lowered = Allowance(50, 60.0)

    assert judge(limiter, lowered, 60.0).wait_seconds == 5
    assert judge(limiter, lowered, 65.0).admitted


def test_asking_without_taking_changes_nothing() -> None:
    for allowance in (SEED, STRICT):
        limiter = RateLimiter()
        for _ in range(500):
            limiter.judge(COUNTER, allowance=allowance, now=START, take=False)

        assert admitted(limiter, allowance, seconds=[0.0] * 100) == 100


def test_counters_are_independent() -> None:
    limiter = RateLimiter()
    admitted(limiter, STRICT, seconds=[0.0] * 100)

    other = limiter.judge(("other", "all"), allowance=STRICT, now=START)

    assert (other.admitted, other.remaining) == (True, 99)

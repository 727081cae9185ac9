"""What the provider says of its limit: lower holds at once, higher with care, never above ours."""

from __future__ import annotations

import pytest

from formarelay.window import WindowRules
from tests.support.clock import ManualClock
from tests.support.simulation import MemoryStore
from tests.support.simulation.local import LocalLimiter


@pytest.fixture
def clock():
    return ManualClock()


@pytest.fixture
def limiter(clock):
    rules = WindowRules(
        limit_per_window=80,
        window_seconds=60.0,
        longest_call_seconds=30.0,
        clock_skew_seconds=0.0,
    )
    return LocalLimiter(rules, clock=clock, store=MemoryStore())


def told(limiter, clock, limit, remaining=None):
    """One call, whose answer says so; the limit in use afterwards."""
    reservation = limiter.reserve(1)
    assert reservation.granted == 1
    limiter.finish(reservation, ends=[clock.monotonic()], limit=limit, remaining=remaining)
    return limiter.limit


def test_a_lower_limit_holds_at_once_and_for_everybody(limiter, clock):
    other = LocalLimiter(
        WindowRules(
            limit_per_window=80,
            window_seconds=60.0,
            longest_call_seconds=30.0,
            clock_skew_seconds=0.0,
        ),
        clock=clock,
        store=limiter.store,
    )
    assert told(limiter, clock, 30) == 30
    assert other.reserve(80).granted == 29
    assert other.limit == 30


@pytest.mark.parametrize("said", [80, 81, 100_000])
def test_no_more_than_configured_is_believed(limiter, clock, said):
    assert told(limiter, clock, said) == 80
    assert "cap" not in limiter.store.fields


@pytest.mark.parametrize("said", [0, -5])
def test_what_is_no_limit_changes_nothing(limiter, clock, said):
    assert told(limiter, clock, said) == 80


def test_a_higher_limit_comes_back_by_an_eighth_a_window(limiter, clock):
    assert told(limiter, clock, 30) == 30
    clock.advance(59)
    assert told(limiter, clock, 80) == 30
    limits = []
    for _ in range(6):
        clock.advance(60.1)
        limits.append(told(limiter, clock, 80))
    assert limits == [40, 50, 60, 70, 80, 80]
    assert "cap" not in limiter.store.fields


def test_it_comes_back_no_further_than_said(limiter, clock):
    assert told(limiter, clock, 30) == 30
    clock.advance(60.1)
    assert told(limiter, clock, 33) == 33


def test_answers_that_alternate_keep_to_the_lower_limit(limiter, clock):
    for _ in range(5):
        assert told(limiter, clock, 30) == 30
        clock.advance(40)
        assert told(limiter, clock, 80) == 30
        clock.advance(5)


def test_a_limit_below_what_is_used_already_lets_slots_run_out_first(limiter, clock):
    reservation = limiter.reserve(80)
    now = clock.monotonic()
    clock.advance(8)
    ends = [now + number / 10 for number in range(80)]
    limiter.finish(reservation, ends=ends, limit=20)
    # 60 slots must leave before one is granted: the 61st is free after 6.0 seconds and a window.
    refused = limiter.reserve(1)
    assert (refused.granted, refused.reason) == (0, "rate_limited")
    assert refused.wait_seconds == pytest.approx(58.0, abs=0.002)
    clock.advance(57.9)
    assert limiter.reserve(1).granted == 0
    clock.advance(0.2)
    assert limiter.reserve(5).granted == 1


def test_a_limit_that_fell_far_is_served_in_several_steps(limiter, clock):
    reservation = limiter.reserve(80)
    ends = [clock.monotonic() + number / 1000 for number in range(80)]
    clock.advance(1)
    limiter.finish(reservation, ends=ends, limit=5)
    clock.advance(61)
    assert limiter.reserve(10).granted == 5
    assert limiter.store.fields["used"] == 5


def reopened(limiter, clock):
    limiter.close(reason="throttled", seconds=5)
    clock.advance(5)


def test_while_the_gate_reopens_calls_of_others_lower_the_limit(limiter, clock):
    assert told(limiter, clock, 80) == 80
    reopened(limiter, clock)
    # 2 of the 32 calls that the provider counts are ours.
    assert told(limiter, clock, 80, remaining=48) == 50


def test_while_the_gate_is_open_calls_of_others_are_not_guessed(limiter, clock):
    assert told(limiter, clock, 80, remaining=48) == 80


def test_others_who_use_everything_leave_us_one_call(limiter, clock):
    reopened(limiter, clock)
    assert told(limiter, clock, 80, remaining=-20) == 1


def test_a_count_that_is_old_is_not_believed(limiter, clock):
    reopened(limiter, clock)
    reservation = limiter.reserve(1)
    ended = clock.monotonic()
    clock.advance(3.1)
    limiter.finish(reservation, ends=[ended], limit=80, remaining=10)
    assert limiter.limit == 80


def test_without_an_answer_there_is_no_count(limiter, clock):
    reopened(limiter, clock)
    reservation = limiter.reserve(1)
    limiter.finish(reservation, ends=[], limit=80, remaining=10)
    assert limiter.limit == 80

"""One suite for the gates of both limiters: what closes, what probes, what may still start."""

from __future__ import annotations

import pytest

from formarelay.window import SlotReservation
from tests.support.clock import ManualClock
from tests.support.limiters import LIMITERS, granted, workers


@pytest.fixture
def clock():
    return ManualClock(wall=1_800_000_000.0, monotonic=5_000.0)


@pytest.fixture(params=LIMITERS)
def make(request, clock):
    with workers(request.param, clock) as make:
        yield make


def test_a_closed_gate_grants_nothing_and_says_how_long_and_why(make, clock):
    first, second = make(), make()
    first.close(reason="throttled", seconds=30)
    clock.advance(12)
    assert second.reserve(7) == SlotReservation(granted=0, wait_seconds=18.0, reason="throttled")


@pytest.mark.parametrize(("seconds", "expected"), [(2, 300.0), (400, 400.0)])
def test_a_closure_is_lengthened_and_never_shortened(make, seconds, expected):
    limiter = make()
    limiter.close(reason="quota_exhausted", seconds=300)
    limiter.close(reason="throttled", seconds=seconds)
    assert limiter.reserve(1).wait_seconds == expected


@pytest.mark.parametrize("seconds", [1e9, float("inf"), float("nan")])
def test_no_closure_is_longer_than_a_quarter_of_an_hour(make, seconds):
    limiter = make()
    limiter.close(reason="throttled", seconds=seconds)
    assert limiter.reserve(1).wait_seconds == 900.0


def test_after_a_closure_exactly_one_call_is_granted_over_all_workers(make, clock):
    first, second = make(), make()
    first.close(reason="provider_down", seconds=5)
    clock.advance(5)
    probe = granted(first, 7, expected=1)
    assert (probe.wait_seconds, probe.reason) == (1.0, "provider_down")
    assert second.reserve(7) == SlotReservation(granted=0, wait_seconds=1.0, reason="provider_down")


def test_after_a_good_probe_the_gate_opens_by_doubling(make, clock):
    limiter = make(limit=100)
    limiter.close(reason="provider_down", seconds=5)
    clock.advance(5)
    for allowed in (1, 2, 4, 8, 16, 32, 64):
        reservation = granted(limiter, 100, expected=min(allowed, 100))
        assert reservation.reason == "provider_down"
        # The provider's window would be full before the gate is open.
        assert limiter.finish(reservation, ends=[clock.monotonic()], unused=allowed - 1)
    assert granted(limiter, 100, expected=93).reason == "rate_limited"


def test_a_failed_probe_closes_for_longer_up_to_a_bound(make, clock):
    limiter = make()
    waits = []
    for _ in range(6):
        limiter.close(reason="provider_down", seconds=1)
        waits.append(limiter.reserve(1).wait_seconds)
        clock.advance(waits[-1])
        probe = granted(limiter, 5, expected=1)
    assert waits == [1.0, 2.0, 4.0, 8.0, 10.0, 10.0]
    limiter.close(reason="throttled", seconds=45)
    assert limiter.reserve(1).wait_seconds == 45.0
    assert limiter.finish(probe, ends=[clock.monotonic()])
    assert limiter.reserve(1).wait_seconds == 45.0


def test_a_probe_that_dies_is_replaced_after_the_longest_call(make, clock):
    limiter = make()
    limiter.close(reason="provider_down", seconds=5)
    clock.advance(5)
    dead = granted(limiter, 1)
    clock.advance(29.9)
    granted(limiter, 1, expected=0)
    clock.advance(0.2)
    granted(limiter, 5, expected=1)
    # What the dead one would say now is no news of the present stage.
    limiter.finish(dead, ends=[clock.monotonic()])
    granted(limiter, 5, expected=0)


def test_a_probe_that_made_no_call_is_granted_again(make, clock):
    limiter = make()
    limiter.close(reason="provider_down", seconds=5)
    clock.advance(5)
    probe = granted(limiter, 5, expected=1)
    assert limiter.finish(probe, ends=[], unused=1)
    granted(limiter, 5, expected=1)


def test_a_probe_without_a_good_answer_opens_nothing(make, clock):
    limiter = make()
    limiter.close(reason="provider_down", seconds=5)
    clock.advance(5)
    probe = granted(limiter, 5, expected=1)
    assert limiter.finish(probe, ends=[clock.monotonic()], healthy=False)
    granted(limiter, 5, expected=0)


def test_a_call_may_start_while_it_ends_before_its_slot_lapses(make, clock):
    limiter = make()
    reservation = granted(limiter, 1)
    clock.advance(10)
    assert limiter.may_start(reservation, call_seconds=20)
    assert not limiter.may_start(reservation, call_seconds=20.1)


def test_a_call_may_not_start_after_its_machine_stood_still(make, clock):
    limiter = make()
    reservation = granted(limiter, 1)
    clock.jump_wall(25)
    assert not limiter.may_start(reservation, call_seconds=20)


def test_a_call_may_not_start_through_a_gate_that_closed(make, clock):
    limiter = make()
    reservation = granted(limiter, 1)
    limiter.close(reason="key_refused", seconds=5)
    assert not limiter.may_start(reservation, call_seconds=1)
    assert not limiter.may_start(limiter.reserve(1), call_seconds=1)

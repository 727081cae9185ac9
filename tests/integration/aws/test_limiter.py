"""One suite for both limiters: the fake that unit tests trust, and the one in DynamoDB."""

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


def all_ended(limiter, reservation, clock, **said):
    ends = [clock.monotonic()] * reservation.granted
    assert limiter.finish(reservation, ends=ends, **said)


def test_calls_are_granted_up_to_the_limit_over_all_workers(make):
    first, second = make(), make()
    granted(first, 7)
    partly = granted(second, 7, expected=3)
    assert (partly.wait_seconds, partly.reason) == (60.0, "rate_limited")
    assert first.reserve(1) == SlotReservation(granted=0, wait_seconds=60.0, reason="rate_limited")


def test_asking_for_nothing_grants_nothing(make):
    assert make().reserve(0) == SlotReservation(granted=0)


def test_a_slot_is_free_one_window_after_its_call_ended_and_not_before(make, clock):
    limiter = make(limit=2)
    reservation = granted(limiter, 2)
    clock.advance(5)
    early = clock.monotonic()
    clock.advance(4)
    assert limiter.finish(reservation, ends=[early, clock.monotonic()])
    clock.advance(50)
    assert limiter.reserve(2).wait_seconds == pytest.approx(6.0, abs=0.002)
    clock.advance(5.998)
    assert limiter.reserve(2).granted == 0
    clock.advance(0.003)
    granted(limiter, 2, expected=1)
    clock.advance(4)
    granted(limiter, 1)


def test_a_slot_that_was_not_used_is_free_at_once(make, clock):
    limiter = make()
    reservation = granted(limiter, 10)
    assert limiter.finish(reservation, ends=[clock.monotonic()] * 6, unused=4)
    granted(limiter, 10, expected=4)


def test_a_call_without_an_answer_keeps_its_slot_until_it_must_have_ended(make, clock):
    limiter = make()
    reservation = granted(limiter, 10)
    assert limiter.finish(reservation, ends=[clock.monotonic()] * 9)
    clock.advance(60.001)
    granted(limiter, 10, expected=9)
    clock.advance(29.99)
    granted(limiter, 1, expected=0)
    clock.advance(0.02)
    granted(limiter, 1)


def test_slots_of_a_dead_worker_are_free_after_the_longest_call_and_a_window(make, clock):
    dead, alive = make(), make()
    granted(dead, 10)
    clock.advance(89.9)
    granted(alive, 1, expected=0)
    clock.advance(0.2)
    granted(alive, 10)


def test_finishing_after_the_slots_lapsed_is_told(make, clock):
    slow, other = make(), make()
    reservation = granted(slow, 10)
    clock.advance(91)
    granted(other, 10)
    assert slow.finish(reservation, ends=[clock.monotonic()] * 10) is False
    granted(slow, 1, expected=0)


def test_finishing_twice_changes_nothing(make, clock):
    limiter = make()
    reservation = granted(limiter, 4)
    assert limiter.finish(reservation, ends=[], unused=4)
    assert limiter.finish(reservation, ends=[], unused=4)
    granted(limiter, 11, expected=10)


def test_a_refused_reservation_needs_no_finish(make):
    limiter = make()
    granted(limiter, 10)
    assert limiter.finish(limiter.reserve(1), ends=[])


def test_more_ends_than_calls_are_a_mistake(make, clock):
    limiter = make()
    reservation = granted(limiter, 2)
    with pytest.raises(ValueError, match="than were granted") as caught:
        limiter.finish(reservation, ends=[clock.monotonic()] * 2, unused=1)
    assert type(caught.value) is ValueError


def test_who_can_wait_gets_the_next_slots_with_their_starts(make, clock):
    limiter = make(limit=4)
    reservation = granted(limiter, 4)
    now = clock.monotonic()
    clock.advance(6)
    assert limiter.finish(reservation, ends=[now, now + 1, now + 2, now + 6])
    clock.advance(53)
    patient = limiter.reserve(4, patience_seconds=3.5)
    assert patient.granted == 3
    in_order = [start - clock.monotonic() for start in patient.starts]
    assert in_order == pytest.approx([1.0, 2.0, 3.0], abs=0.002)
    assert patient.wait_seconds == pytest.approx(7.0, abs=0.002)
    clock.advance(3)
    granted(limiter, 1, expected=0)


def test_unused_slots_that_were_not_free_yet_stay_busy_until_they_are(make, clock):
    limiter = make(limit=2)
    reservation = granted(limiter, 2)
    all_ended(limiter, reservation, clock)
    clock.advance(58)
    patient = limiter.reserve(2, patience_seconds=5)
    assert patient.granted == 2
    assert limiter.finish(patient, ends=[], unused=2)
    granted(limiter, 2, expected=0)
    clock.advance(2.001)
    granted(limiter, 2)


def test_the_limit_follows_the_provider_down(make, clock):
    limiter = make()
    reservation = granted(limiter, 2)
    all_ended(limiter, reservation, clock, limit=5)
    assert limiter.limit == 5
    granted(limiter, 10, expected=3)


def test_a_provider_that_allows_more_than_configured_changes_nothing(make, clock):
    limiter = make()
    all_ended(limiter, granted(limiter, 2), clock, limit=300)
    assert limiter.limit == 10

"""Slots among workers that get in each other's way; the plain cases are in the limiter's suite."""

from __future__ import annotations

import pytest

from formarelay.window import SlotReservation, WindowRules
from tests.support.clock import ManualClock
from tests.support.simulation import MemoryStore
from tests.support.simulation.local import LocalLimiter

START = 1_800_000_000.0


@pytest.fixture
def clock():
    return ManualClock(wall=START, monotonic=5_000.0)


@pytest.fixture
def store():
    return MemoryStore()


@pytest.fixture
def make(clock, store):
    def worker(limit=10, skew=0.0, **numbers):
        rules = WindowRules(
            limit_per_window=limit,
            window_seconds=60.0,
            longest_call_seconds=30.0,
            clock_skew_seconds=skew,
            **numbers,
        )
        return LocalLimiter(rules, clock=clock, store=store)

    return worker


def granted(limiter, wanted, expected=None, **patience):
    reservation = limiter.reserve(wanted, **patience)
    assert reservation.granted == (wanted if expected is None else expected)
    return reservation


def counted(store):
    """The slots of the item, counted where they are."""
    ended = sum(count for name, count in store.fields.items() if name.startswith("e"))
    held = [value for name, value in store.fields.items() if name.startswith("h")]
    return ended + sum(int(value.split(" ")[0]) for value in held)


def test_a_slot_waits_for_the_skew_of_the_clocks_in_addition(make, clock):
    limiter = make(skew=0.25)
    limiter.finish(granted(limiter, 10), ends=[clock.monotonic()] * 10)
    clock.advance(60.249)
    granted(limiter, 1, expected=0)
    clock.advance(0.002)
    granted(limiter, 10)


def test_an_end_is_told_by_how_long_it_is_ago(make, clock):
    limiter = make()
    reservation = granted(limiter, 10)
    clock.advance(3)
    ended = clock.monotonic()
    clock.advance(9)
    limiter.finish(reservation, ends=[ended] * 10)
    clock.advance(50.9)
    granted(limiter, 1, expected=0)
    clock.advance(0.2)
    granted(limiter, 10)


@pytest.mark.parametrize("end", [0.0, -1e9, START, float("-inf")])
def test_an_end_that_cannot_be_frees_no_slot_too_early(make, clock, end):
    limiter = make()
    reservation = granted(limiter, 10)
    clock.advance(5)
    limiter.finish(reservation, ends=[end] * 10)
    clock.advance(54.9)
    granted(limiter, 1, expected=0)


def test_a_copy_that_is_behind_costs_another_attempt_and_grants_no_more(make, clock, store):
    first, second = make(), make()
    granted(first, 1)
    granted(second, 1)
    granted(first, 5)
    before = store.refused
    granted(second, 5, expected=3)
    assert store.refused == before + 1
    assert counted(store) == 10


def test_two_workers_never_take_the_same_freed_slot(make, clock, store):
    first, second = make(), make()
    reservation = granted(first, 10)
    first.finish(reservation, ends=[clock.monotonic()] * 10)
    clock.advance(59)
    granted(second, 1, expected=0)
    clock.advance(1.1)
    granted(first, 6)
    granted(second, 6, expected=4)
    assert counted(store) == store.fields["used"] == 10


def test_who_always_loses_gives_up_without_a_slot(make, store):
    limiter = make(limit=100)
    granted(limiter, 1)
    limiter.before_change = lambda: store.fields.update(cap=f"90 {store.refused}")
    assert limiter.reserve(5) == SlotReservation(granted=0, wait_seconds=0.75, reason="contended")
    assert store.refused == 8
    assert limiter.pauses == pytest.approx([0.005, 0.01, 0.02, 0.04, 0.08, 0.16, 0.16])
    assert counted(store) == 1


def test_the_ends_are_written_even_when_the_notes_cannot_be(make, clock, store):
    limiter = make()
    reservation = granted(limiter, 4)
    limiter.before_change = lambda: store.fields.update(cap=f"9 {store.refused}")
    assert limiter.finish(reservation, ends=[clock.monotonic()] * 4, limit=5)
    assert counted(store) == 4
    assert not [name for name in store.fields if name.startswith("h")]
    assert limiter.limit == 9


@pytest.mark.parametrize("operation", ["reserve", "finish", "close"])
def test_a_change_made_twice_counts_once(make, clock, store, operation):
    limiter = make()
    reservation = granted(limiter, 3)
    limiter.answers_lost = 1
    if operation == "reserve":
        assert limiter.reserve(4).granted == 4
        assert counted(store) == store.fields["used"] == 7
    elif operation == "finish":
        assert limiter.finish(reservation, ends=[clock.monotonic()] * 2, unused=1)
        assert counted(store) == store.fields["used"] == 2
    else:
        limiter.close(reason="throttled", seconds=20)
        assert make().reserve(1).wait_seconds == 20.0


def test_a_freed_slot_is_passed_on_with_its_old_end_and_given_back_with_the_latest(
    make, clock, store
):
    limiter = make(limit=2)
    reservation = granted(limiter, 2)
    clock.advance(2)
    limiter.finish(reservation, ends=[clock.monotonic() - 2, clock.monotonic()])
    clock.advance(57)
    patient = granted(limiter, 2, patience_seconds=10)
    assert [round(start - clock.monotonic(), 3) for start in patient.starts] == [1.0, 3.0]
    clock.advance(2)
    # One call was made, one was not: the slot that is free last counts as the unused one.
    limiter.finish(patient, ends=[clock.monotonic()], unused=1)
    granted(limiter, 1, expected=0)
    clock.advance(1.001)
    granted(limiter, 2, expected=1)


def test_a_part_of_a_sub_window_is_passed_on_to_each_who_asks(make, clock, store):
    first, second = make(limit=1000), make(limit=1000)
    reservation = granted(first, 1000)
    first.finish(reservation, ends=[clock.monotonic()] * 1000)
    clock.advance(59)
    granted(second, 1, expected=1, patience_seconds=5)
    granted(first, 400, patience_seconds=5)
    # The copy of the second still says 999 of them, and that is enough.
    refused = store.refused
    granted(second, 400, patience_seconds=5)
    assert store.refused == refused
    granted(first, 400, expected=199, patience_seconds=5)
    assert counted(store) == store.fields["used"] == 1000


def test_above_200_slots_ends_are_rounded_up_to_sub_windows(make, clock, store):
    limiter = make(limit=1000)
    clock.advance(0.111)
    reservation = granted(limiter, 1000)
    ends = [clock.monotonic() + number / 1000 for number in range(1000)]
    clock.advance(1)
    limiter.finish(reservation, ends=ends)
    noted = sorted(int(name[1:], 16) for name in store.fields if name.startswith("e"))
    # A window of 60 seconds has 128 parts of 468 ms; a second of ends touches three or four.
    assert len(noted) in (3, 4)
    assert all(end_ms % 468 == 0 for end_ms in noted)
    assert noted[-1] - 1000 * (START + 1.111) >= -1
    assert sum(store.fields[f"e{end_ms:x}"] for end_ms in noted) == 1000


def test_up_to_200_slots_each_end_is_exact(make, clock, store):
    limiter = make(limit=200)
    reservation = granted(limiter, 200)
    ends = [clock.monotonic() + number / 250 for number in range(200)]
    clock.advance(1)
    limiter.finish(reservation, ends=ends)
    noted = sorted(int(name[1:], 16) - START * 1000 for name in store.fields if name[0] == "e")
    assert noted == pytest.approx([4 * number for number in range(200)], abs=1)


def test_an_item_with_little_traffic_stays_small(make, clock, store):
    limiter = make(limit=100_000)
    for _ in range(1_000):
        limiter.finish(granted(limiter, 1), ends=[clock.monotonic()])
        clock.advance(2)
    assert len(store.fields) < 160
    assert counted(store) == store.fields["used"]


@pytest.mark.parametrize(
    ("numbers", "text"),
    [
        ({"limit": 0}, "limit_per_window"),
        ({"limit": 100_001}, "limit_per_window"),
        ({"skew": -1.0}, "clock_skew_seconds"),
        ({"skew": float("nan")}, "clock_skew_seconds"),
        ({"longest_closure_seconds": 0.0}, "longest_closure_seconds"),
        ({"longest_closure_seconds": float("inf")}, "longest_closure_seconds"),
    ],
)
def test_rules_that_make_no_sense_are_refused(make, numbers, text):
    with pytest.raises(ValueError, match=text) as caught:
        make(**numbers)
    assert type(caught.value) is ValueError


@pytest.mark.parametrize(("wanted", "patience"), [(-1, 0.0), (1, -1.0)])
def test_less_than_nothing_cannot_be_asked_for(make, wanted, patience):
    with pytest.raises(ValueError, match="must not be negative") as caught:
        make().reserve(wanted, patience_seconds=patience)
    assert type(caught.value) is ValueError

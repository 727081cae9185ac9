"""Clocks that jump or stand still: what a worker then believes, and that it frees no slot early."""

from __future__ import annotations

import math

import pytest

from formarelay.window import WindowRules
from formarelay.window.shared_time import SharedTime
from tests.support.clock import ManualClock
from tests.support.simulation import MemoryStore
from tests.support.simulation.local import LocalLimiter

START = 1_800_000_000.25


class FrozenMonotonicClock(ManualClock):
    """A machine that stands still, as a frozen Lambda environment may."""

    def stand_still(self, seconds):
        self.jump_wall(seconds)


@pytest.fixture
def clock():
    return FrozenMonotonicClock(wall=START, monotonic=1_000.0)


@pytest.fixture
def truth():
    """The store's clock, which nothing disturbs."""
    return ManualClock(wall=START)


@pytest.fixture
def passes(clock, truth):
    def passes(seconds):
        clock.advance(seconds)
        truth.advance(seconds)

    return passes


RULES = WindowRules(
    limit_per_window=10,
    window_seconds=60.0,
    longest_call_seconds=30.0,
    clock_skew_seconds=0.05,
)


@pytest.fixture
def limiter(clock, truth):
    limiter = LocalLimiter(RULES, clock=clock, store=MemoryStore())
    limiter.store_clock = truth
    return limiter


def use_all(limiter, clock):
    reservation = limiter.reserve(10)
    assert reservation.granted == 10
    assert limiter.finish(reservation, ends=[clock.monotonic()] * 10)


@pytest.mark.parametrize("seconds", [600.0, 2.0, 86_400.0])
def test_a_clock_set_forward_frees_no_slot_early(limiter, clock, passes, seconds):
    use_all(limiter, clock)
    clock.jump_wall(seconds)
    passes(59.9)
    assert limiter.reserve(1).granted == 0
    # It is up to a second slow then, for the store tells whole seconds.
    passes(1.3)
    assert limiter.reserve(10).granted == 10


@pytest.mark.parametrize("seconds", [600.0, 2.0])
def test_a_clock_set_back_amid_a_call_ends_it_no_earlier(limiter, clock, truth, passes, seconds):
    reservation = limiter.reserve(10)
    clock.jump_wall(-seconds)
    passes(5)
    limiter.finish(reservation, ends=[clock.monotonic()] * 10)
    sound = LocalLimiter(RULES, clock=truth, store=limiter.store)
    passes(59.9)
    assert sound.reserve(1).granted == 0
    passes(1.3)
    assert sound.reserve(10).granted == 10


def test_a_machine_that_stood_still_sees_that_time_has_passed(limiter, clock, truth):
    use_all(limiter, clock)
    clock.stand_still(61)
    truth.advance(61)
    assert limiter.reserve(10).granted == 10


def test_a_machine_that_stood_still_amid_a_call_ends_it_no_earlier(limiter, clock, truth, passes):
    reservation = limiter.reserve(10)
    ended = clock.monotonic()
    clock.stand_still(20)
    truth.advance(20)
    limiter.finish(reservation, ends=[ended] * 10)
    passes(59.9)
    assert limiter.reserve(1).granted == 0


def test_many_short_stops_do_not_add_up_unseen(limiter, clock, truth, passes):
    use_all(limiter, clock)
    for _ in range(100):
        clock.stand_still(0.04)
        truth.advance(0.04)
        passes(0.5)
        limiter.reserve(1)
    reservation_at = truth.wall()
    passes(8)
    taken = limiter.reserve(10)
    assert taken.granted == 10
    limiter.finish(taken, ends=[clock.monotonic()] * 10)
    ends = [int(name[1:], 16) for name in limiter.store.fields if name.startswith("e")]
    assert min(ends) >= (reservation_at + 8) * 1000 - 50


def test_without_the_stores_time_the_wall_clock_is_believed(limiter, clock):
    limiter.store_clock = None
    use_all(limiter, clock)
    clock.jump_wall(61)
    assert limiter.reserve(10).granted == 10


def test_a_clock_that_agrees_with_the_store_is_exact():
    clock = ManualClock(wall=START, monotonic=1_000.0)
    time = SharedTime(clock, skew_seconds=0.05)
    time.observe(math.floor(START), sent=clock.monotonic())
    assert time.earliest_ms() == time.latest_ms() == round(START * 1000)


def test_a_clock_that_disagrees_is_replaced_by_what_is_proven():
    clock = ManualClock(wall=START + 300, monotonic=1_000.0)
    time = SharedTime(clock, skew_seconds=0.05)
    time.observe(math.floor(START), sent=clock.monotonic() - 0.5)
    assert time.earliest_ms() == math.floor(START) * 1000
    assert time.latest_ms() == math.floor(START) * 1000 + 1500


def test_answers_narrow_down_what_is_proven():
    clock = ManualClock(wall=START + 300, monotonic=1_000.0)
    time = SharedTime(clock, skew_seconds=0.05)
    for step in range(200):
        clock.advance(0.37)
        time.observe(math.floor(START + 0.37 * (step + 1)), sent=clock.monotonic() - 0.01)
    truth_ms = (START + 0.37 * 200) * 1000
    assert truth_ms - 60 < time.earliest_ms() <= truth_ms <= time.latest_ms() < truth_ms + 60


def test_a_clock_that_moved_is_noticed_until_the_next_answer():
    clock = ManualClock(wall=START, monotonic=1_000.0)
    time = SharedTime(clock, skew_seconds=0.05)
    assert time.has_moved()
    time.observe(None, sent=clock.monotonic())
    assert not time.has_moved()
    clock.advance(1_000)
    assert not time.has_moved()
    clock.jump_wall(-0.06)
    assert time.has_moved()
    time.observe(None, sent=clock.monotonic())
    assert not time.has_moved()

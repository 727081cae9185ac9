"""The gate among workers in each other's way; the plain cases are in the limiter's suite."""

from __future__ import annotations

import pytest

from formarelay.errors import TransientError
from formarelay.window import WindowRules
from tests.support.clock import ManualClock
from tests.support.simulation import MemoryStore
from tests.support.simulation.local import LocalLimiter


@pytest.fixture
def clock():
    return ManualClock()


@pytest.fixture
def store():
    return MemoryStore()


@pytest.fixture
def make(clock, store):
    def worker(limit=10):
        rules = WindowRules(
            limit_per_window=limit,
            window_seconds=60.0,
            longest_call_seconds=30.0,
            clock_skew_seconds=0.0,
        )
        return LocalLimiter(rules, clock=clock, store=store)

    return worker


def granted(limiter, wanted, expected=None, **patience):
    reservation = limiter.reserve(wanted, **patience)
    assert reservation.granted == (wanted if expected is None else expected)
    return reservation


def all_ended(limiter, reservation, clock):
    assert limiter.finish(reservation, ends=[clock.monotonic()] * reservation.granted)


def test_of_many_workers_that_all_see_the_closure_end_one_gets_the_probe(make, clock):
    workers = [make() for _ in range(50)]
    for worker in workers:
        granted(worker, 0)
    workers[0].close(reason="provider_down", seconds=5)
    for worker in workers:
        granted(worker, 1, expected=0)
    clock.advance(5)
    assert sum(worker.reserve(3).granted for worker in workers) == 1


def test_a_worker_that_still_sees_the_gate_open_gets_nothing(make):
    behind, closer = make(), make()
    granted(behind, 1)
    closer.close(reason="key_refused", seconds=5)
    refused = granted(behind, 1, expected=0)
    assert (refused.wait_seconds, refused.reason) == (5.0, "key_refused")


def test_reports_of_one_failure_by_many_workers_close_once(make, clock):
    workers = [make(limit=20) for _ in range(10)]
    for worker in workers:
        granted(worker, 1)
    for worker in workers:
        worker.close(reason="provider_down", seconds=1)
    assert granted(workers[0], 1, expected=0).wait_seconds == 1.0
    clock.advance(1)
    granted(workers[0], 5, expected=1)


def test_each_stage_is_shared_by_all_workers(make, clock):
    first, second = make(limit=100), make(limit=100)
    first.close(reason="provider_down", seconds=5)
    clock.advance(5)
    all_ended(first, granted(first, 9, expected=1), clock)
    all_ended(second, granted(second, 9, expected=2), clock)
    third_stage = granted(first, 3), granted(second, 9, expected=1)
    granted(first, 1, expected=0)
    # The first good answer opens the next stage; the other one, of a stage before, nothing.
    all_ended(first, third_stage[0], clock)
    # A worker that was refused looks again after a second.
    clock.advance(1)
    granted(second, 5)
    all_ended(second, third_stage[1], clock)
    granted(first, 9, expected=3)


def test_an_answer_from_before_the_closure_opens_nothing(make, clock):
    early, late = make(), make()
    before = granted(early, 2)
    late.close(reason="provider_down", seconds=5)
    clock.advance(5)
    granted(late, 1)
    all_ended(early, before, clock)
    granted(late, 1, expected=0)


def test_a_stage_is_not_used_up_by_calls_that_find_no_slot(make, clock):
    limiter = make(limit=10)
    limiter.close(reason="provider_down", seconds=5)
    held = make(limit=10)
    clock.advance(5)
    all_ended(limiter, granted(limiter, 1), clock)
    all_ended(limiter, granted(limiter, 2), clock)
    all_ended(limiter, granted(limiter, 4), clock)
    partly = granted(held, 8, expected=3)
    assert partly.reason == "rate_limited"
    clock.advance(60.1)
    # Of the stage of 8, 5 are left.
    granted(held, 8, expected=5)


def test_while_it_reopens_nobody_gets_slots_in_advance(make, clock):
    limiter = make(limit=2)
    all_ended(limiter, granted(limiter, 2), clock)
    limiter.close(reason="provider_down", seconds=5)
    clock.advance(58)
    assert limiter.reserve(1, patience_seconds=10).reason == "rate_limited"
    clock.advance(2.1)
    granted(limiter, 1)


def test_once_open_the_item_knows_no_gate(make, clock, store):
    limiter = make(limit=4)
    limiter.close(reason="provider_down", seconds=5)
    clock.advance(5)
    all_ended(limiter, granted(limiter, 1), clock)
    all_ended(limiter, granted(limiter, 2), clock)
    assert "gate" not in store.fields
    assert granted(limiter, 4, expected=1).reason == "rate_limited"


def test_after_it_was_open_a_closure_is_short_again(make, clock):
    limiter = make(limit=2)
    waits = []
    for _ in range(2):
        limiter.close(reason="provider_down", seconds=1)
        waits.append(limiter.reserve(1).wait_seconds)
        clock.advance(60)
    all_ended(limiter, granted(limiter, 1), clock)
    limiter.close(reason="provider_down", seconds=1)
    waits.append(limiter.reserve(1).wait_seconds)
    assert waits == [1.0, 2.0, 1.0]


@pytest.mark.parametrize("seconds", [0.0, -5.0, float("-inf")])
def test_a_closure_of_no_time_still_probes(make, clock, seconds):
    limiter = make()
    limiter.close(reason="throttled", seconds=seconds)
    clock.advance(0.2)
    granted(limiter, 5, expected=1)


def test_any_reason_is_kept_in_short(make):
    limiter = make()
    limiter.close(reason="the provider said: no " + "x" * 1_000, seconds=5)
    reason = limiter.reserve(1).reason
    assert reason == ("the provider said: no " + "x" * 1_000)[:40]


def test_a_gate_that_everybody_changes_is_given_up(make, store):
    limiter = make()
    granted(limiter, 1)
    limiter.before_change = lambda: store.fields.update(
        gate=f"{store.refused} 0 1 1 1 0 somebody else"
    )
    with pytest.raises(TransientError) as caught:
        limiter.close(reason="throttled", seconds=5)
    assert type(caught.value) is TransientError
    assert store.refused == 8

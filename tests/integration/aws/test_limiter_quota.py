"""One suite for what both limiters know of the quota: the closed gate, the probe, the reserve."""

from __future__ import annotations

import pytest

from tests.support.clock import ManualClock
from tests.support.limiters import LIMITERS, granted, workers


@pytest.fixture
def clock():
    return ManualClock(wall=1_800_000_000.0, monotonic=5_000.0)


@pytest.fixture(params=LIMITERS)
def make(request, clock):
    with workers(request.param, clock) as make:
        yield make


def refusal(reservation):
    return reservation.granted, reservation.reason, reservation.wait_seconds


def test_without_quota_nobody_calls_for_a_quarter_of_an_hour(make, clock):
    publisher, sender = make(), make()
    publisher.note_quota(exhausted=True, reserved=True)
    clock.advance(100)
    assert refusal(sender.reserve(5, urgent=5)) == (0, "quota_exhausted", 800.0)


def test_each_round_without_quota_begins_the_closure_anew(make, clock):
    publisher, sender = make(), make()
    publisher.note_quota(exhausted=True, reserved=False)
    clock.advance(300)
    publisher.note_quota(exhausted=True, reserved=False)
    assert refusal(sender.reserve(5)) == (0, "quota_exhausted", 900.0)


def test_a_rest_lets_one_call_probe_at_once(make, clock):
    publisher, first, second = make(), make(), make()
    publisher.note_quota(exhausted=True, reserved=False)
    assert granted(first, 5, expected=0).reason == "quota_exhausted"
    clock.advance(60)
    publisher.note_quota(exhausted=False, reserved=False)
    clock.advance(2)
    probe = granted(first, 5, expected=1)
    assert granted(second, 5, expected=0).reason == "quota_exhausted"
    first.finish(probe, ends=[clock.monotonic()])
    clock.advance(2)
    granted(second, 5, expected=2)


def test_a_rest_opens_no_gate_that_something_else_closed(make, clock):
    publisher, sender = make(), make()
    publisher.close(reason="key_refused", seconds=30)
    publisher.note_quota(exhausted=False, reserved=False)
    assert refusal(sender.reserve(5)) == (0, "key_refused", 30.0)


def test_a_rest_does_not_close_or_slow_an_open_gate(make):
    publisher, sender = make(), make()
    publisher.note_quota(exhausted=False, reserved=False)
    granted(sender, 5)


def test_the_reserve_is_for_urgent_calls_alone(make):
    publisher, sender = make(), make()
    publisher.note_quota(exhausted=False, reserved=True)
    assert refusal(sender.reserve(5, urgent=2)) == (2, "quota_reserved", 300.0)
    assert refusal(sender.reserve(5, urgent=0)) == (0, "quota_reserved", 300.0)
    assert refusal(sender.reserve(2, urgent=2)) == (2, "", 0.0)
    # Who does not say what is urgent is in the middle of a mail.
    assert refusal(sender.reserve(1)) == (1, "", 0.0)


def test_a_worker_that_saw_the_quota_before_learns_of_the_reserve_by_its_next_write(make):
    publisher, sender = make(), make()
    granted(sender, 1)
    publisher.note_quota(exhausted=False, reserved=True)
    assert sender.reserve(5, urgent=0).reason == "quota_reserved"


def test_what_is_short_for_the_rate_says_so(make):
    publisher, sender = make(limit=3), make(limit=3)
    publisher.note_quota(exhausted=False, reserved=True)
    reservation = sender.reserve(8, urgent=5)
    assert (reservation.granted, reservation.reason) == (3, "rate_limited")


def test_the_reserve_ends_when_the_quota_is_topped_up(make, clock):
    publisher, sender = make(), make()
    publisher.note_quota(exhausted=False, reserved=True)
    granted(sender, 0)
    assert sender.reserve(5, urgent=0).granted == 0
    publisher.note_quota(exhausted=False, reserved=False)
    clock.advance(2)
    assert sender.reserve(5, urgent=0).granted == 5


def test_a_reserve_that_nobody_renews_ends_after_an_hour(make, clock):
    publisher, sender = make(), make()
    publisher.note_quota(exhausted=False, reserved=True)
    clock.advance(3590)
    assert refusal(sender.reserve(5, urgent=0)) == (0, "quota_reserved", 10.0)
    clock.advance(11)
    assert sender.reserve(5, urgent=0).granted == 5


def test_a_question_may_pass_a_gate_that_it_can_open_and_is_no_probe(make, clock):
    publisher, sender = make(), make()
    publisher.close(reason="quota_exhausted", seconds=60)
    past = {"quota_exhausted", "key_refused"}
    question = publisher.reserve(1, past_gate=past)
    assert (question.granted, question.reason) == (1, "")
    assert publisher.finish(question, ends=[clock.monotonic()])
    assert granted(sender, 5, expected=0).reason == "quota_exhausted"
    clock.advance(60)
    assert publisher.reserve(1, past_gate=past).granted == 1
    granted(sender, 5, expected=1)


def test_a_question_does_not_pass_another_gate(make):
    publisher = make()
    publisher.close(reason="throttled", seconds=60)
    refused = publisher.reserve(1, past_gate={"quota_exhausted"})
    assert refusal(refused) == (0, "throttled", 60.0)


def test_a_question_past_the_gate_takes_a_slot_of_the_rate(make):
    publisher, sender = make(), make()
    granted(sender, 10)
    publisher.close(reason="quota_exhausted", seconds=60)
    refused = publisher.reserve(1, past_gate={"quota_exhausted"})
    assert (refused.granted, refused.reason) == (0, "rate_limited")


def test_a_negative_number_of_urgent_calls_is_a_mistake(make):
    with pytest.raises(ValueError, match="must not be negative") as caught:
        make().reserve(5, urgent=-1)
    assert type(caught.value) is ValueError

"""The question for the usage, asked within the rate that all workers share."""

from __future__ import annotations

import pytest

from formarelay.errors import (
    ConnectionFailedError,
    OutcomeUnknownError,
    ServerError,
    TransientError,
)
from formarelay.formamail.models import Usage
from publish_usage.slotted_usage import PAST_GATE, SlottedUsage
from tests.support.clock import ManualClock
from tests.support.fake_limiter import FakeLimiter
from tests.support.publishing import allowance

pytestmark = pytest.mark.disable_socket

TOLD = Usage(email=allowance(1), billing_period="2027-01-01")


class Provider:
    """Makes as many requests as asked for, each half a second long, then ends as asked for."""

    def __init__(self, clock):
        self._clock = clock
        self.requests = 1
        self.error = None
        self.asked_at = []

    def usage(self, *, admit):
        for _ in range(self.requests):
            admit("GET emails/usage/stats")
            self.asked_at.append(self._clock.monotonic())
            self._clock.advance(0.5)
        if self.error:
            raise self.error
        return TOLD


@pytest.fixture
def clock():
    return ManualClock()


@pytest.fixture
def limiter(clock):
    return FakeLimiter(clock)


@pytest.fixture
def provider(clock):
    return Provider(clock)


@pytest.fixture
def slotted(provider, limiter, clock):
    return SlottedUsage(provider, slots=limiter, clock=clock, sleep=clock.advance)


def test_a_request_takes_one_slot_and_notes_its_end(slotted, limiter, clock):
    assert slotted.usage() is TOLD
    (finished,) = limiter.finished
    assert (finished.reservation.granted, finished.ends) == (1, [clock.monotonic()])


def test_the_repeat_after_a_refused_key_takes_another(slotted, provider, limiter):
    provider.requests = 2
    slotted.usage()
    assert [len(finished.ends) for finished in limiter.finished] == [1, 1]


def test_it_waits_for_a_slot_that_becomes_free(slotted, provider, limiter, clock):
    held = limiter.reserve(100)
    limiter.finish(held, ends=[clock.monotonic()] * 100)
    clock.advance(45)
    before = clock.monotonic()
    assert slotted.usage() is TOLD
    assert provider.asked_at == [pytest.approx(before + 15)]


def test_without_a_slot_nothing_is_asked(slotted, provider, limiter, clock):
    held = limiter.reserve(100)
    limiter.finish(held, ends=[clock.monotonic()] * 100)
    with pytest.raises(TransientError, match="no slot: rate_limited") as caught:
        slotted.usage()
    assert type(caught.value) is TransientError
    assert provider.asked_at == []


def test_a_provider_that_throttles_is_not_asked(slotted, provider, limiter):
    limiter.close(reason="throttled", seconds=30)
    with pytest.raises(TransientError, match="no slot: throttled"):
        slotted.usage()
    assert provider.asked_at == []


@pytest.mark.parametrize("reason", sorted(PAST_GATE))
def test_any_other_closed_gate_is_no_reason_not_to_ask(slotted, limiter, reason):
    limiter.close(reason=reason, seconds=30)
    assert slotted.usage() is TOLD
    assert limiter.reserve(1).reason == reason


@pytest.mark.parametrize(
    ("error", "ends"),
    [
        (ServerError("down", status=503), 1),
        (OutcomeUnknownError("timed out"), 0),
        (ConnectionFailedError("refused"), 0),
    ],
)
def test_a_request_without_an_answer_keeps_its_slot_until_it_lapses(
    slotted, provider, limiter, error, ends
):
    provider.error = error
    with pytest.raises(type(error)) as caught:
        slotted.usage()
    assert caught.value is error
    assert [len(finished.ends) for finished in limiter.finished] == [ends]


def test_a_slot_that_cannot_be_given_back_costs_no_answer(slotted, limiter):
    limiter.failing = {"finish"}
    assert slotted.usage() is TOLD

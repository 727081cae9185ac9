"""One suite for both gates: the fake, and the one in DynamoDB."""

from __future__ import annotations

import pytest

from formarelay.aws.gate import DynamoGate
from formarelay.errors import TransientError
from formarelay.window import Closure
from tests.support.aws import create_state_table, fake_aws
from tests.support.clock import ManualClock
from tests.support.fake_limiter import FakeLimiter
from tests.support.limiters import tell_time


@pytest.fixture
def clock():
    return ManualClock(wall=1_800_000_000.0, monotonic=5_000.0)


@pytest.fixture(params=["fake", "dynamodb"])
def make(request, clock):
    if request.param == "fake":
        shared = FakeLimiter(clock)
        yield lambda: shared
        return
    with fake_aws():
        client = create_state_table()
        tell_time(client, clock)
        yield lambda: DynamoGate(
            client, table_name="state", provider="formaloo", clock=clock, pause=clock.advance
        )


def test_a_gate_that_nobody_closed_is_open(make):
    assert make().closure() is None


def test_a_closure_says_why_and_for_how_long_to_every_worker(make, clock):
    make().close(reason="rotating", seconds=120)
    clock.advance(20)
    assert make().closure() == Closure("rotating", 100.0)


def test_a_worker_that_saw_the_gate_open_learns_of_a_closure_within_a_second(make, clock):
    reader = make()
    assert reader.closure() is None
    make().close(reason="rotating", seconds=60)
    clock.advance(1.001)
    assert reader.closure() is not None


def test_a_closure_ends_by_itself(make, clock):
    gate = make()
    gate.close(reason="rotating", seconds=120)
    clock.advance(120)
    assert gate.closure() is None
    clock.advance(1000)
    gate.close(reason="rotating", seconds=120)
    assert gate.closure() == Closure("rotating", 120.0)


def test_reopening_opens_at_once(make, clock):
    make().close(reason="rotating", seconds=120)
    make().reopen(reason="rotating")
    assert make().closure() is None


def test_another_reason_keeps_it_closed(make, clock):
    make().close(reason="provider_down", seconds=120)
    make().reopen(reason="rotating")
    assert make().closure() == Closure("provider_down", 120.0)


def test_reopening_an_open_gate_changes_nothing(make):
    make().reopen(reason="rotating")
    assert make().closure() is None


@pytest.mark.parametrize("call", ["close", "reopen", "closure"])
def test_a_table_that_cannot_be_reached_is_said(clock, call):
    with fake_aws():
        client = create_state_table()
        gate = DynamoGate(client, table_name="gone", provider="formaloo", clock=clock)
        calls = {
            "close": lambda: gate.close(reason="rotating", seconds=1),
            "reopen": lambda: gate.reopen(reason="rotating"),
            "closure": gate.closure,
        }
        with pytest.raises(TransientError):
            calls[call]()

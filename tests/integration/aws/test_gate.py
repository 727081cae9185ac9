"""One suite for both gates: the fake that unit tests trust, and the one in DynamoDB."""

from __future__ import annotations

import pytest
from botocore.stub import Stubber

from formarelay.aws.gate import DynamoGate
from formarelay.errors import TransientError
from formarelay.slots import Reservation
from tests.support.aws import create_state_table, fake_aws
from tests.support.clock import ManualClock
from tests.support.fake_gate import FakeGate


@pytest.fixture
def clock():
    return ManualClock(wall=1_800_000_000.0)


@pytest.fixture(params=["fake", "dynamodb"])
def gate(request, clock):
    if request.param == "fake":
        yield FakeGate(clock)
        return
    with fake_aws():
        client = create_state_table()
        yield DynamoGate(client, table_name="state", provider="forma-mail", clock=clock)


def test_an_untouched_gate_is_open(gate):
    assert gate.reserve(7) == Reservation(granted=7)


def test_a_closed_gate_grants_nothing_and_says_how_long_and_why(gate, clock):
    gate.close(reason="throttled", seconds=30)
    clock.advance(12)
    assert gate.reserve(7) == Reservation(granted=0, wait_seconds=18.0, reason="throttled")


def test_the_gate_opens_when_its_time_is_up(gate, clock):
    gate.close(reason="throttled", seconds=30)
    clock.advance(30)
    assert gate.reserve(7) == Reservation(granted=7)


def test_a_shorter_closure_does_not_shorten_a_longer_one(gate):
    gate.close(reason="quota_exhausted", seconds=300)
    gate.close(reason="throttled", seconds=2)
    assert gate.reserve(1) == Reservation(granted=0, wait_seconds=300.0, reason="quota_exhausted")


def test_a_longer_closure_replaces_a_shorter_one(gate):
    gate.close(reason="throttled", seconds=2)
    gate.close(reason="quota_exhausted", seconds=300)
    assert gate.reserve(1) == Reservation(granted=0, wait_seconds=300.0, reason="quota_exhausted")


def test_gates_of_two_providers_are_independent(clock):
    with fake_aws():
        client = create_state_table()
        mail = DynamoGate(client, table_name="state", provider="forma-mail", clock=clock)
        forms = DynamoGate(client, table_name="state", provider="formaloo", clock=clock)
        mail.close(reason="throttled", seconds=30)
        assert forms.reserve(1) == Reservation(granted=1)


def test_a_store_that_fails_is_transient(clock):
    with fake_aws():
        client = create_state_table()
        gate = DynamoGate(client, table_name="state", provider="forma-mail", clock=clock)
        with Stubber(client) as stub:
            stub.add_client_error("get_item", "InternalServerError")
            with pytest.raises(TransientError) as caught:
                gate.reserve(1)
            assert type(caught.value) is TransientError
            stub.add_client_error("update_item", "InternalServerError")
            with pytest.raises(TransientError) as caught:
                gate.close(reason="throttled", seconds=1)
            assert type(caught.value) is TransientError

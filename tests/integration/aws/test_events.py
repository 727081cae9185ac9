"""Events on a bus, through real boto3 serialisation."""

from __future__ import annotations

import json

import boto3
import pytest
from botocore.exceptions import EndpointConnectionError
from botocore.stub import Stubber

from formarelay.aws.events import OutcomeBus
from tests.support.aws import REGION, fake_aws

CALL_SECONDS = 3.0


class Bus:
    """A bus by moto, with every call noted."""

    def __init__(self):
        self.client = boto3.client("events", region_name=REGION)
        self.client.create_event_bus(Name="outcomes")
        self.calls = []
        self.client.meta.events.register("provide-client-params.events.PutEvents", self._note)
        self.clients_made = 0
        self.seconds_left = [1000.0]
        self.bus = OutcomeBus(
            self._make,
            bus_name="outcomes",
            source="formarelay.outcomes",
            call_seconds=CALL_SECONDS,
        )

    def _make(self):
        self.clients_made += 1
        return self.client

    def publish(self, events):
        def remaining_seconds():
            return self.seconds_left.pop(0) if len(self.seconds_left) > 1 else self.seconds_left[0]

        return self.bus.publish(events, remaining_seconds=remaining_seconds)

    def _note(self, params, **_):
        self.calls.append(params["Entries"])


@pytest.fixture
def bus():
    with fake_aws():
        yield Bus()


@pytest.fixture
def stub(bus):
    with Stubber(bus.client) as stub:
        yield stub
        stub.assert_no_pending_responses()


def events(count, start=1):
    return [
        ("Email Accepted", {"messageId": f"m-{number}", "attempts": 1})
        for number in range(start, start + count)
    ]


def entries(some):
    return [
        {
            "EventBusName": "outcomes",
            "Source": "formarelay.outcomes",
            "DetailType": detail_type,
            "Detail": json.dumps(detail),
        }
        for detail_type, detail in some
    ]


def answers(stub, *codes, to=None):
    """The next call's answer, an empty code for each event that is taken."""
    results = [{"ErrorCode": code} if code else {"EventId": "1"} for code in codes]
    stub.add_response(
        "put_events",
        {"FailedEntryCount": len([code for code in codes if code]), "Entries": results},
        {"Entries": entries(to)} if to else None,
    )


def test_an_event_is_put_on_the_bus(bus):
    assert bus.publish([("Email Held", {"messageId": "m-1", "idempotencyKey": 'ä "'})]) == 0
    ((entry,),) = bus.calls
    assert json.loads(entry.pop("Detail")) == {"messageId": "m-1", "idempotencyKey": 'ä "'}
    assert entry == {
        "EventBusName": "outcomes",
        "Source": "formarelay.outcomes",
        "DetailType": "Email Held",
    }


def test_a_bus_that_does_not_exist_takes_nothing(bus):
    bus.client.delete_event_bus(Name="outcomes")
    assert bus.publish(events(2)) == 2


def test_nothing_to_publish_asks_nobody_and_makes_no_client(bus):
    assert bus.publish([]) == 0
    assert bus.clients_made == 0


def test_more_than_ten_events_go_in_several_calls_of_one_client(bus):
    assert bus.publish(events(23)) == 0
    assert bus.calls == [
        entries(events(10)),
        entries(events(10, start=11)),
        entries(events(3, start=21)),
    ]
    assert bus.clients_made == 1


def test_ten_events_are_one_call(bus, stub):
    answers(stub, *[""] * 10, to=events(10))
    assert bus.publish(events(10)) == 0


def test_an_event_that_the_bus_does_not_take_is_tried_once_more_alone(bus, stub):
    answers(stub, "", "ThrottlingException", "", to=events(3))
    answers(stub, "", to=events(1, start=2))
    assert bus.publish(events(3)) == 0


def test_events_that_the_bus_does_not_take_twice_are_counted_and_left(bus, stub):
    answers(stub, "InternalFailure", "", "ThrottlingException")
    answers(stub, "InternalFailure", "")
    assert bus.publish(events(3)) == 1
    assert len(bus.calls) == 2


def test_a_failure_of_ten_events_does_not_keep_the_others(bus, stub):
    stub.add_client_error("put_events", "ThrottlingException", http_status_code=400)
    stub.add_client_error("put_events", "ThrottlingException", http_status_code=400)
    answers(stub, "", to=events(1, start=11))
    assert bus.publish(events(11)) == 10


@pytest.mark.parametrize(
    ("code", "status"),
    [("AccessDeniedException", 400), ("ResourceNotFoundException", 400), ("InternalFailure", 500)],
)
def test_a_call_that_fails_is_repeated_once_and_raises_nothing(bus, stub, code, status):
    stub.add_client_error("put_events", code, http_status_code=status)
    stub.add_client_error("put_events", code, http_status_code=status)
    assert bus.publish(events(2)) == 2
    assert len(bus.calls) == 2


def test_a_call_that_fails_once_loses_nothing(bus, stub):
    stub.add_client_error("put_events", "InternalFailure", http_status_code=500)
    answers(stub, "", "", to=events(2))
    assert bus.publish(events(2)) == 0


def test_a_bus_that_cannot_be_reached_raises_nothing(bus, monkeypatch):
    def unreachable(**_):
        raise EndpointConnectionError(endpoint_url="https://events")

    monkeypatch.setattr(bus.client, "put_events", unreachable)
    assert bus.publish(events(2)) == 2


def test_a_client_that_cannot_be_made_raises_nothing():
    def make():
        raise EndpointConnectionError(endpoint_url="https://credentials")

    bus = OutcomeBus(make, bus_name="outcomes", source="s", call_seconds=CALL_SECONDS)
    assert bus.publish(events(2), remaining_seconds=lambda: 100.0) == 2


def test_no_call_starts_that_may_not_end_in_time(bus):
    bus.seconds_left = [CALL_SECONDS - 0.1]
    assert bus.publish(events(12)) == 12
    assert bus.calls == []


def test_a_call_starts_that_just_ends_in_time_and_is_not_repeated_beyond_it(bus, stub):
    bus.seconds_left = [CALL_SECONDS, CALL_SECONDS - 0.1]
    answers(stub, "ThrottlingException", "")
    assert bus.publish(events(2)) == 1
    assert len(bus.calls) == 1

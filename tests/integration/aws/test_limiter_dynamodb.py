"""What only the limiter in DynamoDB has: requests, lost answers, lost tables, its answers' time."""

from __future__ import annotations

from collections import Counter

import pytest
from botocore.exceptions import EndpointConnectionError
from botocore.stub import Stubber

from formarelay.errors import TransientError
from tests.support.aws import create_state_table, fake_aws
from tests.support.clock import ManualClock
from tests.support.limiters import dynamo_limiter, granted, tell_time


@pytest.fixture
def clock():
    return ManualClock(wall=1_800_000_000.0, monotonic=5_000.0)


@pytest.fixture
def client(clock):
    with fake_aws():
        client = create_state_table()
        tell_time(client, clock)
        yield client


@pytest.fixture
def requests(client):
    """How often each operation was asked for, and the longest expression."""
    seen = Counter()

    def count(model, params, **_):
        seen[model.name] += 1

    def measure(params, **_):
        for name in ("UpdateExpression", "ConditionExpression"):
            seen[name] = max(seen[name], len(params[name]))

    client.meta.events.register("before-call.dynamodb", count)
    client.meta.events.register("provide-client-params.dynamodb.UpdateItem", measure)
    return seen


def stored(client):
    return client.get_item(TableName="state", Key={"pk": {"S": "window#forma-mail"}})["Item"]


def size(item):
    return sum(
        len(name) + len(value.get("S", "")) + len(value.get("N", ""))
        for name, value in item.items()
    )


def test_a_batch_is_one_write_before_and_one_after(client, clock, requests):
    limiter = dynamo_limiter(client, clock)
    limiter.finish(granted(limiter, 1), ends=[clock.monotonic()])
    requests.clear()
    limiter.finish(granted(limiter, 9), ends=[clock.monotonic()] * 9)
    assert requests["UpdateItem"] == 2
    assert requests["GetItem"] == 0


def test_a_lost_race_needs_no_read(client, clock, requests):
    loser, winner = dynamo_limiter(client, clock), dynamo_limiter(client, clock)
    granted(loser, 1)
    granted(winner, 8)
    requests.clear()
    granted(loser, 9, expected=1)
    assert requests["UpdateItem"] == 2
    assert requests["GetItem"] == 0


def test_a_refusal_a_moment_ago_is_repeated_without_asking(client, clock, requests):
    limiter, other = dynamo_limiter(client, clock), dynamo_limiter(client, clock)
    granted(other, 10)
    granted(limiter, 1, expected=0)
    requests.clear()
    clock.advance(0.9)
    granted(limiter, 1, expected=0)
    assert requests == {}
    clock.advance(0.2)
    granted(limiter, 1, expected=0)
    assert requests == {"GetItem": 1}


@pytest.mark.parametrize("limit", [200, 100_000])
def test_the_item_and_the_expressions_stay_small(client, clock, requests, limit):
    limiter = dynamo_limiter(client, clock, limit=limit)
    for _ in range(200):
        reservation = granted(limiter, limit // 200)
        clock.advance(0.29)
        limiter.finish(reservation, ends=[clock.monotonic()] * reservation.granted)
    assert size(stored(client)) < 4096
    clock.advance(61)
    reservation = granted(limiter, 50)
    ends = [clock.monotonic() + number / 1000 for number in range(50)]
    clock.advance(1)
    limiter.finish(reservation, ends=ends)
    assert requests["UpdateExpression"] < 4096
    assert requests["ConditionExpression"] < 4096


def test_the_item_never_expires(client, clock):
    granted(dynamo_limiter(client, clock), 1)
    assert "expires_at" not in stored(client)


def test_windows_of_two_providers_are_independent(client, clock):
    granted(dynamo_limiter(client, clock), 10)
    granted(dynamo_limiter(client, clock, provider="formaloo"), 10)


@pytest.mark.parametrize("operation", ["reserve", "finish", "close"])
def test_a_write_whose_answer_was_lost_is_recognised(client, clock, monkeypatch, operation):
    limiter = dynamo_limiter(client, clock)
    earlier = granted(limiter, 2)
    real = client.update_item

    def twice(**arguments):
        real(**arguments)
        return real(**arguments)

    monkeypatch.setattr(client, "update_item", twice)
    if operation == "reserve":
        granted(limiter, 3)
    elif operation == "finish":
        assert limiter.finish(earlier, ends=[], unused=2)
    else:
        limiter.close(reason="throttled", seconds=30)
    monkeypatch.undo()
    if operation == "close":
        assert limiter.reserve(1).wait_seconds == 30.0
    else:
        granted(limiter, 10, expected=5 if operation == "reserve" else 10)


def test_a_table_that_fails_grants_nothing_and_is_transient(client, clock):
    limiter = dynamo_limiter(client, clock)
    with Stubber(client) as stub:
        stub.add_client_error("get_item", "InternalServerError")
        with pytest.raises(TransientError) as caught:
            limiter.reserve(1)
    assert type(caught.value) is TransientError
    assert caught.value.service == "dynamodb"
    reservation = granted(limiter, 10)
    for operation in (
        lambda: limiter.finish(reservation, ends=[], unused=10),
        lambda: limiter.close(reason="throttled", seconds=1),
    ):
        with Stubber(client) as stub:
            stub.add_client_error("update_item", "ProvisionedThroughputExceededException")
            with pytest.raises(TransientError) as caught:
                operation()
            assert type(caught.value) is TransientError
    assert limiter.finish(reservation, ends=[], unused=10)
    with Stubber(client) as stub:
        stub.add_client_error("update_item", "ThrottlingException")
        with pytest.raises(TransientError) as caught:
            limiter.reserve(1)
        assert type(caught.value) is TransientError


def test_a_network_that_fails_is_transient(client, clock, monkeypatch):
    def fail(**_):
        raise EndpointConnectionError(endpoint_url="https://dynamodb")

    limiter = dynamo_limiter(client, clock)
    monkeypatch.setattr(client, "get_item", fail)
    with pytest.raises(TransientError) as caught:
        limiter.reserve(1)
    assert type(caught.value) is TransientError


def test_a_wall_clock_that_jumps_frees_nothing(client, clock):
    limiter = dynamo_limiter(client, clock)
    limiter.finish(granted(limiter, 10), ends=[clock.monotonic()] * 10)
    real = clock.wall()
    clock.jump_wall(600)
    # From now on the store's clock is not the worker's.
    tell_time(client, ManualClock(wall=real))
    granted(limiter, 1, expected=0)


@pytest.mark.parametrize("date", [None, "", "yesterday"])
def test_without_a_readable_date_the_wall_clock_serves(client, clock, date):
    def spoil(parsed, **_):
        parsed["ResponseMetadata"]["HTTPHeaders"]["date"] = date

    client.meta.events.register("after-call.dynamodb", spoil)
    limiter = dynamo_limiter(client, clock)
    limiter.finish(granted(limiter, 10), ends=[clock.monotonic()] * 10)
    clock.advance(59.99)
    granted(limiter, 1, expected=0)
    clock.advance(0.02)
    granted(limiter, 10)

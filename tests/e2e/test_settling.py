"""Mails of unknown outcome whose message is gone, settled by the deployed sweep."""

from __future__ import annotations

import json
import uuid

import boto3
import pytest

from tests.support.stack import message

# Longer than the hour that the sweep leaves to redeliveries.
AGE_SECONDS = 7200


@pytest.fixture
def run():
    return uuid.uuid4().hex[:12]


def entries(stack, state):
    items = stack.dynamodb.scan(
        TableName=stack.values["STATE_TABLE"],
        FilterExpression="#state = :state",
        ExpressionAttributeNames={"#state": "state"},
        ExpressionAttributeValues={":state": {"S": state}},
        ConsistentRead=True,
    )["Items"]
    return {item["relay_id"]["S"]: item for item in items}


def leave_unknown(stack, fault, body):
    """Sends a mail two hours ago, as far as ledger and provider know, and loses its message."""
    before = set(entries(stack, "UNKNOWN"))
    stack.sandbox("PUT", "/clock", json={"offset_seconds": -AGE_SECONDS})
    stack.sandbox(
        "POST", "/faults", json={"route": "POST /emails/send", "fault": fault, "times": 1}
    )
    stack.put([body])
    stack.wait_until(lambda: set(entries(stack, "UNKNOWN")) - before, seconds=30)
    stack.sqs.purge_queue(QueueUrl=stack.values["EMAIL_QUEUE_URL"])
    stack.wait_until(lambda: stack.waiting() == 0, seconds=30)
    stack.sandbox("PUT", "/clock", json={"offset_seconds": 0})
    (relay_id,) = set(entries(stack, "UNKNOWN")) - before
    stack.dynamodb.update_item(
        TableName=stack.values["STATE_TABLE"],
        Key={"pk": entries(stack, "UNKNOWN")[relay_id]["pk"]},
        UpdateExpression="ADD first_call_at :back, lease_until :back",
        ExpressionAttributeValues={":back": {"N": str(-AGE_SECONDS)}},
    )
    return relay_id


def sweep(stack):
    """One round, invoked as the schedule invokes it; its numbers."""
    functions = boto3.client(
        "lambda",
        endpoint_url=stack.values["AWS_ENDPOINT_URL"],
        aws_access_key_id=stack.values["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=stack.values["AWS_SECRET_ACCESS_KEY"],
        region_name=stack.values["AWS_DEFAULT_REGION"],
    )
    answer = functions.invoke(
        FunctionName=stack.values["SETTLE_UNKNOWN_FUNCTION"], Payload=b'{"source": "aws.events"}'
    )
    assert "FunctionError" not in answer, answer["Payload"].read()
    return json.loads(answer["Payload"].read())


def test_what_no_redelivery_touches_is_settled_and_a_replay_sends_what_was_not_sent(stack, run):
    accepted = leave_unknown(stack, "accept_then_drop", message(run, 1))
    dropped = leave_unknown(stack, "drop_before_accept", message(run, 2))
    (email,) = stack.accepted(run)
    assert email["metadata"]["relayId"] == accepted

    # Two lost answers in a row close the gate for some seconds, and the sweep keeps to it.
    rounds = []

    def finished():
        rounds.append(sweep(stack))
        return rounds[-1]["stopped"] == ""

    stack.wait_until(finished, seconds=30)
    assert {each["stopped"] for each in rounds} <= {"", "provider_down"}
    assert rounds[0]["SweepFound"] == 2
    settled = ("SweepSettledSent", "SweepSettledAbsent")
    assert [sum(each[name] for each in rounds) for name in settled] == [1, 1]
    assert rounds[-1]["SweepUnsettled"] == 0
    assert entries(stack, "SENT")[accepted]["email_id"] == {"S": email["id"]}
    assert set(entries(stack, "OPEN")) == {dropped}
    assert [each["metadata"]["number"] for each in stack.accepted(run)] == [1]
    assert sweep(stack)["SweepFound"] == 0

    stack.put([message(run, 1), message(run, 2)])
    stack.wait_until(lambda: stack.waiting() == 0, seconds=30)
    assert sorted(each["metadata"]["number"] for each in stack.accepted(run)) == [1, 2]
    assert stack.dead_letters() == []

"""What a rule on the default bus sees of rotations."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest

from local.emulator.secrets_manager.events import detail
from local.emulator.secrets_manager.runs import REPETITION_DELAYS_SECONDS
from tests.integration.local.rotating import Rotating
from tests.integration.local.stacks import Emulator, eventually

ARN = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:key-a1b2c3"


class Bus:
    """The events about one secret, from the rule's queue."""

    def __init__(self, emulator: Emulator, queue_url: str) -> None:
        self._emulator = emulator
        self._queue_url = queue_url
        self._events: list[dict[str, Any]] = []

    def events(self, arn: str) -> list[dict[str, Any]]:
        self._events.extend(map(json.loads, self._emulator.receive_all(self._queue_url)))
        return [
            event
            for event in self._events
            if event["detail"]["additionalEventData"]["SecretId"] == arn
        ]

    def names(self, arn: str) -> list[str]:
        return [event["detail"]["eventName"] for event in self.events(arn)]


@pytest.fixture(scope="module")
def bus(emulator: Emulator) -> Iterator[Bus]:
    pattern = {
        "source": ["aws.secretsmanager"],
        "detail-type": ["AWS Service Event via CloudTrail"],
        "detail": {"eventSource": ["secretsmanager.amazonaws.com"]},
    }
    resources = {
        "Queue": {"Type": "AWS::SQS::Queue"},
        "Rule": {
            "Type": "AWS::Events::Rule",
            "Properties": {
                "EventPattern": pattern,
                "Targets": [{"Id": "queue", "Arn": {"Fn::GetAtt": ["Queue", "Arn"]}}],
            },
        },
    }
    stack = emulator.create_stack(resources, outputs={"Queue": {"Ref": "Queue"}})
    yield Bus(emulator, emulator.outputs(stack)["Queue"])
    emulator.delete_stack(stack)


def test_successful_rotation_tells_its_start_and_its_end(rotating: Rotating, bus: Bus) -> None:
    token = rotating.rotate()

    expected = ["RotationStarted", "RotationSucceeded"]
    assert eventually(lambda: bus.names(rotating.arn) == expected)
    event = bus.events(rotating.arn)[1]
    assert event["source"] == "aws.secretsmanager"
    assert event["detail-type"] == "AWS Service Event via CloudTrail"
    assert event["resources"] == []
    assert event["detail"]["requestID"] == f"Rotation-{rotating.arn}-{token}"
    assert "errorMessage" not in event["detail"]


def test_failed_rotation_tells_each_failure_and_its_step(rotating: Rotating, bus: Bus) -> None:
    rotating.break_step("setSecret")

    rotating.rotate()

    attempts = 1 + len(REPETITION_DELAYS_SECONDS)
    expected = ["RotationStarted", "RotationFailed"] * attempts
    assert eventually(lambda: bus.names(rotating.arn) == expected)
    assert bus.events(rotating.arn)[1]["detail"]["errorMessage"] == (
        f"Error when executing lambda {rotating.function_arn} during setSecret step"
    )


def test_new_current_value_abandons_the_rotation(rotating: Rotating, bus: Bus) -> None:
    rotating.break_step("createSecret")
    token = rotating.rotate()
    assert eventually(lambda: "RotationFailed" in bus.names(rotating.arn))

    rotating.secrets.put_secret_value(SecretId=rotating.arn, SecretString="by hand")

    assert eventually(lambda: "RotationAbandoned" in bus.names(rotating.arn))
    assert token not in rotating.labels()
    assert rotating.value() == "by hand"


def test_test_of_a_rotation_that_was_put_off_fails_visibly(rotating: Rotating, bus: Bus) -> None:
    rotating.break_step("testSecret")

    rotating.rotate(RotateImmediately=False)

    expected = ["TestRotationStarted", "TestRotationFailed"]
    assert eventually(lambda: bus.names(rotating.arn) == expected)
    assert rotating.labels() == {rotating.first: ["AWSCURRENT"]}


def test_detail_has_the_shape_of_cloudtrails_record() -> None:
    record = detail("RotationFailed", arn=ARN, token="t" * 32, error="why", now=1_630_457_420.9)

    assert re.fullmatch(r"[0-9a-f-]{36}", record.pop("eventID"))
    assert record == {
        "eventVersion": "1.08",
        "userIdentity": {
            "accountId": "123456789012",
            "invokedBy": "secretsmanager.amazonaws.com",
        },
        "eventTime": "2021-09-01T00:50:20Z",
        "eventSource": "secretsmanager.amazonaws.com",
        "eventName": "RotationFailed",
        "awsRegion": "eu-west-1",
        "sourceIPAddress": "secretsmanager.amazonaws.com",
        "userAgent": "secretsmanager.amazonaws.com",
        "errorMessage": "why",
        "requestParameters": None,
        "responseElements": None,
        "additionalEventData": {"SecretId": ARN},
        "requestID": f"Rotation-{ARN}-{'t' * 32}",
        "readOnly": False,
        "eventType": "AwsServiceEvent",
        "managementEvent": True,
        "recipientAccountId": "123456789012",
        "eventCategory": "Management",
    }

"""Rotations report their course on the default event bus, in the shape of CloudTrail's records.

On AWS these events reach EventBridge only where a CloudTrail trail logs management events.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from local.emulator.internals import ModuleFunction
from local.emulator.secrets_manager.clock import CLOCK
from local.emulator.secrets_manager.stages import Record

_PUT_EVENTS = ModuleFunction(
    module="ministack.services.eventbridge",
    name="_put_events",
    parameters=("data", "allow_aws_source"),
)
INTERNALS = (_PUT_EVENTS,)

_SERVICE = "secretsmanager.amazonaws.com"


def publish(name: str, secret: Record, *, token: str, error: str | None = None) -> None:
    """Puts one event, as `RotationFailed`, about the version `token`."""
    record = detail(name, arn=secret["ARN"], token=token, error=error, now=CLOCK.now())
    entry = {
        "Source": "aws.secretsmanager",
        "DetailType": "AWS Service Event via CloudTrail",
        "Detail": json.dumps(record),
    }
    _PUT_EVENTS.read()({"Entries": [entry]}, allow_aws_source=True)


def detail(name: str, *, arn: str, token: str, error: str | None, now: float) -> dict[str, Any]:
    """The event's `detail`: where an event names its secret, and why a rotation failed."""
    _, _, _, region, account, *_ = arn.split(":")
    return {
        "eventVersion": "1.08",
        "userIdentity": {"accountId": account, "invokedBy": _SERVICE},
        "eventTime": datetime.fromtimestamp(now, UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "eventSource": _SERVICE,
        "eventName": name,
        "awsRegion": region,
        "sourceIPAddress": _SERVICE,
        "userAgent": _SERVICE,
        **({} if error is None else {"errorMessage": error}),
        "requestParameters": None,
        "responseElements": None,
        "additionalEventData": {"SecretId": arn},
        "requestID": f"Rotation-{arn}-{token}",
        "eventID": str(uuid4()),
        "readOnly": False,
        "eventType": "AwsServiceEvent",
        "managementEvent": True,
        "recipientAccountId": account,
        "eventCategory": "Management",
    }

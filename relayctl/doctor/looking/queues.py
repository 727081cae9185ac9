"""Queues, by SQS."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from relayctl.doctor.looking.asking import asking
from relayctl.doctor.models import QueueFacts
from relayctl.doctor.policy import statements

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient


def queue_facts(client: SQSClient, *, url: str) -> QueueFacts:
    """Raises `UnseenError`."""
    with asking(client, "the queue"):
        attributes = client.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
        return read_queue({str(name): value for name, value in attributes.items()})


def read_queue(attributes: Mapping[str, Any]) -> QueueFacts:
    """A queue from its attributes, texts as SQS gives them."""
    redrive = _json(attributes.get("RedrivePolicy"))
    allowed = _json(attributes.get("RedriveAllowPolicy"))
    receives = redrive.get("maxReceiveCount")
    return QueueFacts(
        arn=attributes["QueueArn"],
        visibility_timeout_seconds=int(attributes["VisibilityTimeout"]),
        retention_seconds=int(attributes["MessageRetentionPeriod"]),
        encrypted=attributes.get("SqsManagedSseEnabled") == "true"
        or bool(attributes.get("KmsMasterKeyId")),
        statements=statements(attributes.get("Policy")),
        dead_letter_arn=redrive.get("deadLetterTargetArn", ""),
        receives=None if receives is None else int(receives),
        redrive_permission=allowed.get("redrivePermission", ""),
        redrive_sources=tuple(allowed.get("sourceQueueArns", ())),
        visible=int(attributes.get("ApproximateNumberOfMessages", 0)),
        in_flight=int(attributes.get("ApproximateNumberOfMessagesNotVisible", 0)),
    )


def _json(text: str | None) -> Mapping[str, Any]:
    document: Mapping[str, Any] = json.loads(text) if text else {}
    return document

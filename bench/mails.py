"""The mails of the bench, and the events that carry them."""

from __future__ import annotations

import json
import time
import uuid
from typing import Any


def mail() -> dict[str, Any]:
    """A mail as services send them, different each time."""
    name = uuid.uuid4().hex
    return {
        "templateId": "order-confirmation",
        "to": [{"email": f"{name}@example.com", "name": "A Customer"}],
        "variables": {"firstName": "Ada", "orderNumber": name[:8]},
        "tags": ["order"],
        "metadata": {"order": name[:8]},
    }


def message() -> dict[str, Any]:
    """A mail as it stands on the queue."""
    return mail() | {"idempotencyKey": str(uuid.uuid4())}


def batch(mails: int) -> dict[str, Any]:
    """An event of the queue with so many messages."""
    return {"Records": [_record() for _ in range(mails)]}


def _record() -> dict[str, Any]:
    """With all that Lambda tells of a message."""
    message_id = str(uuid.uuid4())
    body = json.dumps(mail() | {"idempotencyKey": message_id})
    sent = str(int(time.time() * 1000))
    return {
        "messageId": message_id,
        "receiptHandle": message_id,
        "body": body,
        "attributes": {
            "ApproximateReceiveCount": "1",
            "SentTimestamp": sent,
            "SenderId": "000000000000",
            "ApproximateFirstReceiveTimestamp": sent,
        },
        "messageAttributes": {},
        # Of nothing here: no handler compares it.
        "md5OfBody": "0" * 32,
        "eventSource": "aws:sqs",
        "eventSourceARN": "arn:aws:sqs:us-east-1:000000000000:bench-email",
        "awsRegion": "us-east-1",
    }

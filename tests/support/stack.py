"""The deployed local stack, seen through its public doors: queues, secrets, the sandbox."""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import boto3
import requests

POLL_SECONDS = 0.2


class Stack:
    def __init__(self, values: dict[str, str]) -> None:
        self.values = values
        access = {
            "endpoint_url": values["AWS_ENDPOINT_URL"],
            "aws_access_key_id": values["AWS_ACCESS_KEY_ID"],
            "aws_secret_access_key": values["AWS_SECRET_ACCESS_KEY"],
            "region_name": values["AWS_DEFAULT_REGION"],
        }
        self.sqs = boto3.client("sqs", **access)
        self.secrets = boto3.client("secretsmanager", **access)
        self.dynamodb = boto3.client("dynamodb", **access)
        self.logs = boto3.client("logs", **access)

    def clear(self) -> None:
        """Waits until nothing moves, then forgets everything of earlier tests."""
        self.wait_until(lambda: self.waiting() == 0, seconds=60)
        self.sqs.purge_queue(QueueUrl=self.values["DEAD_LETTER_QUEUE_URL"])
        # Keeps keys and templates: the secret holds a key that must stay good.
        self.sandbox("DELETE", "/faults")
        self.sandbox("PUT", "/profile", json={"rate_limit": "off"})
        self.sandbox("PUT", "/clock", json={"offset_seconds": 0})

    def sandbox(self, method: str, path: str, **arguments: Any) -> Any:
        url = f"{self.values['SANDBOX_URL']}/_sandbox{path}"
        answer = requests.request(method, url, timeout=30, **arguments)
        answer.raise_for_status()
        return answer.json() if answer.content else None

    def put(self, bodies: Iterable[str]) -> None:
        """Puts messages on the queue, in batches of ten."""
        bodies = list(bodies)
        for start in range(0, len(bodies), 10):
            part = bodies[start : start + 10]
            answer = self.sqs.send_message_batch(
                QueueUrl=self.values["EMAIL_QUEUE_URL"],
                Entries=[
                    {"Id": str(index), "MessageBody": body} for index, body in enumerate(part)
                ],
            )
            assert len(answer["Successful"]) == len(part)

    def accepted(self, run: str) -> list[dict[str, Any]]:
        """Every mail that the provider truly accepted for the messages of one run, in order."""
        emails: list[dict[str, Any]] = []
        while True:
            page = self.sandbox("GET", f"/emails?limit=1000&offset={len(emails)}")
            emails += page["emails"]
            if not page["emails"] or len(emails) >= page["total"]:
                return [email for email in emails if (email["metadata"] or {}).get("run") == run]

    def dead_letters(self) -> list[dict[str, Any]]:
        """Takes everything out of the dead-letter queue: body and facts."""
        letters: list[dict[str, Any]] = []
        while True:
            messages = self.sqs.receive_message(
                QueueUrl=self.values["DEAD_LETTER_QUEUE_URL"],
                MaxNumberOfMessages=10,
                MessageAttributeNames=["All"],
            ).get("Messages", [])
            if not messages:
                return letters
            for message in messages:
                facts = message.get("MessageAttributes", {})
                letters.append(
                    {
                        "body": message["Body"],
                        **{name: value["StringValue"] for name, value in facts.items()},
                    }
                )
                self.sqs.delete_message(
                    QueueUrl=self.values["DEAD_LETTER_QUEUE_URL"],
                    ReceiptHandle=message["ReceiptHandle"],
                )

    def waiting(self, queue: str = "EMAIL_QUEUE_URL") -> int:
        """How many messages are on a queue: visible, in flight and delayed."""
        names = [
            "ApproximateNumberOfMessages",
            "ApproximateNumberOfMessagesNotVisible",
            "ApproximateNumberOfMessagesDelayed",
        ]
        attributes = self.sqs.get_queue_attributes(
            QueueUrl=self.values[queue], AttributeNames=names
        )["Attributes"]
        return sum(int(attributes[name]) for name in names)

    def log_text(self) -> str:
        """Everything that the functions have written."""
        lines: list[str] = []
        for group in self.logs.describe_log_groups()["logGroups"]:
            pages = self.logs.get_paginator("filter_log_events").paginate(
                logGroupName=group["logGroupName"]
            )
            lines += [event["message"] for page in pages for event in page["events"]]
        return "\n".join(lines)

    @staticmethod
    def wait_until(condition: Callable[[], bool], *, seconds: float) -> None:
        deadline = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < deadline, f"not within {seconds} seconds"
            time.sleep(POLL_SECONDS)


def message(run: str, number: int, **fields: Any) -> str:
    """A good message that can be told from all others."""
    document = {
        "templateId": "welcome",
        "to": [{"email": f"{run}-{number}@example.com", "name": f"Customer {number}"}],
        "variables": {"firstName": "Ada", "name": "Ada"},
        "metadata": {"run": run, "number": number},
        "idempotencyKey": f"{run}-{number}",
    }
    return json.dumps(document | fields)


def repeated(values: Sequence[Any]) -> list[Any]:
    return [value for value, count in Counter(values).items() if count > 1]

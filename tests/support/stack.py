"""The deployed local stack, seen through its public doors: queues, secrets, the sandbox."""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import boto3
import requests

POLL_SECONDS = 0.2


class Stack:
    """Args:
    values: Of the stack file.
    file: The stack file.
    """

    def __init__(self, values: dict[str, str], *, file: Path) -> None:
        self.values = values
        self.file = file
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
        # Without a limit: the headers would go on teaching that of an earlier test.
        self.sandbox("PUT", "/profile", json={"rate_limit": "off", "limit_per_minute": None})
        self.sandbox("PUT", "/clock", json={"offset_seconds": 0})

    def sandbox(self, method: str, path: str, **arguments: Any) -> Any:
        url = f"{self.values['SANDBOX_URL']}/_sandbox{path}"
        answer = requests.request(method, url, timeout=30, **arguments)
        answer.raise_for_status()
        return answer.json() if answer.content else None

    def put(self, bodies: Iterable[str], *, queue: str = "EMAIL_QUEUE_URL") -> None:
        """Puts messages on a queue, in batches of ten."""
        bodies = list(bodies)
        for start in range(0, len(bodies), 10):
            part = bodies[start : start + 10]
            answer = self.sqs.send_message_batch(
                QueueUrl=self.values[queue],
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

    def requests(self, *, since: int = 0) -> list[dict[str, Any]]:
        """What the providers were asked since the journal had so many entries, in order."""
        journal = self.sandbox("GET", f"/requests?limit=100000&offset={since}")
        assert len(journal["requests"]) == journal["total"] - since
        return list(journal["requests"])

    def requests_count(self) -> int:
        """How many entries the journal has."""
        return int(self.sandbox("GET", "/requests?limit=0")["total"])

    def dead_letters(self, *, take: bool = True) -> list[dict[str, Any]]:
        """Everything in the dead-letter queue: body and facts. It stays there unless taken."""
        queue_url = self.values["DEAD_LETTER_QUEUE_URL"]
        letters: list[dict[str, Any]] = []
        handles: list[str] = []
        while messages := self.sqs.receive_message(
            QueueUrl=queue_url,
            MaxNumberOfMessages=10,
            VisibilityTimeout=600,
            MessageAttributeNames=["All"],
        ).get("Messages"):
            for message in messages:
                facts = message.get("MessageAttributes", {})
                letters.append(
                    {
                        "body": message["Body"],
                        **{name: value["StringValue"] for name, value in facts.items()},
                    }
                )
                handles.append(message["ReceiptHandle"])
        for handle in handles:
            if take:
                self.sqs.delete_message(QueueUrl=queue_url, ReceiptHandle=handle)
            else:
                self.sqs.change_message_visibility(
                    QueueUrl=queue_url, ReceiptHandle=handle, VisibilityTimeout=0
                )
        return letters

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

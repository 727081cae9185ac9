"""Queues and a ledger by moto, and the command as a person runs it."""

from __future__ import annotations

import json
import time
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from io import StringIO
from pathlib import Path
from typing import Any

import boto3
import pytest
from rich.console import Console

from formarelay.aws.ledger import DynamoLedger
from formarelay.aws.queue import DeadLetterQueue, QueueReturns
from formarelay.claims import Claimed, MailIdentity, MailState
from formarelay.clock import SystemClock
from formarelay.identity import identify
from formarelay.message import parse_message
from relayctl.aws import Aws
from relayctl.cli import main
from relayctl.surroundings import Surroundings
from tests.support.aws import REGION
from tests.support.clock import ManualClock


@dataclass(frozen=True)
class Shown:
    """What a person sees of one run."""

    status: int
    output: str
    messages: str

    @property
    def documents(self) -> list[dict[str, Any]]:
        documents: list[dict[str, Any]] = json.loads(self.output)
        return documents

    def rows(self) -> list[str]:
        """The lines of the table, without its head."""
        lines = self.output.split("\n\n", 1)[1].splitlines()
        return [line.rstrip() for line in lines[1:]]


def make_tests_fast(patch: pytest.MonkeyPatch) -> None:
    """Takes away what costs most here and is not looked at.

    moto asks the time for every message of a queue at every call, through several dates, and
    counts the queue anew for each message that it hands out. A new client costs a tenth of a
    second; `test_stack` looks at how they are built.
    """
    patch.setattr("moto.sqs.models.unix_time_millis", lambda: time.time() * 1000)
    patch.setattr(
        "moto.sqs.models.SQSBackend.is_message_valid_based_on_retention_period",
        lambda *arguments: True,
    )
    patch.setattr(Aws, "sqs", lambda aws: client("sqs"))
    patch.setattr(Aws, "sqs_without_repeats", lambda aws: client("sqs"))
    patch.setattr(Aws, "dynamodb", lambda aws: client("dynamodb"))


@cache
def client(service: str) -> Any:
    """One for all tests; moto answers whatever client there is, whenever it was made."""
    return boto3.client(service, region_name=REGION)  # type: ignore[call-overload]  # any service


class Station:
    def __init__(self, folder: Path) -> None:
        self.sqs = client("sqs")
        self.email_queue = self._queue("email")
        self.dead_letter_queue = self._queue("dead-letters")
        self.table = client("dynamodb")
        self.table.create_table(
            TableName="state",
            AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
            KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
            BillingMode="PAY_PER_REQUEST",
        )
        # Near the real time, which moto stamps messages with.
        self.clock = ManualClock(wall=time.time() + 90)
        self.ledger = DynamoLedger(self.table, table_name="state", clock=self.clock)
        self.sleeps: list[float] = []
        self.stack_file = folder / "stack.env"
        self.stack_file.write_text(
            f"STACK_NAME=relay\nEMAIL_QUEUE_URL={self.email_queue}\n"
            f"DEAD_LETTER_QUEUE_URL={self.dead_letter_queue}\nSTATE_TABLE=state\n"
        )

    def run(self, command: str, *arguments: str, terminal: bool = False) -> Shown:
        output, messages = StringIO(), StringIO()
        around = Surroundings(
            output=Console(file=output, force_terminal=terminal, width=200),
            messages=Console(file=messages, force_terminal=terminal, width=200),
            clock=self.clock,
            sleep=self.sleeps.append,
            poll_seconds=0,
        )
        words = ["dead-letters", command, "--env-file", str(self.stack_file), *arguments]
        status = main(words, around=around)
        return Shown(status, output.getvalue(), messages.getvalue())

    def set_aside(self, body: str, **facts: str) -> str:
        """As send_email does it. Returns the letter's message id."""
        before = {letter["MessageId"] for letter in self.letters()}
        queue = DeadLetterQueue(lambda: self.sqs, queue_url=self.dead_letter_queue)
        queue.put(body, facts=facts or {"reason": "template_not_found", "attempts": "1"})
        (message_id,) = {letter["MessageId"] for letter in self.letters()} - before
        return str(message_id)

    def set_many_aside(self, bodies: Iterable[str], **facts: str) -> None:
        self.put_raw(self.dead_letter_queue, bodies, _attributes(facts))

    def put_raw(
        self, queue_url: str, bodies: Iterable[str], attributes: dict[str, Any] | None = None
    ) -> None:
        bodies = list(bodies)
        for start in range(0, len(bodies), 10):
            entries: list[Any] = [
                {"Id": str(index), "MessageBody": body, "MessageAttributes": attributes or {}}
                for index, body in enumerate(bodies[start : start + 10])
            ]
            self.sqs.send_message_batch(QueueUrl=queue_url, Entries=entries)

    def record(self, body: str, state: MailState, *, message_id: str = "m") -> MailIdentity:
        """Writes what a delivery of this body would have left in the ledger."""
        mail = identify(parse_message(body, message_id=message_id))
        claim = self.ledger.claim(mail, lease_seconds=50)
        assert isinstance(claim, Claimed)
        if state is not MailState.CLAIMED:
            self.ledger.settle(mail, claim_id=claim.claim_id, state=state, email_id="em_1")
        return mail

    def letters(self) -> list[dict[str, Any]]:
        """Everything visible in the dead-letter queue, left as it is."""
        return self.peek(self.dead_letter_queue)

    def queued(self) -> list[dict[str, Any]]:
        return self.peek(self.email_queue)

    def peek(self, queue_url: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        while batch := self.sqs.receive_message(
            QueueUrl=queue_url,
            MaxNumberOfMessages=10,
            VisibilityTimeout=600,
            MessageAttributeNames=["All"],
        ).get("Messages"):
            found += batch
        handles = [(message["ReceiptHandle"], 0.0) for message in found]
        returns = QueueReturns(lambda: self.sqs, queue_url=queue_url, clock=SystemClock())
        assert returns.delay(handles) == 0
        return found

    def _queue(self, name: str) -> str:
        attributes = {"VisibilityTimeout": "360", "MaximumMessageSize": "1048576"}
        return str(self.sqs.create_queue(QueueName=name, Attributes=attributes)["QueueUrl"])


def body(key: str | None = "order-1", **fields: Any) -> str:
    document: dict[str, Any] = {
        "templateId": "welcome",
        "to": [{"email": "ada@example.com", "name": "Ada"}],
        **fields,
    }
    return json.dumps(document if key is None else {**document, "idempotencyKey": key})


def bodies_of(messages: Iterable[dict[str, Any]]) -> list[str]:
    return sorted(message["Body"] for message in messages)


def _attributes(facts: dict[str, str]) -> dict[str, Any]:
    return {name: {"DataType": "String", "StringValue": value} for name, value in facts.items()}

"""A subject's own way from a queue to the provider: queue, tables, key, workers, and what came out.

No two lanes share anything that could make one wait for the other, so they may run side by side.
"""

from __future__ import annotations

import json
import subprocess
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import requests

from bench.fleet.meter import PATH
from bench.fleet.plan import Plan
from bench.fleet.workers import Workers
from bench.results import CELERY, OURS
from bench.subjects import Subject
from bench.surroundings import Surroundings

CELERY_PROGRAM = Path(__file__).parents[1] / "celery_process.py"
WORKER_PROGRAM = Path(__file__).with_name("worker.py")
# As `template.yaml` has it, and what the Lambda guide advises at least for a queue of a function.
OURS_RECEIVES, PEERS_RECEIVES = 1000, 5
_WAITING = (
    "ApproximateNumberOfMessages",
    "ApproximateNumberOfMessagesNotVisible",
    "ApproximateNumberOfMessagesDelayed",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Of AWS by one lane.

    Args:
        requests: By operation.
        read_units: Of DynamoDB.
        write_units: Of DynamoDB.
    """

    requests: Mapping[str, int]
    read_units: float
    write_units: float

    def since(self, before: Asked) -> Asked:
        left = Counter(self.requests)
        left.subtract(before.requests)
        return Asked(
            requests={name: count for name, count in left.items() if count},
            read_units=self.read_units - before.read_units,
            write_units=self.write_units - before.write_units,
        )

    @property
    def total(self) -> int:
        return sum(self.requests.values())


class Lane:
    """A context manager: the workers live from `start` to `__exit__`.

    Args:
        name: That no other lane of these surroundings has.
        subject: What sends.
        around: With the metered emulator.
        plan: Limit, timeouts and workers.
        folder: For logs and journals.
    """

    def __init__(
        self, name: str, subject: Subject, around: Surroundings, plan: Plan, folder: Path
    ) -> None:
        self.name = name
        self.subject = subject
        self.plan = plan
        self._around = around
        session = around.session()
        self._sqs: Any = session.client("sqs", endpoint_url=around.aws_url)
        key = around.sandbox.control("POST", "/keys", {"name": name})
        self.key_id = str(key["id"])
        self._journal_before = int(around.sandbox.control("GET", "/requests?limit=0")["total"])
        secret = {"api_key": key["apiKey"], "key_id": key["id"]}
        session.client("secretsmanager", endpoint_url=around.aws_url).create_secret(
            Name=f"{name}-secret", SecretString=json.dumps(secret)
        )
        self._tables = {"pk": f"{name}-state", "id": f"{name}-idempotency"}
        dynamodb = session.client("dynamodb", endpoint_url=around.aws_url)
        for attribute, table in self._tables.items():
            dynamodb.create_table(
                TableName=table,
                AttributeDefinitions=[{"AttributeName": attribute, "AttributeType": "S"}],
                KeySchema=[{"AttributeName": attribute, "KeyType": "HASH"}],
                BillingMode="PAY_PER_REQUEST",
            )
        self._dead_letters_url = self._queue("dead-letters", {})
        self.queue_url = self._queue("queue", self._queue_attributes())
        self._environment = self._settings()
        self._producer: subprocess.Popen[str] | None = None
        self.workers = Workers(self._command(), self._environment, folder / name)

    def __enter__(self) -> Self:
        self.workers.__enter__()
        return self

    def __exit__(self, *_: object) -> None:
        self.workers.__exit__()
        if self._producer is not None:
            # Ends with its input.
            self._producer.communicate()

    def start(self) -> None:
        """Starts the workers, and returns when each has imported what it needs."""
        self.workers.start(1 if self.subject.name == CELERY else self.plan.workers)

    def put(self, mails: Iterable[dict[str, Any]]) -> None:
        """Puts mails on the queue, in batches of ten."""
        mails = list(mails)
        if self.subject.name == CELERY:
            self._put_by_celery(mails)
            return
        for start in range(0, len(mails), 10):
            self._sqs.send_message_batch(
                QueueUrl=self.queue_url,
                Entries=[
                    {"Id": str(number), "MessageBody": json.dumps(mail)}
                    for number, mail in enumerate(mails[start : start + 10])
                ],
            )

    def _put_by_celery(self, mails: list[dict[str, Any]]) -> None:
        """By its own library, which alone knows the form of its messages."""
        if self._producer is None:
            self._producer = subprocess.Popen(
                self.subject.command(CELERY_PROGRAM, "put"),
                # Not counted among what the lane asks.
                env=self._environment | {"AWS_ACCESS_KEY_ID": "test"},
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
            )
        assert self._producer.stdin is not None  # noqa: S101 (asked for by PIPE)
        assert self._producer.stdout is not None  # noqa: S101 (as above)
        line = json.dumps(mails) + "\n"
        self._producer.stdin.write(line)
        self._producer.stdin.flush()
        if self._producer.stdout.readline() != line:
            raise RuntimeError("Celery's producer ended")

    @property
    def state_table(self) -> str:
        """The table of ours."""
        return self._tables["pk"]

    def waiting(self) -> int:
        """How many messages are on the queue: visible, in flight and delayed."""
        return self._count(self.queue_url)

    def dead_letters(self) -> int:
        return self._count(self._dead_letters_url)

    def accepted(self) -> list[dict[str, Any]]:
        """Every mail that the provider accepted from this lane, in order."""
        emails: list[dict[str, Any]] = []
        while True:
            page = self._around.sandbox.control("GET", f"/emails?limit=1000&offset={len(emails)}")
            emails += page["emails"]
            if not page["emails"]:
                return [email for email in emails if email["keyId"] == self.key_id]

    def calls(self) -> list[dict[str, Any]]:
        """Every request in the provider's journal since this lane was made, in order.

        Those of other lanes, too: an answer 429 does not say whose it was.
        """
        journal = self._around.sandbox.control(
            "GET", f"/requests?limit=50000&offset={self._journal_before}"
        )
        if journal["forgotten"] > self._journal_before:
            raise RuntimeError("the sandbox's journal forgot requests: too many in one section")
        return list(journal["requests"])

    def asked(self) -> Asked:
        """Of AWS so far."""
        told = requests.get(f"{self._around.aws_url}{PATH}", timeout=10).json()
        units = [told["units"].get(table, {}) for table in self._tables.values()]
        return Asked(
            requests=told["requests"].get(self.name, {}),
            read_units=sum(each.get("read", 0) for each in units),
            write_units=sum(each.get("write", 0) for each in units),
        )

    def _count(self, queue_url: str) -> int:
        answer = self._sqs.get_queue_attributes(QueueUrl=queue_url, AttributeNames=list(_WAITING))
        return sum(int(answer["Attributes"][name]) for name in _WAITING)

    def _queue(self, name: str, attributes: dict[str, str]) -> str:
        made = self._sqs.create_queue(QueueName=f"{self.name}-{name}", Attributes=attributes)
        return str(made["QueueUrl"])

    def _queue_attributes(self) -> dict[str, str]:
        attributes = {"VisibilityTimeout": str(self.plan.visibility_seconds)}
        if self.subject.name == CELERY:
            # Celery repeats by itself.
            return attributes
        arn = f"arn:aws:sqs:us-east-1:000000000000:{self.name}-dead-letters"
        receives = OURS_RECEIVES if self.subject.name == OURS else PEERS_RECEIVES
        policy = {"deadLetterTargetArn": arn, "maxReceiveCount": receives}
        return attributes | {"RedrivePolicy": json.dumps(policy)}

    def _settings(self) -> dict[str, str]:
        return self._around.environment | {
            # Names the lane to the meter.
            "AWS_ACCESS_KEY_ID": self.name,
            "FORMA_MAIL_SECRET_ARN": f"{self.name}-secret",
            "FORMALOO_SECRET_ARN": f"{self.name}-secret",
            "EMAIL_QUEUE_URL": self.queue_url,
            "DEAD_LETTER_QUEUE_URL": self._dead_letters_url,
            "STATE_TABLE": self._tables["pk"],
            "IDEMPOTENCY_TABLE": self._tables["id"],
            "CELERY_QUEUE_URL": self.queue_url,
            "PYTHONUNBUFFERED": "1",
            **self.plan.settings(),
        }

    def _command(self) -> list[str]:
        if self.subject.name == CELERY:
            arguments = ["worker", "--concurrency", "2", "--loglevel", "INFO"]
            return self.subject.command(CELERY_PROGRAM, *arguments)
        timeout = str(self.plan.timeout_seconds)
        return self.subject.command(WORKER_PROGRAM, self.queue_url, "{journal}", timeout)

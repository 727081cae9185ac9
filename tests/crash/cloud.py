"""The AWS of a run, on the emulator: what the template would create, and what stands in it."""

from __future__ import annotations

import hashlib
import json
from typing import Any
from urllib.parse import quote

import boto3
from botocore.exceptions import ClientError

from tests.crash.control import Control
from tests.crash.resources import Resources

_TABLE = "crash-state"
_FORMA_MAIL_SECRET = "crash-forma-mail"
_FORMALOO_SECRET = "crash-formaloo"
_BUCKET = "crash-files"
_BUS = "crash-outcomes"
_FILE = b"%PDF-1.7 of the crash matrix"


class Cloud:
    """Queues, table, secrets, a bucket with one file, and an event bus that leads to a queue.

    Args:
        endpoint_url: Of the emulator, which the AWS variables of this process name as well.
        resources: Of the template.
    """

    def __init__(self, endpoint_url: str, resources: Resources) -> None:
        self._resources = resources
        self._emulator = Control(endpoint_url)
        # One session for all: each would keep models of the services of its own in memory.
        self.session = session = boto3.Session()
        self._dynamodb: Any = session.client("dynamodb")
        self._sqs: Any = session.client("sqs")
        self._secrets: Any = session.client("secretsmanager")
        # Never used in this process, so that a fork of it can: a connection has one owner.
        self._secrets_of_fork: Any = session.client("secretsmanager")
        self._create_queues(session.client("events"))
        self._create_file(session.client("s3"))
        for name in (_FORMA_MAIL_SECRET, _FORMALOO_SECRET):
            self._secrets.create_secret(Name=name, SecretString="{}")

    def _create_queues(self, events: Any) -> None:
        self.dead_letter_url, dead_letter_arn = self._create_queue("crash-dead-letters")
        self.outcome_url, outcome_arn = self._create_queue("crash-outcomes")
        redrive = {
            "deadLetterTargetArn": dead_letter_arn,
            "maxReceiveCount": self._resources.most_receives,
        }
        self.queue_url, _ = self._create_queue("crash", RedrivePolicy=json.dumps(redrive))
        events.create_event_bus(Name=_BUS)
        events.put_rule(Name="all", EventBusName=_BUS, EventPattern='{"version": ["0"]}')
        target = {"Id": "queue", "Arn": outcome_arn}
        events.put_targets(Rule="all", EventBusName=_BUS, Targets=[target])

    def _create_queue(self, name: str, **attributes: str) -> tuple[str, str]:
        url = self._sqs.create_queue(QueueName=name, Attributes=attributes)["QueueUrl"]
        answer = self._sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])
        return url, answer["Attributes"]["QueueArn"]

    def _create_file(self, s3: Any) -> None:
        s3.create_bucket(Bucket=_BUCKET)
        s3.put_bucket_versioning(Bucket=_BUCKET, VersioningConfiguration={"Status": "Enabled"})
        version = s3.put_object(Bucket=_BUCKET, Key="file.pdf", Body=_FILE)["VersionId"]
        self.file = {
            "bucket": _BUCKET,
            "key": "file.pdf",
            "versionId": version,
            "sha256": hashlib.sha256(_FILE).hexdigest(),
        }

    def environment(self) -> dict[str, str]:
        """The environment of the function, as its deployment would set it, but for addresses."""
        return self._resources.environment | {
            "FORMA_MAIL_SECRET_ARN": _FORMA_MAIL_SECRET,
            "FORMALOO_SECRET_ARN": _FORMALOO_SECRET,
            "EMAIL_QUEUE_URL": self.queue_url,
            "DEAD_LETTER_QUEUE_URL": self.dead_letter_url,
            "STATE_TABLE": _TABLE,
            "ATTACHMENT_ARNS": f"arn:aws:s3:::{_BUCKET},arn:aws:s3:::{_BUCKET}/*",
            "OUTCOME_BUS_NAME": _BUS,
        }

    def renew(self) -> None:
        """Empties queues and table."""
        for url in (self.queue_url, self.dead_letter_url, self.outcome_url):
            self._sqs.purge_queue(QueueUrl=url)
        try:
            self._dynamodb.delete_table(TableName=_TABLE)
        except ClientError as error:
            if error.response["Error"]["Code"] != "ResourceNotFoundException":
                raise
        self._dynamodb.create_table(TableName=_TABLE, **self._resources.table)

    def put_pair(self, pair: dict[str, str]) -> None:
        """Makes it the current version of the Formaloo secret."""
        self._secrets.put_secret_value(SecretId=_FORMALOO_SECRET, SecretString=json.dumps(pair))

    def put_key(self, key: str, *, key_id: str, in_fork: bool = False) -> None:
        """Makes it the current version of the Forma Mail secret."""
        client = self._secrets_of_fork if in_fork else self._secrets
        value = json.dumps({"api_key": key, "key_id": key_id})
        client.put_secret_value(SecretId=_FORMA_MAIL_SECRET, SecretString=value)

    def put(self, bodies: list[str]) -> None:
        """Puts messages on the queue, in batches of ten."""
        for start in range(0, len(bodies), 10):
            part = bodies[start : start + 10]
            answer = self._sqs.send_message_batch(
                QueueUrl=self.queue_url,
                Entries=[{"Id": str(at), "MessageBody": body} for at, body in enumerate(part)],
            )
            if len(answer["Successful"]) != len(part):
                raise RuntimeError(f"not all put: {answer}")

    def put_position(self, position: str) -> None:
        """Where the sweep goes on."""
        item = {"pk": {"S": "sweep#position"}, "after": {"S": position}}
        self._dynamodb.put_item(TableName=_TABLE, Item=item)

    def on_queue(self, url: str) -> list[dict[str, Any]]:
        """Everything that a queue holds, hidden messages included; touches nothing."""
        path = f"/_ministack/sqs/messages?QueueUrl={quote(url, safe='')}"
        answer = self._emulator.call("GET", path)
        return [
            message
            for account in answer["messages"].values()
            for region in account.values()
            for messages in region.values()
            for message in messages
        ]

    def ledger(self) -> list[dict[str, Any]]:
        """The items of the State table."""
        items = self._dynamodb.scan(TableName=_TABLE)["Items"]
        return [
            {name: next(iter(value.values())) for name, value in item.items()} for item in items
        ]

"""Files out of S3 into mail, and events about how each mail ended, on the deployed stack."""

from __future__ import annotations

import hashlib
import json

import boto3
import jsonschema
import pytest

from local.workspace import PROJECT
from tests.support.stack import message

RUN = "files"
KEY = "2026/a b+ä.pdf"
SCHEMA = json.loads(
    (PROJECT / "events" / "schemas" / "outcome_event.v1.schema.json").read_text("utf-8")
)


class Outside:
    """What the company has beside the relay: a bucket of files, and a queue behind its bus."""

    def __init__(self, values):
        access = {
            "endpoint_url": values["AWS_ENDPOINT_URL"],
            "aws_access_key_id": values["AWS_ACCESS_KEY_ID"],
            "aws_secret_access_key": values["AWS_SECRET_ACCESS_KEY"],
            "region_name": values["AWS_DEFAULT_REGION"],
        }
        self.s3, events, self.sqs = (
            boto3.client(name, **access) for name in ("s3", "events", "sqs")
        )
        self.s3.create_bucket(Bucket="invoices")
        self.s3.put_bucket_versioning(
            Bucket="invoices", VersioningConfiguration={"Status": "Enabled"}
        )
        self.queue_url = self.sqs.create_queue(QueueName="outcomes")["QueueUrl"]
        attributes = self.sqs.get_queue_attributes(
            QueueUrl=self.queue_url, AttributeNames=["QueueArn"]
        )["Attributes"]
        events.create_event_bus(Name="outcomes")
        events.put_rule(
            Name="all", EventBusName="outcomes", EventPattern='{"source": ["formarelay.outcomes"]}'
        )
        events.put_targets(
            Rule="all",
            EventBusName="outcomes",
            Targets=[{"Id": "1", "Arn": attributes["QueueArn"]}],
        )

    def put(self, content):
        """A new version of the file, as a message refers to it."""
        answer = self.s3.put_object(Bucket="invoices", Key=KEY, Body=content)
        sha256 = hashlib.sha256(content).hexdigest()
        return {
            "bucket": "invoices",
            "key": KEY,
            "versionId": answer["VersionId"],
            "sha256": sha256,
        }

    def events(self):
        """Takes what has arrived."""
        messages = self.sqs.receive_message(QueueUrl=self.queue_url, MaxNumberOfMessages=10)
        for one in messages.get("Messages", []):
            self.sqs.delete_message(QueueUrl=self.queue_url, ReceiptHandle=one["ReceiptHandle"])
            yield json.loads(one["Body"])


@pytest.fixture(scope="module")
def outside(running_stack):
    return Outside(running_stack.values)


def test_files_go_with_mail_and_every_end_is_announced(stack, outside):
    stored = outside.put(b"first version")
    outside.put(b"second version")

    def mail(number, **changes):
        attachment = {"filename": "a.pdf", "s3": stored | changes}
        return message(RUN, number, attachments=[attachment])

    stack.put(
        [
            mail(1),
            mail(2, sha256="0" * 64),
            mail(3, versionId="none"),
            mail(4, bucket="elsewhere"),
            message(RUN, 5),
            message(RUN, 6, expiresAt="2020-01-01T00:00:00Z"),
            "{broken",
        ]
    )
    stack.wait_until(lambda: stack.waiting() == 0, seconds=60)
    assert sorted(mail["metadata"]["number"] for mail in stack.accepted(RUN)) == [1, 5]
    refused = {
        f"{RUN}-2": "attachment_changed",
        f"{RUN}-3": "attachment_missing",
        f"{RUN}-4": "attachment_not_allowed",
        "": "not_json",
    }
    letters = stack.dead_letters()
    assert {one.get("idempotencyKey", ""): one["reason"] for one in letters} == refused

    found = []

    def complete():
        found.extend(outside.events())
        return len(found) >= 7

    stack.wait_until(complete, seconds=30)
    validator = jsonschema.Draft202012Validator(SCHEMA)
    for event in found:
        validator.validate(event)
    ends = {
        event["detail"].get("idempotencyKey", ""): (
            event["detail-type"],
            event["detail"].get("reason"),
        )
        for event in found
    }
    assert ends == {
        f"{RUN}-1": ("Email Accepted", None),
        f"{RUN}-5": ("Email Accepted", None),
        f"{RUN}-6": ("Email Expired", None),
        **{key: ("Email Refused", reason) for key, reason in refused.items()},
    }
    assert len(found) == 7

"""Real mail uses up the quota of the deployed stack: alarms change by themselves, and are heard."""

from __future__ import annotations

import json
import math
import time
import uuid

import boto3
import pytest

from local.aws import LocalAws, stack_outputs
from tests.support.stack import message

# As many as one mail may have: the quota counts them, and few mails use much of it.
RECIPIENTS = 50
ENOUGH = {"rate_limit": "off", "quota_limit": 1_000_000}


class Watch:
    """Who is on call: alarms, metrics, and a queue that is subscribed to the topic."""

    def __init__(self, stack):
        self._stack = stack
        values = stack.values
        access = {
            "endpoint_url": values["AWS_ENDPOINT_URL"],
            "aws_access_key_id": values["AWS_ACCESS_KEY_ID"],
            "aws_secret_access_key": values["AWS_SECRET_ACCESS_KEY"],
            "region_name": values["AWS_DEFAULT_REGION"],
        }
        self._functions = boto3.client("lambda", **access)
        self._cloudwatch = boto3.client("cloudwatch", **access)
        outputs = stack_outputs(
            LocalAws(values["AWS_ENDPOINT_URL"]), stack_name=values["STACK_NAME"]
        )
        self._queue = stack.sqs.create_queue(QueueName=f"on-call-{uuid.uuid4().hex[:8]}")[
            "QueueUrl"
        ]
        arn = stack.sqs.get_queue_attributes(QueueUrl=self._queue, AttributeNames=["QueueArn"])
        boto3.client("sns", **access).subscribe(
            TopicArn=outputs["AlarmTopicArn"],
            Protocol="sqs",
            Endpoint=arn["Attributes"]["QueueArn"],
        )
        self._heard = []

    def publish(self):
        """One round, invoked as the schedule invokes it; the figures that it logged."""
        answer = self._functions.invoke(
            FunctionName=self._stack.values["PUBLISH_USAGE_FUNCTION"], Payload=b"{}"
        )
        assert "FunctionError" not in answer
        assert json.loads(answer["Payload"].read()) == {"failures": {}}
        lines = [line for line in self._stack.log_text().splitlines() if '"published"' in line]
        return json.loads(lines[-1])["figures"]

    def state(self, name):
        alarm_name = f"{self._stack.values['STACK_NAME']}-{name}"
        found = self._cloudwatch.describe_alarms(
            AlarmNames=[alarm_name], AlarmTypes=["MetricAlarm", "CompositeAlarm"]
        )
        (alarm,) = found["MetricAlarms"] + found["CompositeAlarms"]
        return alarm["StateValue"]

    def heard(self):
        """Which alarms told the queue of which state, so far."""
        answer = self._stack.sqs.receive_message(
            QueueUrl=self._queue, MaxNumberOfMessages=10, WaitTimeSeconds=0
        )
        for received in answer.get("Messages", []):
            alarm = json.loads(json.loads(received["Body"])["Message"])
            name = alarm["AlarmName"].removeprefix(f"{self._stack.values['STACK_NAME']}-")
            self._heard.append((name, alarm["NewStateValue"], alarm["AlarmDescription"]))
            self._stack.sqs.delete_message(
                QueueUrl=self._queue, ReceiptHandle=received["ReceiptHandle"]
            )
        return {(name, state) for name, state, _ in self._heard}

    def description(self, name):
        return next(text for heard, _, text in self._heard if heard == name)


@pytest.fixture
def watch(stack):
    watch = Watch(stack)
    yield watch
    # For whoever uses the stack next: enough quota, and senders who know it.
    stack.sandbox("PUT", "/profile", json=ENOUGH)
    watch.publish()


def test_mail_drives_the_quota_from_10_to_96_percent_and_somebody_hears_of_it(stack, watch):
    used = watch.publish()["forma-mail email QuotaUsed"]
    limit = max(1000, math.ceil(10 * used))
    # What is missing to a tenth was used before; everything after it is real mail.
    offset = math.ceil(0.1 * limit - used)
    stack.sandbox(
        "PUT",
        "/profile",
        json={"rate_limit": "off", "quota_limit": limit, "usage_offset": offset},
    )
    figures = watch.publish()
    assert figures["forma-mail email QuotaUsedPercent"] == pytest.approx(10, abs=0.2)
    stack.wait_until(lambda: watch.state("email-quota-warning") == "OK", seconds=20)
    stack.wait_until(lambda: watch.state("usage-silent") == "OK", seconds=20)
    run = uuid.uuid4().hex[:12]
    to = [{"email": f"{run}-{number}@example.com"} for number in range(RECIPIENTS)]
    mails = math.ceil(0.86 * limit / RECIPIENTS)
    stack.put(message(run, number, to=to) for number in range(mails))
    stack.wait_until(lambda: len(stack.accepted(run)) == mails, seconds=60)
    figures = watch.publish()
    assert 95 < figures["forma-mail email QuotaUsedPercent"] < 99.9
    expected = {
        ("email-quota-warning", "ALARM"),
        ("email-quota-critical", "ALARM"),
        ("mail-at-risk", "ALARM"),
    }
    stack.wait_until(lambda: watch.heard() >= expected, seconds=30)
    assert "docs/runbook.md#email-quota-critical" in watch.description("email-quota-critical")
    assert watch.state("mail-at-risk") == "ALARM"


def test_the_last_part_of_the_quota_ends_and_mail_waits_at_no_cost(stack, watch):
    run = uuid.uuid4().hex[:12]
    stack.put([message(run, 0)])
    stack.wait_until(lambda: len(stack.accepted(run)) == 1, seconds=30)
    used = watch.publish()["forma-mail email QuotaUsed"]
    stack.sandbox("PUT", "/profile", json={"rate_limit": "off", "quota_limit": int(used)})
    watch.publish()
    asked = stack.requests_count()
    stack.put([message(run, 1, priority="high")])
    stack.wait_until(lambda: "quota_exhausted" in _handed_back(stack), seconds=30)
    sends = [one for one in stack.requests(since=asked) if one["path"].endswith("/emails/send")]
    assert sends == []
    # It comes back in five minutes: the test does not wait for it.
    stack.sqs.purge_queue(QueueUrl=stack.values["EMAIL_QUEUE_URL"])
    stack.sandbox("PUT", "/profile", json=ENOUGH)
    watch.publish()
    # A worker believes a closed gate for a second.
    time.sleep(1.2)
    stack.put([message(run, 2)])
    stack.wait_until(lambda: len(stack.accepted(run)) == 2, seconds=30)


def _handed_back(stack):
    lines = [json.loads(line) for line in stack.log_text().splitlines() if line.startswith("{")]
    return {line.get("reason") for line in lines if line.get("message") == "handed back"}

"""Mail uses up the quota, and the publisher falls silent: who is on call hears of both."""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

import requests

from local.aws import LocalAws
from local.demo.act import Act, comes_true
from local.demo.sending import put_messages
from local.errors import LocalStackError
from local.sandbox_control import SandboxControl

_LIMIT = 1000
# Few mails of many people each: the provider allows only a hundred calls a minute.
_RECIPIENTS = 43
_FIRST_PERCENT, _LAST_PERCENT = 10, 96
_WAIT_SECONDS = 45.0
# The alarm wants three silent periods of five minutes, and CloudWatch looks back three more while
# one of them has a figure.
_SILENCE_SECONDS = 1800
# The local AWS's own: all metrics become older, as if so much time had passed.
_ADVANCE_CLOCK = "GraniteServiceVersion20100801.AdvanceMetricClock"
_WELL = ("email-quota-warning", "OK")
_WARNING = ("email-quota-warning", "ALARM")
_CRITICAL = ("email-quota-critical", "ALARM")
_SILENT = ("usage-silent", "ALARM")


class QuotaWatch:
    """Args:
    aws: The local AWS.
    sandbox: Holds the quota.
    stack: What `stack.env` says.
    alarm_queue_url: Subscribed to the alarms' topic.
    """

    def __init__(
        self,
        aws: LocalAws,
        *,
        sandbox: SandboxControl,
        stack: Mapping[str, str],
        alarm_queue_url: str,
    ) -> None:
        self._aws = aws
        self._sandbox = sandbox
        self._stack = stack
        self._alarm_queue_url = alarm_queue_url
        self._heard: set[tuple[str, str]] = set()
        self._seen: list[str] = []

    def use_up(self) -> tuple[tuple[str, bool], ...]:
        """Drives the quota from a tenth to almost all with real mail; what became of it."""
        self._publish()
        offset = round(_LIMIT * _FIRST_PERCENT / 100 - self._figure("QuotaUsed"))
        self._sandbox.set_profile(quota_limit=_LIMIT, usage_offset=offset)
        self._publish()
        first = self._figure("QuotaUsedPercent")
        # An alarm without any figure says nothing yet: it has to be well before it rings.
        well = comes_true(lambda: self._hears(_WELL), within_seconds=_WAIT_SECONDS)
        before = len(self._sandbox.emails())
        mails = _LIMIT * (_LAST_PERCENT - _FIRST_PERCENT) // 100 // _RECIPIENTS
        self._send(mails)
        sent = comes_true(
            lambda: len(self._sandbox.emails()) == before + mails, within_seconds=_WAIT_SECONDS
        )
        self._publish()
        last = self._figure("QuotaUsedPercent")
        rang = comes_true(
            lambda: self._hears(_WARNING) and self._hears(_CRITICAL), within_seconds=_WAIT_SECONDS
        )
        self._seen += [
            f"{first:.1f} % of the quota is used",
            f"{mails} mails to {_RECIPIENTS} people each: {last:.1f} % is used",
        ]
        self._tell("the warning", _WARNING)
        self._tell("the critical alarm", _CRITICAL)
        as_planned = (round(first), round(last)) == (_FIRST_PERCENT, _LAST_PERCENT)
        return (
            (
                f"the quota was used from {_FIRST_PERCENT} % to {_LAST_PERCENT} % by mail",
                sent and as_planned,
            ),
            ("both alarms on the quota changed by themselves and were heard", well and rang),
        )

    def fall_silent(self) -> tuple[tuple[str, bool], ...]:
        """Stops the publisher, lets time pass, and listens."""
        rule = self._aws.cloudformation.describe_stack_resource(
            StackName=self._stack["STACK_NAME"], LogicalResourceId="PublishUsageFunctionPublish"
        )["StackResourceDetail"]["PhysicalResourceId"]
        self._aws.events.disable_rule(Name=rule.rpartition("/")[2])
        requests.post(
            self._stack["AWS_ENDPOINT_URL"],
            headers={"X-Amz-Target": _ADVANCE_CLOCK},
            json={"Seconds": _SILENCE_SECONDS},
            timeout=_WAIT_SECONDS,
        ).raise_for_status()
        heard = comes_true(lambda: self._hears(_SILENT), within_seconds=_WAIT_SECONDS)
        self._seen.append(f"the publisher is stopped, and {_SILENCE_SECONDS // 60} minutes pass")
        self._tell("its silence", _SILENT)
        return (("a publisher that stops was heard of", heard),)

    def act(self) -> Act:
        """All of it, in order."""
        promises = (*self.use_up(), *self.fall_silent())
        return Act(seen=tuple(self._seen), promises=promises)

    def _tell(self, what: str, alarm: tuple[str, str]) -> None:
        name, state = alarm
        if alarm in self._heard:
            self._seen.append(f"{what} came to the queue of who is on call: {name} is {state}")
        else:
            self._seen.append(f"{what} did NOT come: {name}")

    def _publish(self) -> None:
        """One round of the publisher, as its schedule starts it."""
        answer = self._aws.functions.invoke(
            FunctionName=self._stack["PUBLISH_USAGE_FUNCTION"], Payload=b"{}"
        )
        told = json.loads(answer["Payload"].read())
        if told != {"failures": {}}:
            raise LocalStackError(f"the usage was not published: {told}")

    def _figure(self, name: str) -> float:
        """The highest of the last minutes, as CloudWatch has it; what is used only grows."""
        now = datetime.now(UTC)
        answer = self._aws.cloudwatch.get_metric_statistics(
            Namespace=f"formarelay/{self._stack['STACK_NAME']}",
            MetricName=name,
            Dimensions=[
                {"Name": "provider", "Value": "forma-mail"},
                {"Name": "resource", "Value": "email"},
            ],
            StartTime=now - timedelta(minutes=5),
            EndTime=now + timedelta(minutes=1),
            Period=60,
            Statistics=["Maximum"],
        )
        return max(point["Maximum"] for point in answer["Datapoints"])

    def _send(self, mails: int) -> None:
        run = uuid.uuid4().hex[:12]
        to = [{"email": f"{run}-{number}@example.com"} for number in range(_RECIPIENTS)]
        bodies = [
            json.dumps(
                {
                    "templateId": "welcome",
                    "to": to,
                    "variables": {"firstName": "Ada", "name": "Ada"},
                    "idempotencyKey": f"{run}-{number}",
                }
            )
            for number in range(mails)
        ]
        put_messages(bodies, sqs=self._aws.sqs, queue_url=self._stack["EMAIL_QUEUE_URL"])

    def _hears(self, alarm: tuple[str, str]) -> bool:
        """Whether the alarm has told the queue of that state, so far."""
        answer = self._aws.sqs.receive_message(
            QueueUrl=self._alarm_queue_url, MaxNumberOfMessages=10, WaitTimeSeconds=0
        )
        for message in answer.get("Messages", []):
            told = json.loads(json.loads(message["Body"])["Message"])
            name = told["AlarmName"].removeprefix(f"{self._stack['STACK_NAME']}-")
            self._heard.add((name, told["NewStateValue"]))
            self._aws.sqs.delete_message(
                QueueUrl=self._alarm_queue_url, ReceiptHandle=message["ReceiptHandle"]
            )
        return alarm in self._heard

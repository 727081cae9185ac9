"""Metrics, alarms and what they tell, for the tests beside this."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import requests

from tests.integration.local.stacks import Emulator

MINUTE = 60


@dataclass
class Watching:
    """A namespace of one's own, so that no other test's metric is seen."""

    emulator: Emulator
    namespace: str = field(default_factory=lambda: f"test/{uuid4()}")

    @property
    def metrics(self) -> Any:
        return self.emulator.client("cloudwatch")

    def put(self, name: str, value: float, *, unit: str = "None", **dimensions: str) -> None:
        datum = {
            "MetricName": name,
            "Value": value,
            "Unit": unit,
            "Dimensions": [{"Name": key, "Value": dimensions[key]} for key in dimensions],
        }
        self.metrics.put_metric_data(Namespace=self.namespace, MetricData=[datum])

    def pass_time(self, seconds: float) -> None:
        """Lets the metrics of the whole emulator become older; alarms are looked at meanwhile."""
        answer = self.advance({"Seconds": seconds})
        assert answer.status_code == 200, answer.text

    def advance(self, body: object) -> requests.Response:
        return requests.post(
            self.emulator.endpoint_url,
            headers={"X-Amz-Target": "GraniteServiceVersion20100801.AdvanceMetricClock"},
            data=json.dumps(body),
            timeout=10,
        )

    def alarm(self, **properties: Any) -> str:
        """The name of a new alarm: on the sum of `Mail` over a minute, above 10."""
        given = {
            "AlarmName": f"alarm-{uuid4()}",
            "Namespace": self.namespace,
            "MetricName": "Mail",
            "Statistic": "Sum",
            "Period": MINUTE,
            "EvaluationPeriods": 1,
            "Threshold": 10,
            "ComparisonOperator": "GreaterThanThreshold",
        } | properties
        chosen = {key: value for key, value in given.items() if value is not None}
        self.metrics.put_metric_alarm(**chosen)
        return str(given["AlarmName"])

    def math_alarm(self, expression: str, *names: str, **properties: Any) -> str:
        """As `alarm`, on an expression; each metric's id is its name in lower case."""
        queries = [self.query(name) | {"ReturnData": False} for name in names]
        queries.append({"Id": "result", "Expression": expression})
        single = dict.fromkeys(("Namespace", "MetricName", "Statistic", "Period"))
        return self.alarm(**single, Metrics=queries, **properties)

    def query(
        self, name: str, *, stat: str = "Sum", period: int = MINUTE, **dimensions: str
    ) -> Any:
        metric = {
            "Namespace": self.namespace,
            "MetricName": name,
            "Dimensions": [{"Name": key, "Value": dimensions[key]} for key in dimensions],
        }
        measured = {"Metric": metric, "Period": period, "Stat": stat}
        return {"Id": name.lower(), "MetricStat": measured}

    def described(self, name: str) -> dict[str, Any]:
        answer = self.metrics.describe_alarms(
            AlarmNames=[name], AlarmTypes=["MetricAlarm", "CompositeAlarm"]
        )
        (alarm,) = answer["MetricAlarms"] + answer["CompositeAlarms"]
        return dict(alarm)

    def state(self, name: str) -> str:
        """As it is now, by all that was put."""
        self.pass_time(0)
        return str(self.described(name)["StateValue"])

    def values(self, *queries: Mapping[str, Any], minutes: int = 60) -> dict[str, list[float]]:
        """By the ids of the queries, oldest first."""
        now = datetime.now(UTC)
        answer = self.metrics.get_metric_data(
            MetricDataQueries=list(queries),
            StartTime=now - timedelta(minutes=minutes),
            EndTime=now + timedelta(minutes=1),
            ScanBy="TimestampAscending",
        )
        return {each["Id"]: each["Values"] for each in answer["MetricDataResults"]}

    @contextmanager
    def topic(self) -> Iterator[Topic]:
        """A topic with a queue that gets what is published to it."""
        sns, sqs = self.emulator.client("sns"), self.emulator.client("sqs")
        arn = sns.create_topic(Name=f"topic-{uuid4()}")["TopicArn"]
        url = sqs.create_queue(QueueName=f"queue-{uuid4()}")["QueueUrl"]
        attributes = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])
        sns.subscribe(TopicArn=arn, Protocol="sqs", Endpoint=attributes["Attributes"]["QueueArn"])
        yield Topic(self.emulator, arn, url)
        sns.delete_topic(TopicArn=arn)
        sqs.delete_queue(QueueUrl=url)


@dataclass(frozen=True)
class Topic:
    emulator: Emulator
    arn: str
    queue_url: str

    def notifications(self) -> list[dict[str, Any]]:
        """What has arrived since the last look, as SNS wraps it."""
        return [json.loads(body) for body in self.emulator.receive_all(self.queue_url)]

    def messages(self) -> list[dict[str, Any]]:
        return [json.loads(each["Message"]) for each in self.notifications()]

"""Alarms and figures, by CloudWatch; topics, by SNS; rules, by EventBridge."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from relayctl.doctor.looking.asking import asking
from relayctl.doctor.models import AlarmFacts, MetricFacts, RuleFacts, SubscriptionFacts, TopicFacts
from relayctl.doctor.policy import statements

if TYPE_CHECKING:
    from mypy_boto3_cloudwatch import CloudWatchClient
    from mypy_boto3_events import EventBridgeClient
    from mypy_boto3_sns import SNSClient

# SQS measures the age once a minute, and not while a queue is idle.
_RECENT_SECONDS = 600
# CloudWatch quota: names in one DescribeAlarms.
_ALARMS_AT_ONCE = 100
_PENDING = "PendingConfirmation"


def alarm_facts(client: CloudWatchClient, *, names: Iterable[str]) -> dict[str, AlarmFacts]:
    """Those that exist, by name. Raises `UnseenError`, as all in this module."""
    names = sorted(names)
    found: list[AlarmFacts] = []
    with asking(client, "the alarm"):
        for start in range(0, len(names), _ALARMS_AT_ONCE):
            pages = client.get_paginator("describe_alarms").paginate(
                AlarmNames=names[start : start + _ALARMS_AT_ONCE],
                AlarmTypes=["MetricAlarm", "CompositeAlarm"],
            )
            for page in pages:
                found += [read_alarm(one) for one in page.get("MetricAlarms", [])]
                found += [read_alarm(one) for one in page.get("CompositeAlarms", [])]
    return {alarm.name: alarm for alarm in found}


def read_alarm(alarm: Mapping[str, Any]) -> AlarmFacts:
    """An alarm from its description: on a metric, on an expression, or composite."""
    since = alarm.get("StateUpdatedTimestamp")
    direct = [alarm] if "MetricName" in alarm else []
    inner = [item["MetricStat"]["Metric"] for item in _math(alarm) if "MetricStat" in item]
    return AlarmFacts(
        name=alarm["AlarmName"],
        state=alarm.get("StateValue", ""),
        state_since=since.timestamp() if since else 0.0,
        actions=tuple(alarm.get("AlarmActions", ())),
        actions_enabled=alarm.get("ActionsEnabled", True),
        missing_data=alarm.get("TreatMissingData", "missing"),
        description=alarm.get("AlarmDescription", ""),
        metrics=tuple(_read_metric(metric) for metric in (*direct, *inner)),
    )


def _read_metric(metric: Mapping[str, Any]) -> MetricFacts:
    return MetricFacts(
        namespace=metric["Namespace"],
        name=metric["MetricName"],
        dimensions={one["Name"]: one["Value"] for one in metric.get("Dimensions", [])},
    )


def topic_facts(client: SNSClient, *, arn: str) -> TopicFacts:
    with asking(client, "the topic"):
        attributes = client.get_topic_attributes(TopicArn=arn)["Attributes"]
        return TopicFacts(arn=arn, statements=statements(attributes.get("Policy")))


def subscription_facts(client: SNSClient, *, arn: str) -> SubscriptionFacts:
    with asking(client, "the topic"):
        pages = client.get_paginator("list_subscriptions_by_topic").paginate(TopicArn=arn)
        arns = [one.get("SubscriptionArn", "") for page in pages for one in page["Subscriptions"]]
        pending = sum(one == _PENDING for one in arns)
        return SubscriptionFacts(confirmed=len(arns) - pending, pending=pending)


def rule_facts(client: EventBridgeClient, *, name: str) -> RuleFacts:
    with asking(client, "the rule"):
        rule = client.describe_rule(Name=name)
        targets = client.list_targets_by_rule(Rule=name)["Targets"]
        return RuleFacts(
            enabled=rule.get("State") != "DISABLED",
            schedule=rule.get("ScheduleExpression", ""),
            targets=tuple(target["Arn"] for target in targets),
        )


def oldest_message_seconds(client: CloudWatchClient, *, queue: str, now: float) -> float | None:
    """The latest figure of SQS, if there is one of the last ten minutes."""
    with asking(client, "the metric"):
        points = client.get_metric_statistics(
            Namespace="AWS/SQS",
            MetricName="ApproximateAgeOfOldestMessage",
            Dimensions=[{"Name": "QueueName", "Value": queue}],
            StartTime=_moment(now - _RECENT_SECONDS),
            EndTime=_moment(now + 60),
            Period=60,
            Statistics=["Maximum"],
        )["Datapoints"]
        latest = max(points, key=lambda point: point["Timestamp"], default=None)
        return None if latest is None else latest["Maximum"]


def last_published_at(
    client: CloudWatchClient,
    *,
    namespace: str,
    metric: str,
    dimensions: Mapping[str, str],
    now: float,
) -> float:
    """When the metric had its latest value of the last day; 0 for none."""
    with asking(client, "the metric"):
        points = client.get_metric_statistics(
            Namespace=namespace,
            MetricName=metric,
            Dimensions=[{"Name": name, "Value": value} for name, value in dimensions.items()],
            StartTime=_moment(now) - timedelta(days=1),
            EndTime=_moment(now + 60),
            Period=300,
            Statistics=["SampleCount"],
        )["Datapoints"]
        return max((point["Timestamp"].timestamp() for point in points), default=0.0)


def _math(alarm: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return list(alarm.get("Metrics", ()))


def _moment(unix_seconds: float) -> datetime:
    return datetime.fromtimestamp(unix_seconds, UTC)

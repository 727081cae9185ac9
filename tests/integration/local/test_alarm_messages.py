"""What topics, their queues and the event bus get of an alarm."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest

from local.emulator.cloudwatch.messages import region_title
from tests.integration.local.stacks import Emulator, eventually
from tests.integration.local.watching import MINUTE, Topic, Watching

TIME = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+0000"


@pytest.fixture
def watching(emulator: Emulator) -> Watching:
    return Watching(emulator)


@pytest.fixture
def topic(watching: Watching) -> Iterator[Topic]:
    with watching.topic() as made:
        yield made


@pytest.fixture(scope="module")
def bus(emulator: Emulator) -> Iterator[str]:
    """The queue that gets every alarm's event."""
    resources = {
        "Queue": {"Type": "AWS::SQS::Queue"},
        "Rule": {
            "Type": "AWS::Events::Rule",
            "Properties": {
                "EventPattern": {"detail-type": ["CloudWatch Alarm State Change"]},
                "Targets": [{"Id": "queue", "Arn": {"Fn::GetAtt": ["Queue", "Arn"]}}],
            },
        },
    }
    stack = emulator.create_stack(resources, outputs={"Queue": {"Ref": "Queue"}})
    yield emulator.outputs(stack)["Queue"]
    emulator.delete_stack(stack)


def _events(emulator: Emulator, queue_url: str, alarm: str) -> list[dict[str, Any]]:
    events = [json.loads(body) for body in emulator.receive_all(queue_url)]
    return [event for event in events if event["detail"]["alarmName"] == alarm]


def test_message_has_awss_shape(watching: Watching, topic: Topic) -> None:
    alarm = watching.alarm(
        AlarmActions=[topic.arn],
        AlarmDescription="too much mail",
        Dimensions=[{"Name": "env", "Value": "prod"}],
        TreatMissingData="ignore",
    )
    watching.put("Mail", 11, env="prod")
    watching.state(alarm)

    (notification,) = topic.notifications()
    assert notification["Type"] == "Notification"
    assert notification["TopicArn"] == topic.arn
    assert notification["Subject"] == f'ALARM: "{alarm}" in US East (N. Virginia)'
    message = json.loads(notification["Message"])
    assert re.fullmatch(TIME, message.pop("StateChangeTime"))
    assert re.fullmatch(TIME, message.pop("AlarmConfigurationUpdatedTimestamp"))
    assert re.fullmatch(
        r"Threshold Crossed: 1 out of the last 1 datapoints \[11\.0 \(.{17}\)\] was greater than "
        r"the threshold \(10\.0\) \(minimum 1 datapoint for OK -> ALARM transition\)\.",
        message.pop("NewStateReason"),
    )
    assert message == {
        "AlarmName": alarm,
        "AlarmDescription": "too much mail",
        "AWSAccountId": "000000000000",
        "NewStateValue": "ALARM",
        "Region": "US East (N. Virginia)",
        "AlarmArn": f"arn:aws:cloudwatch:us-east-1:000000000000:alarm:{alarm}",
        "OldStateValue": "INSUFFICIENT_DATA",
        "OKActions": [],
        "AlarmActions": [topic.arn],
        "InsufficientDataActions": [],
        "Trigger": {
            "MetricName": "Mail",
            "Namespace": watching.namespace,
            "StatisticType": "Statistic",
            "Statistic": "SUM",
            "Unit": None,
            "Dimensions": [{"value": "prod", "name": "env"}],
            "Period": 60,
            "EvaluationPeriods": 1,
            "DatapointsToAlarm": 1,
            "ComparisonOperator": "GreaterThanThreshold",
            "Threshold": 10.0,
            "TreatMissingData": "ignore",
            "EvaluateLowSampleCountPercentile": "",
        },
    }


def test_message_about_metric_math_has_its_queries(watching: Watching, topic: Topic) -> None:
    alarm = watching.math_alarm("mail * 2", "Mail", AlarmActions=[topic.arn])
    watching.put("Mail", 6)
    watching.state(alarm)

    (message,) = topic.messages()
    assert message["Trigger"]["Metrics"] == [
        {
            "Id": "mail",
            "MetricStat": {
                "Metric": {
                    "Namespace": watching.namespace,
                    "MetricName": "Mail",
                    "Dimensions": [],
                },
                "Period": 60,
                "Stat": "Sum",
            },
            "ReturnData": False,
        },
        {"Id": "result", "Expression": "mail * 2", "ReturnData": True},
    ]


def test_message_about_a_percentile(watching: Watching, topic: Topic) -> None:
    alarm = watching.alarm(Statistic=None, ExtendedStatistic="p99", AlarmActions=[topic.arn])
    watching.put("Mail", 11)
    watching.state(alarm)

    (message,) = topic.messages()
    assert message["Trigger"]["StatisticType"] == "ExtendedStatistic"
    assert message["Trigger"]["ExtendedStatistic"] == "p99"


def test_each_state_has_its_own_actions(watching: Watching) -> None:
    with watching.topic() as ringing, watching.topic() as calm, watching.topic() as blind:
        alarm = watching.alarm(
            AlarmActions=[ringing.arn], OKActions=[calm.arn], InsufficientDataActions=[blind.arn]
        )
        watching.put("Mail", 11)
        watching.state(alarm)
        watching.pass_time(MINUTE)
        watching.put("Mail", 1)
        watching.state(alarm)
        watching.pass_time(4 * MINUTE)

        told = [
            [(message["OldStateValue"], message["NewStateValue"]) for message in each.messages()]
            for each in (ringing, calm, blind)
        ]
    assert told == [
        [("INSUFFICIENT_DATA", "ALARM")],
        [("ALARM", "OK")],
        [("OK", "INSUFFICIENT_DATA")],
    ]


def test_state_that_stays_tells_nothing_again(watching: Watching, topic: Topic) -> None:
    alarm = watching.alarm(AlarmActions=[topic.arn])
    for _ in range(3):
        watching.put("Mail", 11)
        watching.state(alarm)

    assert len(topic.messages()) == 1


def test_disabled_actions_tell_the_bus_alone(watching: Watching, topic: Topic, bus: str) -> None:
    alarm = watching.alarm(AlarmActions=[topic.arn], ActionsEnabled=False)
    watching.put("Mail", 11)
    watching.state(alarm)

    assert eventually(lambda: len(_events(watching.emulator, bus, alarm)) == 1)
    assert topic.messages() == []


def test_event_on_the_bus(watching: Watching, bus: str) -> None:
    alarm = watching.alarm(AlarmDescription="why", Dimensions=[{"Name": "env", "Value": "prod"}])
    watching.put("Mail", 11, env="prod")
    watching.state(alarm)

    events: list[dict[str, Any]] = []
    assert eventually(lambda: bool(events.extend(_events(watching.emulator, bus, alarm)) or events))
    (event,) = events
    described = watching.described(alarm)
    assert event["source"] == "aws.cloudwatch"
    assert event["resources"] == [described["AlarmArn"]]
    state = event["detail"]["state"]
    assert (state["value"], state["reason"]) == ("ALARM", described["StateReason"])
    assert json.loads(state["reasonData"])["recentDatapoints"] == [11.0]
    assert re.fullmatch(TIME, state["timestamp"])
    previous = event["detail"]["previousState"]
    assert previous["value"] == "INSUFFICIENT_DATA"
    assert previous["reason"] == "Unchecked: Initial alarm creation"
    assert re.fullmatch(TIME, previous["timestamp"])
    assert event["detail"]["configuration"] == {
        "description": "why",
        "metrics": [
            {
                "id": "m1",
                "returnData": True,
                "metricStat": {
                    "metric": {
                        "namespace": watching.namespace,
                        "name": "Mail",
                        "dimensions": {"env": "prod"},
                    },
                    "period": 60,
                    "stat": "Sum",
                },
            }
        ],
    }


def test_drill_reaches_the_topic(watching: Watching, topic: Topic) -> None:
    alarm = watching.alarm(AlarmActions=[topic.arn], TreatMissingData="ignore")

    watching.metrics.set_alarm_state(AlarmName=alarm, StateValue="ALARM", StateReason="a drill")

    (message,) = topic.messages()
    assert (message["NewStateReason"], message["OldStateValue"]) == (
        "a drill",
        "INSUFFICIENT_DATA",
    )


def test_composite_alarm_follows_its_children(watching: Watching, topic: Topic) -> None:
    mail, rest = watching.alarm(), watching.alarm(MetricName="Rest")
    composite = f"both-{uuid4()}"
    rule = f'ALARM("{mail}") AND (NOT OK({rest}) OR INSUFFICIENT_DATA("{rest}")) AND TRUE'
    watching.metrics.put_composite_alarm(
        AlarmName=composite, AlarmRule=rule, AlarmActions=[topic.arn], OKActions=[topic.arn]
    )
    assert watching.state(composite) == "OK"

    watching.put("Mail", 11)
    assert watching.state(composite) == "ALARM"
    watching.put("Rest", 1)
    assert watching.state(composite) == "OK"

    messages = topic.messages()
    assert [message["NewStateValue"] for message in messages] == ["OK", "ALARM", "OK"]
    ringing = messages[1]
    arn = watching.described(mail)["AlarmArn"]
    assert ringing["AlarmRule"] == rule
    assert "Trigger" not in ringing
    children = {each["Arn"]: each["State"]["Value"] for each in ringing["TriggeringChildren"]}
    assert children[arn] == "ALARM"
    assert ringing["NewStateReason"].startswith(f"{arn} transitioned to ALARM at ")


def test_event_of_a_composite_alarm(watching: Watching, bus: str) -> None:
    child = watching.alarm()
    composite = f"event-{uuid4()}"
    watching.metrics.put_composite_alarm(AlarmName=composite, AlarmRule=f"ALARM({child})")
    watching.put("Mail", 11)
    watching.state(composite)

    events: list[dict[str, Any]] = []

    def both_are_there() -> bool:
        events.extend(_events(watching.emulator, bus, composite))
        return len(events) == 2

    assert eventually(both_are_there)
    assert [event["detail"]["state"]["value"] for event in events] == ["OK", "ALARM"]
    assert events[1]["detail"]["previousState"]["value"] == "OK"
    assert events[1]["detail"]["configuration"] == {"alarmRule": f"ALARM({child})"}


def test_region_that_the_sdk_does_not_know_is_told_by_its_code() -> None:
    assert region_title("eu-west-1") == "Europe (Ireland)"
    assert region_title("nowhere-1") == "nowhere-1"

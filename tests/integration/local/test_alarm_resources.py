"""Alarms, topics and dashboards through CloudFormation."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.integration.local.stacks import UPDATED, Emulator, Resources
from tests.integration.local.watching import Topic, Watching

DASHBOARD = {"widgets": [{"type": "text", "properties": {"markdown": "# hello"}}]}


@pytest.fixture
def watching(emulator: Emulator) -> Watching:
    return Watching(emulator)


def _alarm(watching: Watching, **properties: Any) -> dict[str, Any]:
    given = {
        "Namespace": watching.namespace,
        "MetricName": "Mail",
        "Statistic": "Sum",
        "Period": "60",
        "EvaluationPeriods": "1",
        "Threshold": "10",
        "ComparisonOperator": "GreaterThanThreshold",
    } | properties
    chosen = {name: value for name, value in given.items() if value is not None}
    return {"Type": "AWS::CloudWatch::Alarm", "Properties": chosen}


def _math(watching: Watching, expression: str) -> dict[str, Any]:
    single = dict.fromkeys(("Namespace", "MetricName", "Statistic", "Period"))
    mail = watching.query("Mail") | {"ReturnData": "false"}
    mail["MetricStat"]["Period"] = "60"
    result = {"Id": "result", "Expression": expression, "ReturnData": True, "Label": "doubled"}
    return _alarm(watching, Metrics=[mail, result], **single)


def _composite(rule: object, **properties: Any) -> dict[str, Any]:
    return {
        "Type": "AWS::CloudWatch::CompositeAlarm",
        "Properties": {"AlarmRule": rule} | properties,
    }


def _resources(watching: Watching) -> Resources:
    """All that a template needs to tell somebody of a full queue."""
    allowed = {
        "Effect": "Allow",
        "Principal": {"Service": "sns.amazonaws.com"},
        "Action": "sqs:SendMessage",
        "Resource": {"Fn::GetAtt": ["Queue", "Arn"]},
    }
    publishers = {
        "Effect": "Allow",
        "Principal": {"Service": "cloudwatch.amazonaws.com"},
        "Action": "sns:Publish",
        "Resource": {"Ref": "Topic"},
    }
    return {
        "Queue": {"Type": "AWS::SQS::Queue"},
        "QueuePolicy": {
            "Type": "AWS::SQS::QueuePolicy",
            "Properties": {"Queues": [{"Ref": "Queue"}], "PolicyDocument": _policy(allowed)},
        },
        "Topic": {"Type": "AWS::SNS::Topic", "Properties": {"DisplayName": "alarms"}},
        "TopicPolicy": {
            "Type": "AWS::SNS::TopicPolicy",
            "Properties": {"Topics": [{"Ref": "Topic"}], "PolicyDocument": _policy(publishers)},
        },
        "Subscription": {
            "Type": "AWS::SNS::Subscription",
            "Properties": {
                "TopicArn": {"Ref": "Topic"},
                "Protocol": "sqs",
                "Endpoint": {"Fn::GetAtt": ["Queue", "Arn"]},
            },
        },
        "Plain": _alarm(
            watching,
            AlarmActions=[{"Ref": "Topic"}],
            AlarmDescription="plain",
            Dimensions=[{"Name": "env", "Value": "prod"}],
            DatapointsToAlarm="1",
            TreatMissingData="notBreaching",
            Tags=[{"Key": "team", "Value": "mail"}],
        ),
        "Math": _math(watching, "mail * 2"),
        "Either": _composite(
            {"Fn::Sub": 'ALARM("${Plain}") OR ALARM("${Math.Arn}")'},
            AlarmActions=[{"Ref": "Topic"}],
        ),
        "Dashboard": {
            "Type": "AWS::CloudWatch::Dashboard",
            "Properties": {
                "DashboardBody": {"Fn::Sub": json.dumps(DASHBOARD).replace("hello", "${Topic}")}
            },
        },
    }


def _policy(statement: dict[str, Any]) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": [statement]}


OUTPUTS = {
    name: {"Ref": name} for name in ("Queue", "Topic", "Plain", "Math", "Either", "Dashboard")
} | {"EitherArn": {"Fn::GetAtt": ["Either", "Arn"]}, "PlainArn": {"Fn::GetAtt": ["Plain", "Arn"]}}


@pytest.fixture
def made(watching: Watching) -> Iterator[dict[str, str]]:
    emulator = watching.emulator
    stack = emulator.create_stack(_resources(watching), outputs=OUTPUTS)
    yield emulator.outputs(stack)
    emulator.delete_stack(stack)


def test_alarms_of_a_template_ring(watching: Watching, made: dict[str, str]) -> None:
    topic = Topic(watching.emulator, made["Topic"], made["Queue"])
    watching.put("Mail", 6)
    assert [watching.state(made[name]) for name in ("Plain", "Math", "Either")] == [
        "OK",
        "ALARM",
        "ALARM",
    ]
    watching.put("Mail", 11, env="prod")
    assert watching.state(made["Plain"]) == "ALARM"

    told = {message["AlarmName"]: message["NewStateValue"] for message in topic.messages()}
    assert told == {made["Either"]: "ALARM", made["Plain"]: "ALARM"}


def test_numbers_of_a_template_are_numbers(watching: Watching, made: dict[str, str]) -> None:
    plain, math = watching.described(made["Plain"]), watching.described(made["Math"])

    assert (plain["Period"], plain["Threshold"], plain["DatapointsToAlarm"]) == (60, 10.0, 1)
    assert plain["AlarmArn"] == made["PlainArn"]
    assert math["Metrics"][0]["ReturnData"] is False
    assert math["Metrics"][0]["MetricStat"]["Period"] == 60
    assert "MetricName" not in math
    tags = watching.metrics.list_tags_for_resource(ResourceARN=made["PlainArn"])["Tags"]
    assert {tag["Key"]: tag["Value"] for tag in tags}["team"] == "mail"


def test_dashboard_is_read_as_it_was_written(watching: Watching, made: dict[str, str]) -> None:
    found = watching.metrics.get_dashboard(DashboardName=made["Dashboard"])

    markdown = json.loads(found["DashboardBody"])["widgets"][0]["properties"]["markdown"]
    assert markdown == f"# {made['Topic']}"


def test_deleted_stack_leaves_nothing(watching: Watching) -> None:
    emulator = watching.emulator
    stack = emulator.create_stack(_resources(watching), outputs=OUTPUTS)
    made = emulator.outputs(stack)

    emulator.delete_stack(stack)

    names = [made[name] for name in ("Plain", "Math", "Either")]
    found = watching.metrics.describe_alarms(
        AlarmNames=names, AlarmTypes=["MetricAlarm", "CompositeAlarm"]
    )
    assert (found["MetricAlarms"], found["CompositeAlarms"]) == ([], [])
    with pytest.raises(ClientError):
        watching.metrics.get_dashboard(DashboardName=made["Dashboard"])
    with pytest.raises(ClientError):
        emulator.client("sns").get_topic_attributes(TopicArn=made["Topic"])


def test_updated_alarms_follow_their_template(watching: Watching) -> None:
    emulator = watching.emulator
    resources = {
        "Plain": _alarm(watching),
        "Math": _math(watching, "mail * 2"),
        "Either": _composite({"Fn::Sub": "ALARM(${Plain})"}),
    }
    outputs = {name: {"Ref": name} for name in resources}
    stack = emulator.create_stack(resources, outputs=outputs)
    before = emulator.outputs(stack)
    watching.put("Mail", 6)
    assert watching.state(before["Either"]) == "OK"

    changed = {
        "Plain": _alarm(watching, Threshold=100),
        "Math": _math(watching, "mail / 2"),
        "Either": _composite({"Fn::Sub": "NOT ALARM(${Plain})"}, AlarmDescription="not"),
    }
    emulator.update_stack(stack, changed, outputs=outputs)

    assert emulator.outputs(stack, after=UPDATED) == before
    assert watching.described(before["Plain"])["Threshold"] == 100.0
    assert watching.described(before["Math"])["Metrics"][1]["Expression"] == "mail / 2"
    assert watching.described(before["Either"])["AlarmDescription"] == "not"
    assert [watching.state(before[name]) for name in ("Math", "Either")] == ["OK", "ALARM"]
    emulator.delete_stack(stack)


def test_renamed_composite_alarm_replaces_the_old_one(watching: Watching) -> None:
    emulator = watching.emulator
    resources = {"Plain": _alarm(watching), "Either": _composite("TRUE", AlarmName="old-name")}
    outputs = {"Either": {"Ref": "Either"}}
    stack = emulator.create_stack(resources, outputs=outputs)
    assert emulator.outputs(stack)["Either"] == "old-name"

    resources["Either"] = _composite("TRUE", AlarmName="new-name")
    emulator.update_stack(stack, resources, outputs=outputs)

    assert emulator.outputs(stack, after=UPDATED)["Either"] == "new-name"
    found = watching.metrics.describe_alarms(
        AlarmNames=["old-name", "new-name"], AlarmTypes=["CompositeAlarm"]
    )
    assert [alarm["AlarmName"] for alarm in found["CompositeAlarms"]] == ["new-name"]
    emulator.delete_stack(stack)


@pytest.mark.parametrize(
    ("resource", "reason"),
    [
        (_composite("ALARM(no-such-alarm)"), "in the alarm rule do not exist"),
        (_composite("ALARM(x"), "Error in AlarmRule"),
        (_composite("TRUE", ActionsSuppressor="x"), "does not support ActionsSuppressor here"),
        (_composite("TRUE", ActionsEnabled="perhaps"), "neither true nor false: perhaps"),
    ],
)
def test_refused_composite_alarm_fails_the_stack(
    emulator: Emulator, resource: dict[str, Any], reason: str
) -> None:
    assert reason in emulator.failure(emulator.create_stack({"Alarm": resource}))


@pytest.mark.parametrize(
    ("properties", "reason"),
    [
        ({"Threshold": "high"}, "Threshold is no number: high"),
        ({"Period": "often"}, "Period is no whole number: often"),
        ({"Period": 61}, "The period 61 must be"),
        ({"Treshold": 1}, "does not support Treshold here"),
        ({"ThresholdMetricId": "band"}, "does not support ThresholdMetricId here"),
        ({"DatapointsToAlarm": 2}, "at most EvaluationPeriods: 2 of 1"),
        ({"Statistic": "Median"}, "The statistic Median is not supported here"),
        ({"Metrics": [{"Id": "a", "Expression": "1"}]}, "either Metrics or"),
    ],
)
def test_refused_alarm_fails_the_stack(
    watching: Watching, properties: dict[str, Any], reason: str
) -> None:
    stack = watching.emulator.create_stack({"Alarm": _alarm(watching, **properties)})

    assert reason in watching.emulator.failure(stack)


def test_refused_expression_fails_the_stack(watching: Watching) -> None:
    stack = watching.emulator.create_stack({"Alarm": _math(watching, "SEARCH(mail)")})

    assert "SEARCH is not supported here" in watching.emulator.failure(stack)

"""What the template promises of rotation, on the SAM source and on what CloudFormation sees."""

from __future__ import annotations

from typing import Any

import pytest

from formarelay.aws.secrets import SecretReader
from tests.support.template import as_list, load_template, statements, translate

SOURCE = load_template()
TRANSLATED = translate(SOURCE)
BOTH = pytest.mark.parametrize("template", [SOURCE, TRANSLATED], ids=["source", "translated"])

TWO_SECRETS = [{"Ref": "FormaMailSecret"}, {"Ref": "FormalooSecret"}]
SCHEDULES = {
    "FormaMailRotationSchedule": ("FormaMailSecret", "RotatesFormaMail"),
    "FormalooRotationSchedule": ("FormalooSecret", "RotatesFormaloo"),
}


def grants(template: dict[str, Any], role: str) -> dict[str, tuple[list[str], list[Any]]]:
    policies = template["Resources"][role]["Properties"]["Policies"]
    return {
        statement["Sid"]: (as_list(statement["Action"]), as_list(statement["Resource"]))
        for policy in policies
        for statement in statements(policy["PolicyDocument"])
    }


@BOTH
def test_rotation_may_do_exactly_what_it_does(template):
    assert grants(template, "RotateKeysRole") == {
        "RotateTheSecrets": (
            [
                "secretsmanager:DescribeSecret",
                "secretsmanager:GetSecretValue",
                "secretsmanager:PutSecretValue",
                "secretsmanager:UpdateSecretVersionStage",
            ],
            TWO_SECRETS,
        ),
        "ReadTheAccount": (
            ["secretsmanager:GetSecretValue"],
            [{"Ref": "FormaMailAccountSecret"}],
        ),
        "KeepTheJournal": (
            ["dynamodb:GetItem", "dynamodb:UpdateItem"],
            [{"Fn::GetAtt": ["StateTable", "Arn"]}],
        ),
        "WriteLogs": (
            ["logs:CreateLogStream", "logs:PutLogEvents"],
            [{"Fn::GetAtt": ["RotateKeysLogGroup", "Arn"]}],
        ),
    }


@BOTH
def test_nobody_but_rotation_writes_a_secret_or_reads_the_account(template):
    roles = [name for name, one in template["Resources"].items() if one["Type"] == "AWS::IAM::Role"]
    assert "SendEmailRole" in roles
    for role in set(roles) - {"RotateKeysRole"}:
        for actions, resources in grants(template, role).values():
            assert {"Ref": "FormaMailAccountSecret"} not in resources
            assert "secretsmanager:PutSecretValue" not in actions
            assert "secretsmanager:UpdateSecretVersionStage" not in actions


@BOTH
@pytest.mark.parametrize("name", SCHEDULES)
def test_a_deployment_never_rotates_by_itself(template, name):
    secret, condition = SCHEDULES[name]
    schedule = template["Resources"][name]
    assert schedule["Condition"] == condition
    assert schedule["DependsOn"] == "RotateKeysPermission"
    assert schedule["Properties"] == {
        "SecretId": {"Ref": secret},
        "RotationLambdaARN": {"Fn::GetAtt": ["RotateKeysFunction", "Arn"]},
        "RotateImmediatelyOnUpdate": False,
        "RotationRules": {"AutomaticallyAfterDays": {"Ref": "RotationDays"}},
    }


def test_rotation_is_monthly_and_never_rarer_than_the_provider_advises():
    days = SOURCE["Parameters"]["RotationDays"]
    assert (days["Default"], days["MinValue"], days["MaxValue"]) == (30, 1, 90)


def test_a_new_key_outlives_the_longest_way_to_the_next_rotation():
    parameters = SOURCE["Parameters"]
    assert parameters["KeyLifeDays"]["MinValue"] > parameters["RotationDays"]["MaxValue"]


def test_the_overlap_is_longer_than_any_copy_of_a_key_is_used():
    reader = SecretReader.__init__.__kwdefaults__
    longest = max(reader["ttl_seconds"], reader["max_stale_seconds"])
    assert SOURCE["Parameters"]["OverlapSeconds"]["MinValue"] >= longest + 300


@BOTH
def test_secrets_manager_of_this_account_alone_may_invoke_rotation(template):
    assert template["Resources"]["RotateKeysPermission"]["Properties"] == {
        "FunctionName": {"Fn::GetAtt": ["RotateKeysFunction", "Arn"]},
        "Action": "lambda:InvokeFunction",
        "Principal": "secretsmanager.amazonaws.com",
        "SourceAccount": {"Ref": "AWS::AccountId"},
    }


def test_open_rotations_are_tended_every_few_minutes():
    rule = TRANSLATED["Resources"]["RotateKeysFunctionRetire"]["Properties"]
    assert rule["ScheduleExpression"] == {"Fn::Sub": "rate(${RetireMinutes} minutes)"}
    assert rule["Targets"][0]["Input"] == '{"action": "retire"}'
    minutes = SOURCE["Parameters"]["RetireMinutes"]
    assert (minutes["Default"], minutes["MinValue"], minutes["MaxValue"]) == (10, 5, 15)


@BOTH
def test_a_failed_rotation_reaches_the_alarm_topic_and_the_topic_takes_no_other_events(template):
    rule = template["Resources"]["RotationFailedRule"]["Properties"]
    assert rule["Targets"] == [{"Id": "AlarmTopic", "Arn": {"Ref": "AlarmTopic"}}]
    detail = rule["EventPattern"]["detail"]
    assert "RotationFailed" in detail["eventName"]
    assert detail["additionalEventData"] == {"SecretId": TWO_SECRETS}
    policy = template["Resources"]["AlarmTopicPolicy"]["Properties"]["PolicyDocument"]
    (statement,) = [one for one in statements(policy) if one["Sid"] == "FailedRotations"]
    assert statement["Principal"] == {"Service": "events.amazonaws.com"}
    assert statement["Condition"] == {
        "ArnEquals": {"aws:SourceArn": {"Fn::GetAtt": ["RotationFailedRule", "Arn"]}}
    }

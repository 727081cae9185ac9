"""AWS::SecretsManager::RotationSchedule and ::ResourcePolicy through CloudFormation."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.integration.local.rotating import Rotating
from tests.integration.local.stacks import UPDATED, Emulator, Resources, eventually

RULES = {"ScheduleExpression": "cron(0 8 1 * ? *)", "Duration": "2h"}
OUTPUTS = {"Schedule": {"Ref": "Schedule"}}
GRANT = {"Effect": "Allow", "Action": "secretsmanager:GetSecretValue", "Resource": "*"}


def _schedule(rotating: Rotating, **properties: Any) -> Resources:
    given = {
        "SecretId": rotating.arn,
        "RotationLambdaARN": rotating.function_arn,
        "RotationRules": RULES,
    }
    resource = {"Type": "AWS::SecretsManager::RotationSchedule", "Properties": given | properties}
    return {"Schedule": resource}


def test_created_schedule_rotates_at_once(rotating: Rotating, emulator: Emulator) -> None:
    stack = emulator.create_stack(_schedule(rotating), outputs=OUTPUTS)

    assert emulator.outputs(stack)["Schedule"] == rotating.arn
    assert rotating.is_rotated()
    described = rotating.described()
    assert described["RotationRules"] == RULES
    assert (described["NextRotationDate"].day, described["NextRotationDate"].hour) == (1, 10)
    assert rotating.value() != "first"


def test_created_schedule_waits_when_told_to(rotating: Rotating, emulator: Emulator) -> None:
    stack = emulator.create_stack(_schedule(rotating, RotateImmediatelyOnUpdate="false"))
    emulator.outputs(stack)

    assert eventually(lambda: rotating.labels() == {rotating.first: ["AWSCURRENT"]})
    assert rotating.described()["RotationEnabled"] is True
    assert rotating.value() == "first"


def test_update_rotates_unless_told_otherwise(rotating: Rotating, emulator: Emulator) -> None:
    waiting = {"RotateImmediatelyOnUpdate": False}
    stack = emulator.create_stack(_schedule(rotating, **waiting))
    emulator.outputs(stack)
    assert eventually(lambda: rotating.labels() == {rotating.first: ["AWSCURRENT"]})

    rules = {"AutomaticallyAfterDays": {"Ref": "Days"}}
    parameters = {"Days": {"Type": "Number", "Default": 90}}
    emulator.update_stack(
        stack, _schedule(rotating, RotationRules=rules, **waiting), Parameters=parameters
    )
    emulator.outputs(stack, after=UPDATED)
    assert eventually(lambda: rotating.labels() == {rotating.first: ["AWSCURRENT"]})
    assert rotating.described()["RotationRules"] == {"AutomaticallyAfterDays": 90}
    assert rotating.value() == "first"

    emulator.update_stack(stack, _schedule(rotating))
    emulator.outputs(stack, after=UPDATED)
    assert rotating.is_rotated()


def test_update_is_refused_while_a_rotation_is_incomplete(
    rotating: Rotating, emulator: Emulator
) -> None:
    rotating.break_step("createSecret")
    stack = emulator.create_stack(_schedule(rotating))
    emulator.outputs(stack)

    emulator.update_stack(stack, _schedule(rotating, RotationRules={"AutomaticallyAfterDays": 9}))

    assert "A previous rotation isn't complete" in emulator.failure(stack, of=UPDATED)
    assert rotating.described()["RotationRules"] == RULES


def test_deleted_schedule_turns_rotation_off(rotating: Rotating, emulator: Emulator) -> None:
    stack = emulator.create_stack(_schedule(rotating))
    emulator.outputs(stack)
    assert rotating.is_rotated()

    emulator.delete_stack(stack)

    assert rotating.described()["RotationEnabled"] is False
    assert rotating.value() != "first"


def test_schedule_of_another_secret_turns_the_first_one_off(
    rotating: Rotating, emulator: Emulator
) -> None:
    other = rotating.secrets.create_secret(Name=f"{rotating.first}-other", SecretString="x")["ARN"]
    waiting = {"RotateImmediatelyOnUpdate": False}
    stack = emulator.create_stack(_schedule(rotating, **waiting), outputs=OUTPUTS)
    emulator.outputs(stack)

    emulator.update_stack(stack, _schedule(rotating, SecretId=other, **waiting), outputs=OUTPUTS)

    assert emulator.outputs(stack, after=UPDATED)["Schedule"] == other
    assert rotating.secrets.describe_secret(SecretId=other)["RotationEnabled"] is True
    assert eventually(lambda: rotating.described()["RotationEnabled"] is False)


@pytest.mark.parametrize(
    ("properties", "reason"),
    [
        ({"RotationRules": {"AutomaticallyAfterDays": "1001"}}, "must be within 1-1000"),
        ({"RotationRules": {"AutomaticallyAfterDays": "soon"}}, "is no whole number: soon"),
        ({"RotationRules": RULES | {"AutomaticallyAfterDays": 1}}, "not both"),
        ({"RotationLambdaARN": "arn:aws:lambda:us-east-1:000000000000:function:no"}, "can't find"),
        ({"SecretId": "no-such-secret"}, "can't find the specified secret"),
        ({"HostedRotationLambda": {}}, "does not support HostedRotationLambda here"),
    ],
    ids=str,
)
def test_refused_schedule_fails_the_stack(
    rotating: Rotating, emulator: Emulator, properties: dict[str, Any], reason: str
) -> None:
    stack = emulator.create_stack(_schedule(rotating, **properties))

    assert reason in emulator.failure(stack)
    assert "RotationEnabled" not in rotating.described()


def _policy(rotating: Rotating, principal: object, **properties: Any) -> Resources:
    statement = {
        "Effect": "Deny",
        "Principal": principal,
        "Action": "secretsmanager:DeleteSecret",
        "Resource": "*",
    }
    given = {
        "SecretId": rotating.arn,
        "ResourcePolicy": {"Version": "2012-10-17", "Statement": [statement]},
    }
    resource = {"Type": "AWS::SecretsManager::ResourcePolicy", "Properties": given | properties}
    return {"Policy": resource}


def _stored(rotating: Rotating) -> Any:
    answer = rotating.secrets.get_resource_policy(SecretId=rotating.arn)
    return json.loads(answer.get("ResourcePolicy", "null"))


def test_policy_follows_its_resource(rotating: Rotating, emulator: Emulator) -> None:
    outputs = {"Policy": {"Ref": "Policy"}}
    stack = emulator.create_stack(_policy(rotating, "*"), outputs=outputs)
    assert emulator.outputs(stack)["Policy"] == rotating.arn
    assert _stored(rotating)["Statement"][0]["Principal"] == "*"

    account = {"AWS": "arn:aws:iam::000000000000:root"}
    emulator.update_stack(stack, _policy(rotating, account), outputs=outputs)
    emulator.outputs(stack, after=UPDATED)
    assert _stored(rotating)["Statement"][0]["Principal"] == account

    emulator.delete_stack(stack)
    assert _stored(rotating) is None


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("no json", "MalformedPolicyDocumentException"),
        ("{}", "MalformedPolicyDocumentException"),
        (json.dumps({"Statement": GRANT}), "MalformedPolicyDocumentException"),
        (json.dumps({"Statement": GRANT | {"Principal": {"AWS": "*"}}}), "PublicPolicyException"),
    ],
)
def test_refused_policy_is_not_stored(rotating: Rotating, text: str, code: str) -> None:
    with pytest.raises(ClientError) as caught:
        rotating.secrets.put_resource_policy(
            SecretId=rotating.arn, ResourcePolicy=text, BlockPublicPolicy=True
        )

    assert caught.value.response["Error"]["Code"] == code
    assert _stored(rotating) is None


def test_refused_policy_fails_the_stack(rotating: Rotating, emulator: Emulator) -> None:
    stack = emulator.create_stack(_policy(rotating, "*", ResourcePolicy={"Statement": []}))

    assert "MalformedPolicyDocumentException" in emulator.failure(stack)

"""Rotations by a real function: their steps, their failures, and who may invoke it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from botocore.exceptions import ClientError

from local.emulator.secrets_manager.runs import REPETITION_DELAYS_SECONDS
from tests.integration.local.rotating import STEPS, Rotating
from tests.integration.local.stacks import (
    SECRETS_MANAGER,
    Emulator,
    eventually,
    function,
    permission,
)


def refusal(rotating: Rotating, **more: Any) -> str:
    with pytest.raises(ClientError) as caught:
        rotating.rotate(**more)
    assert rotating.labels() == {rotating.first: ["AWSCURRENT"]}
    return str(caught.value.response["Error"]["Code"])


def test_rotation_runs_the_four_steps_and_keeps_the_old_value(rotating: Rotating) -> None:
    before = datetime.now(UTC).replace(microsecond=0)

    token = rotating.rotate(
        ClientRequestToken="a" * 32, RotationRules={"AutomaticallyAfterDays": 30}
    )

    assert token == "a" * 32
    assert rotating.is_rotated()
    seen = rotating.invocations(token)
    assert [each["Step"] for each in seen] == STEPS
    assert {each["SecretId"] for each in seen} == {rotating.arn}
    made = f"made by {token}"
    assert [each["value"] for each in seen] == [None, made, made, made]
    # The version exists, without a value, before the function is asked to create it.
    assert seen[0]["labels"] == {rotating.first: ["AWSCURRENT"], token: ["AWSPENDING"]}
    assert rotating.labels() == {
        rotating.first: ["AWSPREVIOUS"],
        token: ["AWSCURRENT", "AWSPENDING"],
    }
    assert rotating.value() == made
    described = rotating.described()
    assert described["RotationEnabled"] is True
    assert described["RotationLambdaARN"] == rotating.function_arn
    assert described["RotationRules"] == {"AutomaticallyAfterDays": 30}
    assert described["LastRotatedDate"] >= before
    days = (described["NextRotationDate"].date() - described["LastRotatedDate"].date()).days
    # The window of a schedule in days ends at the midnight after its day.
    assert days == 31


def test_failed_step_ends_each_attempt_and_the_next_call_tries_again(rotating: Rotating) -> None:
    rotating.break_step("testSecret")
    token = rotating.rotate()
    attempt = ["createSecret", "setSecret", "testSecret"]
    attempts = 1 + len(REPETITION_DELAYS_SECONDS)

    assert eventually(lambda: rotating.steps(token) == attempt * attempts)
    assert rotating.labels() == {rotating.first: ["AWSCURRENT"], token: ["AWSPENDING"]}
    assert rotating.value() == "first"
    assert "LastRotatedDate" not in rotating.described()

    rotating.break_step("no step")
    with pytest.raises(rotating.secrets.exceptions.InvalidRequestException) as caught:
        rotating.rotate()

    assert caught.value.response["Error"]["Message"] == (
        "A previous rotation isn't complete. That rotation will be reattempted."
    )
    assert rotating.is_rotated()
    assert rotating.steps(token) == attempt * attempts + STEPS
    assert rotating.value() == f"made by {token}"
    assert set(rotating.labels()) == {rotating.first, token}


def test_cancelled_rotation_is_not_tried_again(rotating: Rotating) -> None:
    rotating.break_step("setSecret")
    token = rotating.rotate(RotationRules={"ScheduleExpression": "rate(10 days)"})
    assert eventually(lambda: rotating.steps(token) == ["createSecret", "setSecret"])

    answer = rotating.secrets.cancel_rotate_secret(SecretId=rotating.arn)

    assert answer["VersionId"] == token
    described = rotating.described()
    assert described["RotationEnabled"] is False
    assert "NextRotationDate" not in described
    # Long enough for the repetition that must not come.
    assert not eventually(
        lambda: len(rotating.steps(token)) > 2, seconds=REPETITION_DELAYS_SECONDS[0] + 1
    )


def test_rotation_put_off_runs_the_test_step_on_a_copy_alone(rotating: Rotating) -> None:
    token = rotating.rotate(
        RotateImmediately=False, RotationRules={"ScheduleExpression": "cron(0 8 1 * ? *)"}
    )

    assert eventually(lambda: rotating.steps(token) == ["testSecret"])
    assert rotating.invocations(token)[0]["value"] == "first"
    assert eventually(lambda: rotating.labels() == {rotating.first: ["AWSCURRENT"]})
    described = rotating.described()
    assert "LastRotatedDate" not in described
    assert (described["NextRotationDate"].day, described["NextRotationDate"].hour) == (2, 0)
    assert rotating.value() == "first"


@pytest.mark.parametrize(
    "rules",
    [
        {"AutomaticallyAfterDays": 1001},
        {"AutomaticallyAfterDays": 30, "ScheduleExpression": "rate(30 days)"},
        {"ScheduleExpression": "rate(3 hours)"},
        {"ScheduleExpression": "rate(30 days)", "Duration": "25h"},
    ],
)
def test_rules_that_aws_refuses_change_nothing(rotating: Rotating, rules: dict[str, Any]) -> None:
    assert refusal(rotating, RotationRules=rules) == "InvalidParameterException"
    assert "RotationEnabled" not in rotating.described()


def test_function_must_exist(rotating: Rotating) -> None:
    missing = rotating.function_arn + "-missing"

    assert refusal(rotating, RotationLambdaARN=missing) == "ResourceNotFoundException"
    assert refusal(rotating, RotationLambdaARN="no-arn") == "ResourceNotFoundException"


def test_function_must_let_secrets_manager_invoke_it(
    rotating: Rotating, emulator: Emulator
) -> None:
    grants = {
        "NoGrant": None,
        "OtherService": permission("OtherService", invoker="events.amazonaws.com"),
        "OtherAccount": permission(
            "OtherAccount", invoker=SECRETS_MANAGER, SourceAccount="111111111111"
        ),
        "OtherSecret": permission(
            "OtherSecret", invoker=SECRETS_MANAGER, SourceArn=f"{rotating.arn}x"
        ),
        "OtherAction": permission(
            "OtherAction", invoker=SECRETS_MANAGER, Action="lambda:GetFunction"
        ),
        "Granted": permission("Granted", invoker=SECRETS_MANAGER, SourceArn=rotating.arn),
    }
    resources = {name: function("def handle(event, _): print(event)") for name in grants}
    permissions = {f"{name}Permission": grant for name, grant in grants.items() if grant}
    outputs = {name: {"Fn::GetAtt": [name, "Arn"]} for name in grants}
    stack = emulator.create_stack(resources | permissions, outputs=outputs)
    arns = emulator.outputs(stack)

    for name in sorted(set(grants) - {"Granted"}):
        assert refusal(rotating, RotationLambdaARN=arns[name]) == "AccessDeniedException", name

    rotating.rotate(RotationLambdaARN=arns["Granted"])

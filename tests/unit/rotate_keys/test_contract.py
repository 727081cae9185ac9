"""What the function takes for an invocation, and when it believes Secrets Manager."""

from __future__ import annotations

import pytest

from rotate_keys.contract import InvalidEventError, RetireEvent, Step, StepEvent, read_event
from tests.support.rotating import FUNCTION, STEPS

ARNS = ("arn:secret:forma-mail", "arn:secret:formaloo")
EVENT = {"Step": "createSecret", "SecretId": ARNS[0], "ClientRequestToken": "token-1"}


@pytest.mark.parametrize("step", STEPS)
def test_each_step_of_secrets_manager_is_understood(step):
    assert read_event(EVENT | {"Step": step, "RotationToken": "more"}, secret_arns=ARNS) == (
        StepEvent(step=Step(step), secret_arn=ARNS[0], token="token-1")
    )


@pytest.mark.parametrize(
    ("event", "problem"),
    [
        ([], "the event is not a JSON object"),
        (None, "the event is not a JSON object"),
        ({}, "Step must be one of createSecret, setSecret, testSecret, finishSecret"),
        (EVENT | {"Step": "dropSecret"}, "Step must be one of"),
        (EVENT | {"Step": ["createSecret"]}, "Step must be one of"),
        (EVENT | {"SecretId": "arn:secret:another"}, "SecretId is none of the secrets"),
        (EVENT | {"SecretId": 7}, "SecretId is none of the secrets"),
        (EVENT | {"SecretId": [ARNS[0]]}, "SecretId is none of the secrets"),
        (EVENT | {"ClientRequestToken": ""}, "ClientRequestToken is missing"),
        (EVENT | {"ClientRequestToken": 7}, "ClientRequestToken is missing"),
        ({"action": "retired"}, "the event must hold action: retire"),
        ({"action": "retire", "secretArn": "arn:secret:another"}, "secretArn is none"),
        ({"action": "retire", "secretArn": None}, "secretArn is none"),
        ({"action": "retire", "overlapSeconds": -1}, "overlapSeconds must be a number from 0"),
        ({"action": "retire", "overlapSeconds": "0"}, "overlapSeconds must be a number from 0"),
        ({"action": "retire", "overlapSeconds": True}, "overlapSeconds must be a number from 0"),
        ({"action": "retire", "overlapSeconds": float("nan")}, "overlapSeconds must be a number"),
    ],
)
def test_an_event_that_is_none_names_what_is_wrong(event, problem):
    with pytest.raises(InvalidEventError) as caught:
        read_event(event, secret_arns=ARNS)
    assert problem in str(caught.value)
    assert "another" not in str(caught.value)


@pytest.mark.parametrize(
    ("event", "expected"),
    [
        ({"action": "retire"}, RetireEvent()),
        (
            {"action": "retire", "secretArn": ARNS[1], "overlapSeconds": 0},
            RetireEvent(secret_arn=ARNS[1], overlap_seconds=0.0),
        ),
    ],
)
def test_the_round_of_retiring_is_understood(event, expected):
    assert read_event(event, secret_arns=ARNS) == expected


def untouched(world):
    assert world.issuer.calls == []
    assert world.journal.stages == []
    assert world.value()["key_id"] == "key-1"


@pytest.mark.parametrize("step", STEPS)
def test_a_secret_that_is_not_rotated_is_left_alone(world, step):
    token = world.token()
    world.secrets.client.cancel_rotate_secret(SecretId=world.arn)
    with pytest.raises(InvalidEventError, match="rotation is not enabled for this secret"):
        world.step(step, token)
    untouched(world)


@pytest.mark.parametrize("step", STEPS)
def test_a_token_that_nobody_announced_is_refused(world, step):
    world.token()
    with pytest.raises(InvalidEventError, match="ClientRequestToken is no version"):
        world.step(step, "99999999-0000-4000-8000-000000000000")
    untouched(world)


@pytest.mark.parametrize("step", STEPS)
def test_a_version_that_is_previous_is_not_rotated_again(world, step):
    first = world.token()
    world.rotate(first)
    calls = list(world.issuer.calls)
    version = next(
        version
        for version, labels in world.secrets.client.describe_secret(SecretId=world.arn)[
            "VersionIdsToStages"
        ].items()
        if labels == ["AWSPREVIOUS"]
    )
    with pytest.raises(InvalidEventError, match="is not AWSPENDING"):
        world.step(step, version)
    assert world.issuer.calls == calls


@pytest.mark.parametrize("step", STEPS)
def test_a_step_of_a_rotation_that_is_over_is_done_already(world, step):
    token = world.token()
    world.rotate(token)
    calls = list(world.issuer.calls)
    if step in ("createSecret", "finishSecret"):
        world.clock.advance(4000)
        world.retire()
        calls = list(world.issuer.calls)
        world.step(step, token)
    else:
        world.step(step, token)
    assert world.issuer.calls == calls
    assert world.issuer.live()[-1] == "key-2"


@pytest.mark.parametrize(
    ("step", "problem"),
    [
        ("setSecret", "createSecret has not finished"),
        ("finishSecret", "createSecret has not finished"),
    ],
)
def test_a_step_before_its_turn_is_refused(world, step, problem):
    token = world.token()
    with pytest.raises(Exception, match=problem):
        world.step(step, token)
    untouched(world)


def test_nothing_is_promoted_that_was_not_tested(world):
    token = world.token()
    world.step("createSecret", token)
    with pytest.raises(Exception, match="testSecret has not passed"):
        world.step("finishSecret", token)
    assert world.value()["key_id"] == "key-1"


def test_switching_rotation_on_tests_the_present_key_and_writes_nothing(world):
    steps = []
    world.secrets._invoke = lambda event: (
        steps.append(event["Step"]) or world.step(event["Step"], event["ClientRequestToken"])
    )
    world.secrets.client.rotate_secret(
        SecretId=world.arn,
        ClientRequestToken="00000001-0000-4000-8000-000000000000",
        RotationLambdaARN=FUNCTION,
        RotateImmediately=False,
    )
    assert steps == ["testSecret"]
    assert world.issuer.calls == ["test"]
    assert world.journal.stages == []


def test_switching_rotation_on_before_there_is_a_key_has_nothing_to_test(world):
    world.arn = world.secrets.create("empty")
    world.new_process()
    report = world.step("testSecret", "00000001-0000-4000-8000-000000000000")
    assert (report.provider, report.problem) == ("forma-mail", "")
    assert world.issuer.calls == []
    with pytest.raises(InvalidEventError, match="rotation is not enabled"):
        world.step("createSecret", "00000001-0000-4000-8000-000000000000")

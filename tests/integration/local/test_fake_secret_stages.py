"""What the fake has beyond Secrets Manager: steps at once, and operations that fail on request."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from botocore.exceptions import ClientError, ParamValidationError, ReadTimeoutError

from tests.support.clock import ManualClock
from tests.support.fake_secret_stages import STEPS, FakeSecretStages

TOKEN = "t" * 32
ROTATION = {"RotationLambdaARN": "arn:aws:lambda:us-east-1:123456789012:function:rotation"}


class Function:
    """Rotates like the functions that AWS describes; `broken` is the step that fails."""

    def __init__(self) -> None:
        self.broken = ""
        self.steps: list[str] = []
        self.pending: list[str | None] = []
        self.stages = FakeSecretStages(clock=ManualClock(wall=1_000.0), invoke=self)
        self.arn = self.stages.create("key", "first")

    def __call__(self, event: dict[str, str]) -> None:
        step, arn, token = event["Step"], event["SecretId"], event["ClientRequestToken"]
        assert arn == self.arn
        self.steps.append(step)
        self.pending.append(self._pending(token))
        if step == self.broken:
            raise RuntimeError(step)
        client = self.stages.client
        if step == "createSecret" and self.pending[-1] is None:
            client.put_secret_value(
                SecretId=arn,
                ClientRequestToken=token,
                SecretString="second",
                VersionStages=["AWSPENDING"],
            )
        if step == "finishSecret":
            current = client.get_secret_value(SecretId=arn)["VersionId"]
            client.update_secret_version_stage(
                SecretId=arn,
                VersionStage="AWSCURRENT",
                MoveToVersionId=token,
                RemoveFromVersionId=current,
            )

    def _pending(self, token: str) -> str | None:
        client = self.stages.client
        try:
            answer = client.get_secret_value(
                SecretId=self.arn, VersionId=token, VersionStage="AWSPENDING"
            )
        except client.exceptions.ResourceNotFoundException:
            return None
        value: str = answer["SecretString"]
        return value

    def rotate(self, **more: Any) -> None:
        self.stages.client.rotate_secret(
            **({"SecretId": self.arn, "ClientRequestToken": TOKEN} | ROTATION | more)
        )

    def described(self) -> dict[str, Any]:
        described: dict[str, Any] = self.stages.client.describe_secret(SecretId=self.arn)
        return described

    def value(self) -> str:
        value: str = self.stages.client.get_secret_value(SecretId=self.arn)["SecretString"]
        return value


@pytest.fixture
def function() -> Function:
    return Function()


def test_rotation_runs_every_step_at_once(function: Function) -> None:
    function.rotate()

    assert function.steps == list(STEPS)
    assert function.pending == [None, "second", "second", "second"]
    assert function.value() == "second"
    assert function.described()["LastRotatedDate"] == datetime.fromtimestamp(1_000, UTC)


def test_failed_step_ends_the_attempt_and_another_one_resumes(function: Function) -> None:
    function.broken = "testSecret"
    function.rotate()
    assert function.steps == ["createSecret", "setSecret", "testSecret"]
    assert (function.value(), "LastRotatedDate" in function.described()) == ("first", False)

    function.broken = ""
    function.stages.reattempt(function.arn)

    assert function.steps[3:] == list(STEPS)
    assert function.value() == "second"
    assert TOKEN in function.described()["VersionIdsToStages"]


def test_refused_second_rotation_resumes_the_first(function: Function) -> None:
    function.broken = "setSecret"
    function.rotate()
    function.broken = ""

    with pytest.raises(function.stages.client.exceptions.InvalidRequestException):
        function.rotate(ClientRequestToken="u" * 32)

    assert function.value() == "second"
    assert set(function.described()["VersionIdsToStages"][TOKEN]) == {"AWSCURRENT", "AWSPENDING"}


def test_pending_value_put_by_hand_is_no_rotation_to_resume(function: Function) -> None:
    function.stages.client.put_secret_value(
        SecretId=function.arn, SecretString="by hand", VersionStages=["AWSPENDING"]
    )

    with pytest.raises(function.stages.client.exceptions.InvalidRequestException):
        function.rotate()

    assert function.steps == []


def test_cancelled_rotation_is_not_resumed(function: Function) -> None:
    function.broken = "setSecret"
    function.rotate()
    function.stages.client.cancel_rotate_secret(SecretId=function.arn)
    function.broken = ""

    function.stages.reattempt(function.arn)

    assert function.steps == ["createSecret", "setSecret"]


def test_rotation_put_off_tests_a_copy_and_leaves_nothing(function: Function) -> None:
    function.rotate(RotateImmediately=False)

    assert (function.steps, function.pending) == (["testSecret"], ["first"])
    assert list(function.described()["VersionIdsToStages"].values()) == [["AWSCURRENT"]]
    assert "LastRotatedDate" not in function.described()


def test_failing_operation_has_no_effect(function: Function) -> None:
    function.stages.failing = {"PutSecretValue"}

    with pytest.raises(ClientError) as caught:
        function.stages.client.put_secret_value(SecretId=function.arn, SecretString="lost")

    assert caught.value.response["Error"]["Code"] == "InternalServiceError"
    assert function.value() == "first"


def test_losing_operation_takes_effect(function: Function) -> None:
    function.stages.losing = {"PutSecretValue"}

    with pytest.raises(ReadTimeoutError):
        function.stages.client.put_secret_value(SecretId=function.arn, SecretString="kept")

    assert function.value() == "kept"
    assert function.stages.calls == ["CreateSecret", "PutSecretValue", "GetSecretValue"]


def test_parameters_are_checked_by_the_sdk(function: Function) -> None:
    with pytest.raises(ParamValidationError):
        function.rotate(ClientRequestToken="too short")


def test_secret_of_one_fake_is_none_of_another(function: Function) -> None:
    other = FakeSecretStages()

    with pytest.raises(other.client.exceptions.ResourceNotFoundException):
        other.client.describe_secret(SecretId=function.arn)

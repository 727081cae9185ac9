"""Versions and labels of a secret: the unit tests' fake does what the local AWS does."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import count
from typing import Any
from uuid import uuid4

import pytest
from botocore.exceptions import ClientError

from tests.integration.local.stacks import Emulator, eventually
from tests.support.fake_secret_stages import FakeSecretStages

_NAMES = (f"stages-{number}" for number in count(1))
FIRST, SECOND, THIRD = (f"{digit}" * 32 for digit in "123")


@dataclass
class Subject:
    """One Secrets Manager with one secret that has the value `first` as version FIRST."""

    client: Any
    arn: str
    # Of a function that does nothing at any step.
    function_arn: str

    def put(self, token: str, value: str, *labels: str) -> dict[str, Any]:
        stages = {"VersionStages": list(labels)} if labels else {}
        answer: dict[str, Any] = self.client.put_secret_value(
            SecretId=self.arn, ClientRequestToken=token, SecretString=value, **stages
        )
        return answer

    def get(self, **selected: str) -> str:
        value: str = self.client.get_secret_value(SecretId=self.arn, **selected)["SecretString"]
        return value

    def move(self, label: str, **versions: str) -> None:
        self.client.update_secret_version_stage(SecretId=self.arn, VersionStage=label, **versions)

    def rotate(self, token: str, **more: Any) -> dict[str, Any]:
        answer: dict[str, Any] = self.client.rotate_secret(
            SecretId=self.arn, ClientRequestToken=token, **more
        )
        return answer

    def labels(self) -> dict[str, list[str]]:
        described = self.client.describe_secret(SecretId=self.arn)
        stages: dict[str, list[str]] = described["VersionIdsToStages"]
        return stages


@pytest.fixture(scope="module")
def idle_function_arn(emulator: Emulator) -> str:
    return emulator.rotation_function("def handle(event, _):\n    print(event['Step'])")


@pytest.fixture(params=["fake", "emulator"])
def subject(request: pytest.FixtureRequest) -> Subject:
    if request.param == "fake":
        client = FakeSecretStages().client
        function_arn = "arn:aws:lambda:us-east-1:123456789012:function:rotation"
    else:
        client = request.getfixturevalue("emulator").client("secretsmanager")
        function_arn = request.getfixturevalue("idle_function_arn")
    created = client.create_secret(
        Name=next(_NAMES), ClientRequestToken=FIRST, SecretString="first"
    )
    return Subject(client, created["ARN"], function_arn)


def refusal(call: Any, *arguments: Any, **named: Any) -> str:
    """The code of the refusal."""
    with pytest.raises(ClientError) as caught:
        call(*arguments, **named)
    return str(caught.value.response["Error"]["Code"])


def test_new_value_becomes_current_and_the_old_one_previous(subject: Subject) -> None:
    answer = subject.put(SECOND, "second")

    assert (answer["VersionId"], answer["VersionStages"]) == (SECOND, ["AWSCURRENT"])
    assert subject.labels() == {FIRST: ["AWSPREVIOUS"], SECOND: ["AWSCURRENT"]}
    assert subject.get() == "second"
    assert subject.get(VersionStage="AWSPREVIOUS") == "first"


def test_pending_value_leaves_the_current_one(subject: Subject) -> None:
    answer = subject.put(SECOND, "second", "AWSPENDING")

    assert answer["VersionStages"] == ["AWSPENDING"]
    assert subject.labels() == {FIRST: ["AWSCURRENT"], SECOND: ["AWSPENDING"]}
    assert subject.get() == "first"
    assert subject.get(VersionId=SECOND, VersionStage="AWSPENDING") == "second"


def test_same_token_and_value_is_no_second_version(subject: Subject) -> None:
    subject.put(SECOND, "second", "AWSPENDING")

    answer = subject.put(SECOND, "second", "AWSPENDING")

    assert (answer["VersionId"], answer["VersionStages"]) == (SECOND, ["AWSPENDING"])
    assert subject.labels() == {FIRST: ["AWSCURRENT"], SECOND: ["AWSPENDING"]}


def test_repeated_token_moves_no_label(subject: Subject) -> None:
    subject.put(SECOND, "second", "AWSPENDING")

    answer = subject.put(SECOND, "second")

    assert answer["VersionStages"] == ["AWSPENDING"]
    assert subject.get() == "first"


def test_same_token_with_another_value_is_refused(subject: Subject) -> None:
    subject.put(SECOND, "second", "AWSPENDING")

    assert refusal(subject.put, SECOND, "other", "AWSPENDING") == "ResourceExistsException"
    assert refusal(subject.put, FIRST, "other") == "ResourceExistsException"
    assert subject.get(VersionId=SECOND) == "second"
    assert subject.get() == "first"


def test_same_text_as_bytes_is_another_value(subject: Subject) -> None:
    with pytest.raises(subject.client.exceptions.ResourceExistsException):
        subject.client.put_secret_value(
            SecretId=subject.arn, ClientRequestToken=FIRST, SecretBinary=b"first"
        )


def test_bytes_come_back_as_they_were(subject: Subject) -> None:
    content = bytes(range(256))

    subject.client.put_secret_value(SecretId=subject.arn, SecretBinary=content)

    answer = subject.client.get_secret_value(SecretId=subject.arn)
    assert answer["SecretBinary"] == content
    assert "SecretString" not in answer


def test_pending_label_moves_to_the_newest_pending_version(subject: Subject) -> None:
    subject.put(SECOND, "second", "AWSPENDING")

    subject.put(THIRD, "third", "AWSPENDING")

    assert subject.labels() == {FIRST: ["AWSCURRENT"], THIRD: ["AWSPENDING"]}
    assert subject.get(VersionStage="AWSPENDING") == "third"


def test_any_label_is_on_one_version_only(subject: Subject) -> None:
    subject.put(SECOND, "second", "one", "two", "three")

    answer = subject.put(THIRD, "third", "two", "four", "one")

    assert answer["VersionStages"] == ["four", "one", "two"]
    assert subject.labels() == {
        FIRST: ["AWSCURRENT"],
        SECOND: ["three"],
        THIRD: ["four", "one", "two"],
    }


def test_new_current_value_abandons_a_pending_version(subject: Subject) -> None:
    subject.put(SECOND, "second", "AWSPENDING")

    subject.put(THIRD, "third")

    assert subject.labels() == {FIRST: ["AWSPREVIOUS"], THIRD: ["AWSCURRENT"]}


def test_promotion_moves_current_and_previous_and_keeps_pending(subject: Subject) -> None:
    subject.put(SECOND, "second", "AWSPENDING")

    subject.move("AWSCURRENT", MoveToVersionId=SECOND, RemoveFromVersionId=FIRST)

    assert subject.labels() == {FIRST: ["AWSPREVIOUS"], SECOND: ["AWSCURRENT", "AWSPENDING"]}
    assert subject.get() == "second"


def test_promotion_can_be_repeated(subject: Subject) -> None:
    subject.put(SECOND, "second", "AWSPENDING")
    subject.move("AWSCURRENT", MoveToVersionId=SECOND, RemoveFromVersionId=FIRST)

    subject.move("AWSCURRENT", MoveToVersionId=SECOND)

    assert subject.labels() == {FIRST: ["AWSPREVIOUS"], SECOND: ["AWSCURRENT", "AWSPENDING"]}


def test_rolling_back_swaps_current_and_previous(subject: Subject) -> None:
    subject.put(SECOND, "second")

    subject.move("AWSCURRENT", MoveToVersionId=FIRST, RemoveFromVersionId=SECOND)

    assert subject.labels() == {FIRST: ["AWSCURRENT"], SECOND: ["AWSPREVIOUS"]}


def test_label_moves_only_from_the_version_that_has_it(subject: Subject) -> None:
    subject.put(SECOND, "second")
    subject.put(THIRD, "third", "AWSPENDING")
    before = subject.labels()
    code = "InvalidParameterException"

    assert refusal(subject.move, "AWSCURRENT", MoveToVersionId=THIRD) == code
    origin = {"RemoveFromVersionId": FIRST}
    assert refusal(subject.move, "AWSCURRENT", MoveToVersionId=THIRD, **origin) == code
    assert refusal(subject.move, "AWSPENDING", **origin) == code
    assert refusal(subject.move, "AWSPENDING") == code
    assert subject.labels() == before


def test_current_label_is_never_removed(subject: Subject) -> None:
    code = refusal(subject.move, "AWSCURRENT", RemoveFromVersionId=FIRST)

    assert code == "InvalidParameterException"
    assert subject.labels() == {FIRST: ["AWSCURRENT"]}


def test_unknown_versions_and_secrets_are_not_found(subject: Subject) -> None:
    unknown = uuid4().hex
    code = "ResourceNotFoundException"

    assert refusal(subject.get, VersionId=unknown) == code
    assert refusal(subject.get, VersionStage="AWSPENDING") == code
    assert refusal(subject.move, "AWSPENDING", MoveToVersionId=unknown) == code
    assert refusal(subject.move, "AWSPENDING", RemoveFromVersionId=unknown) == code
    subject.arn = "no-such-secret"
    assert refusal(subject.get) == code
    assert refusal(subject.put, SECOND, "second") == code
    assert refusal(subject.rotate, SECOND) == code
    assert refusal(subject.labels) == code


def test_version_without_the_stage_asked_for_is_refused(subject: Subject) -> None:
    subject.put(SECOND, "second", "AWSPENDING")

    code = refusal(subject.get, VersionId=SECOND, VersionStage="AWSCURRENT")

    assert code == "InvalidRequestException"


def test_version_without_labels_is_kept_and_no_more_listed(subject: Subject) -> None:
    subject.put(SECOND, "second", "AWSPENDING")

    subject.move("AWSPENDING", RemoveFromVersionId=SECOND)

    assert subject.labels() == {FIRST: ["AWSCURRENT"]}
    listed = subject.client.list_secret_version_ids(SecretId=subject.arn)["Versions"]
    assert [each["VersionId"] for each in listed] == [FIRST]
    every = subject.client.list_secret_version_ids(SecretId=subject.arn, IncludeDeprecated=True)
    assert {each["VersionId"]: each.get("VersionStages") for each in every["Versions"]} == {
        FIRST: ["AWSCURRENT"],
        SECOND: None,
    }
    assert subject.get(VersionId=SECOND) == "second"
    assert refusal(subject.put, SECOND, "other") == "ResourceExistsException"


def test_oldest_version_of_three_is_without_a_label(subject: Subject) -> None:
    subject.put(SECOND, "second")

    subject.put(THIRD, "third")

    assert subject.labels() == {SECOND: ["AWSPREVIOUS"], THIRD: ["AWSCURRENT"]}
    assert subject.get(VersionId=FIRST) == "first"


def test_secret_without_a_value_has_none_to_get(subject: Subject) -> None:
    subject.arn = subject.client.create_secret(Name=next(_NAMES))["ARN"]
    assert refusal(subject.get) == "ResourceNotFoundException"
    assert "VersionIdsToStages" not in subject.client.describe_secret(SecretId=subject.arn)

    answer = subject.put(SECOND, "second", "AWSPENDING")

    # A secret's first value is its current one, whatever else it is.
    assert answer["VersionStages"] == ["AWSCURRENT", "AWSPENDING"]
    assert subject.get() == "second"


def test_value_has_a_size_limit_in_bytes(subject: Subject) -> None:
    subject.put(SECOND, "é" * 32_768)

    assert refusal(subject.put, THIRD, "é" * 32_768 + "x") == "ValidationException"
    assert subject.labels() == {FIRST: ["AWSPREVIOUS"], SECOND: ["AWSCURRENT"]}


def test_text_and_bytes_together_are_refused(subject: Subject) -> None:
    def put(**value: Any) -> None:
        subject.client.put_secret_value(SecretId=subject.arn, **value)

    assert refusal(put, SecretString="x", SecretBinary=b"x") == "InvalidRequestException"
    assert refusal(put) == "InvalidRequestException"


def test_labels_of_a_secret_have_a_limit(subject: Subject) -> None:
    subject.put(SECOND, "second", *(f"label-{number}" for number in range(19)))

    assert refusal(subject.put, THIRD, "third", "one-more") == "LimitExceededException"
    code = refusal(subject.move, "one-more", MoveToVersionId=FIRST)
    assert code == "LimitExceededException"
    subject.put(THIRD, "third", "label-1")


def test_secret_without_a_function_is_not_rotated(subject: Subject) -> None:
    assert refusal(subject.rotate, SECOND) == "InvalidRequestException"
    assert subject.labels() == {FIRST: ["AWSCURRENT"]}


def test_rotation_announces_a_version_without_a_value(subject: Subject) -> None:
    answer = subject.rotate(SECOND, RotationLambdaARN=subject.function_arn)

    assert answer["VersionId"] == SECOND
    assert subject.labels() == {FIRST: ["AWSCURRENT"], SECOND: ["AWSPENDING"]}
    code = "ResourceNotFoundException"
    assert refusal(subject.get, VersionId=SECOND, VersionStage="AWSPENDING") == code
    assert refusal(subject.get, VersionStage="AWSPENDING") == code
    origin = {"RemoveFromVersionId": FIRST}
    assert refusal(subject.move, "AWSCURRENT", MoveToVersionId=SECOND, **origin) == code
    assert subject.get() == "first"
    described = subject.client.describe_secret(SecretId=subject.arn)
    assert described["RotationEnabled"] is True
    assert described["RotationLambdaARN"] == subject.function_arn
    assert "LastRotatedDate" not in described


def test_announced_version_is_filled_once(subject: Subject) -> None:
    subject.rotate(SECOND, RotationLambdaARN=subject.function_arn)

    subject.put(SECOND, "second", "AWSPENDING")

    assert subject.get(VersionId=SECOND, VersionStage="AWSPENDING") == "second"
    assert refusal(subject.put, SECOND, "other", "AWSPENDING") == "ResourceExistsException"


def test_second_rotation_is_refused_while_one_is_pending(subject: Subject) -> None:
    subject.rotate(SECOND, RotationLambdaARN=subject.function_arn)

    with pytest.raises(subject.client.exceptions.InvalidRequestException) as caught:
        subject.rotate(THIRD)

    assert caught.value.response["Error"]["Message"] == (
        "A previous rotation isn't complete. That rotation will be reattempted."
    )
    assert subject.labels() == {FIRST: ["AWSCURRENT"], SECOND: ["AWSPENDING"]}


def test_pending_value_put_by_hand_is_in_a_rotations_way_too(subject: Subject) -> None:
    subject.put(SECOND, "second", "AWSPENDING")

    code = refusal(subject.rotate, THIRD, RotationLambdaARN=subject.function_arn)

    assert code == "InvalidRequestException"
    assert subject.labels() == {FIRST: ["AWSCURRENT"], SECOND: ["AWSPENDING"]}
    assert "RotationEnabled" not in subject.client.describe_secret(SecretId=subject.arn)


def test_same_rotation_twice_is_one(subject: Subject) -> None:
    subject.rotate(SECOND, RotationLambdaARN=subject.function_arn)

    assert subject.rotate(SECOND)["VersionId"] == SECOND
    assert subject.labels() == {FIRST: ["AWSCURRENT"], SECOND: ["AWSPENDING"]}


def test_rotation_can_start_again_without_the_pending_label(subject: Subject) -> None:
    subject.rotate(SECOND, RotationLambdaARN=subject.function_arn)
    subject.move("AWSPENDING", RemoveFromVersionId=SECOND)

    subject.rotate(THIRD)

    assert subject.labels() == {FIRST: ["AWSCURRENT"], THIRD: ["AWSPENDING"]}


def test_rotation_can_start_again_when_pending_is_current(subject: Subject) -> None:
    subject.rotate(SECOND, RotationLambdaARN=subject.function_arn)
    subject.put(SECOND, "second", "AWSPENDING")
    subject.move("AWSCURRENT", MoveToVersionId=SECOND, RemoveFromVersionId=FIRST)

    subject.rotate(THIRD)

    assert subject.labels() == {
        FIRST: ["AWSPREVIOUS"],
        SECOND: ["AWSCURRENT"],
        THIRD: ["AWSPENDING"],
    }


def test_rotation_put_off_leaves_no_pending_version(subject: Subject) -> None:
    subject.rotate(SECOND, RotationLambdaARN=subject.function_arn, RotateImmediately=False)

    described = subject.client.describe_secret(SecretId=subject.arn)
    assert described["RotationEnabled"] is True
    assert eventually(lambda: subject.labels() == {FIRST: ["AWSCURRENT"]})
    assert refusal(subject.get, VersionId=SECOND) == "ResourceNotFoundException"


def test_cancelled_rotation_keeps_its_labels(subject: Subject) -> None:
    subject.rotate(SECOND, RotationLambdaARN=subject.function_arn)

    answer = subject.client.cancel_rotate_secret(SecretId=subject.arn)

    assert answer["VersionId"] == SECOND
    described = subject.client.describe_secret(SecretId=subject.arn)
    assert described["RotationEnabled"] is False
    assert described["RotationLambdaARN"] == subject.function_arn
    assert subject.labels() == {FIRST: ["AWSCURRENT"], SECOND: ["AWSPENDING"]}
    assert refusal(subject.rotate, THIRD) == "InvalidRequestException"


def test_rotation_that_is_not_enabled_is_not_cancelled(subject: Subject) -> None:
    code = refusal(subject.client.cancel_rotate_secret, SecretId=subject.arn)

    assert code == "InvalidRequestException"

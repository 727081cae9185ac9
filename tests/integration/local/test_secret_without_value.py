"""A secret that its template gives no value, as the ones of this project."""

from __future__ import annotations

from typing import Any

import pytest

from tests.integration.local.stacks import Emulator

OUTPUTS = {"Secret": {"Ref": "Secret"}}


def _created(emulator: Emulator, **properties: Any) -> str:
    secret = {"Type": "AWS::SecretsManager::Secret", "Properties": properties}
    return emulator.outputs(emulator.create_stack({"Secret": secret}, outputs=OUTPUTS))["Secret"]


def test_secret_has_no_version_until_it_gets_a_value(emulator: Emulator) -> None:
    secrets = emulator.client("secretsmanager")
    arn = _created(emulator, Description="filled later")
    assert "VersionIdsToStages" not in secrets.describe_secret(SecretId=arn)
    with pytest.raises(secrets.exceptions.ResourceNotFoundException):
        secrets.get_secret_value(SecretId=arn)

    version = secrets.put_secret_value(SecretId=arn, SecretString="value")["VersionId"]

    stages = secrets.describe_secret(SecretId=arn)["VersionIdsToStages"]
    assert stages == {version: ["AWSCURRENT"]}


@pytest.mark.parametrize(
    "given", [{"SecretString": "value"}, {"GenerateSecretString": {"PasswordLength": 20}}]
)
def test_given_value_is_the_first_version(emulator: Emulator, given: dict[str, Any]) -> None:
    arn = _created(emulator, **given)

    value = emulator.client("secretsmanager").get_secret_value(SecretId=arn)["SecretString"]

    assert value == "value" or len(value) == 20


def test_refused_value_makes_no_secret(emulator: Emulator) -> None:
    secrets = emulator.client("secretsmanager")

    with pytest.raises(secrets.exceptions.ClientError) as caught:
        secrets.create_secret(Name="too-large", SecretString="x" * 65_537)

    assert caught.value.response["Error"]["Code"] == "ValidationException"
    with pytest.raises(secrets.exceptions.ResourceNotFoundException):
        secrets.describe_secret(SecretId="too-large")


def test_refused_update_changes_nothing(emulator: Emulator) -> None:
    secrets = emulator.client("secretsmanager")
    arn = secrets.create_secret(Name="updated", Description="before", SecretString="first")["ARN"]
    token = "u" * 32

    updated = secrets.update_secret(
        SecretId=arn, ClientRequestToken=token, Description="after", SecretString="second"
    )
    with pytest.raises(secrets.exceptions.ResourceExistsException):
        secrets.update_secret(
            SecretId=arn, ClientRequestToken=token, Description="never", SecretString="third"
        )

    assert updated["VersionId"] == token
    assert secrets.describe_secret(SecretId=arn)["Description"] == "after"
    assert secrets.get_secret_value(SecretId=arn)["SecretString"] == "second"

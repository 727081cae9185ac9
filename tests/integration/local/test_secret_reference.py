"""What `Ref` of a secret is, and that the stack still finds its secret by it."""

from __future__ import annotations

from typing import Any

import pytest

from tests.integration.local.stacks import UPDATED, Emulator

OUTPUTS = {"Ref": {"Ref": "Secret"}, "Id": {"Fn::GetAtt": ["Secret", "Id"]}}


def _secret(**properties: Any) -> dict[str, Any]:
    return {"Secret": {"Type": "AWS::SecretsManager::Secret", "Properties": properties}}


def _exists(emulator: Emulator, secret_id: str) -> bool:
    secrets = emulator.client("secretsmanager")
    listed = secrets.get_paginator("list_secrets").paginate().search("SecretList[].ARN")
    return secret_id in list(listed)


def test_reference_is_the_arn(emulator: Emulator) -> None:
    stack = emulator.create_stack(_secret(Name="by-arn"), outputs=OUTPUTS)

    outputs = emulator.outputs(stack)

    described = emulator.client("secretsmanager").describe_secret(SecretId="by-arn")
    assert outputs == {"Ref": described["ARN"], "Id": described["ARN"]}
    assert outputs["Ref"].startswith("arn:aws:secretsmanager:us-east-1:000000000000:secret:by-arn-")


def test_update_changes_the_secret_and_keeps_its_arn_and_value(emulator: Emulator) -> None:
    secrets = emulator.client("secretsmanager")
    stack = emulator.create_stack(_secret(Description="before"), outputs=OUTPUTS)
    arn = emulator.outputs(stack)["Ref"]
    secrets.put_secret_value(SecretId=arn, SecretString="kept")

    emulator.update_stack(stack, _secret(Description="after"), outputs=OUTPUTS)

    assert emulator.outputs(stack, after=UPDATED)["Ref"] == arn
    assert secrets.describe_secret(SecretId=arn)["Description"] == "after"
    assert secrets.get_secret_value(SecretId=arn)["SecretString"] == "kept"


def test_another_name_makes_another_secret_and_removes_the_first(emulator: Emulator) -> None:
    stack = emulator.create_stack(_secret(Name="first-name"), outputs=OUTPUTS)
    first = emulator.outputs(stack)["Ref"]

    emulator.update_stack(stack, _secret(Name="second-name"), outputs=OUTPUTS)

    second = emulator.outputs(stack, after=UPDATED)["Ref"]
    assert ":secret:second-name-" in second
    assert _exists(emulator, second)
    assert not _exists(emulator, first)


def test_deleted_stack_deletes_its_secret(emulator: Emulator) -> None:
    stack = emulator.create_stack(_secret(), outputs=OUTPUTS)
    arn = emulator.outputs(stack)["Ref"]
    assert _exists(emulator, arn)

    emulator.delete_stack(stack)

    assert not _exists(emulator, arn)
    secrets = emulator.client("secretsmanager")
    with pytest.raises(secrets.exceptions.ResourceNotFoundException):
        secrets.describe_secret(SecretId=arn)

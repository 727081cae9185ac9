"""`TimeToLiveSpecification` through CloudFormation."""

from __future__ import annotations

from typing import Any

from tests.integration.local.stacks import UPDATED, Emulator

OUTPUTS = {"Table": {"Ref": "Table"}}


def _table(**properties: Any) -> dict[str, Any]:
    required = {
        "BillingMode": "PAY_PER_REQUEST",
        "AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"}],
        "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}],
    }
    return {"Table": {"Type": "AWS::DynamoDB::Table", "Properties": required | properties}}


def _expiry(attribute: str, *, enabled: object = True) -> dict[str, Any]:
    return {"TimeToLiveSpecification": {"AttributeName": attribute, "Enabled": enabled}}


def _described(emulator: Emulator, table: str) -> dict[str, str]:
    answer = emulator.client("dynamodb").describe_time_to_live(TableName=table)
    description: dict[str, str] = answer["TimeToLiveDescription"]
    return description


def test_created_table_expires_its_items(emulator: Emulator) -> None:
    stack = emulator.create_stack(_table(**_expiry("expires_at", enabled="true")), outputs=OUTPUTS)

    table = emulator.outputs(stack)["Table"]

    expected = {"TimeToLiveStatus": "ENABLED", "AttributeName": "expires_at"}
    assert _described(emulator, table) == expected


def test_table_without_specification_keeps_its_items(emulator: Emulator) -> None:
    stack = emulator.create_stack(_table(), outputs=OUTPUTS)

    table = emulator.outputs(stack)["Table"]

    assert _described(emulator, table) == {"TimeToLiveStatus": "DISABLED"}


def test_updates_are_followed(emulator: Emulator) -> None:
    stack = emulator.create_stack(_table(), outputs=OUTPUTS)
    table = emulator.outputs(stack)["Table"]

    emulator.update_stack(stack, _table(**_expiry("ends")), outputs=OUTPUTS)
    emulator.outputs(stack, after=UPDATED)
    assert _described(emulator, table) == {"TimeToLiveStatus": "ENABLED", "AttributeName": "ends"}

    emulator.update_stack(stack, _table(), outputs=OUTPUTS)
    emulator.outputs(stack, after=UPDATED)
    assert _described(emulator, table) == {"TimeToLiveStatus": "DISABLED", "AttributeName": "ends"}


def test_replaced_table_expires_its_items_too(emulator: Emulator) -> None:
    stack = emulator.create_stack(_table(TableName="first", **_expiry("ends")), outputs=OUTPUTS)
    emulator.outputs(stack)

    emulator.update_stack(stack, _table(TableName="second", **_expiry("ends")), outputs=OUTPUTS)

    assert emulator.outputs(stack, after=UPDATED) == {"Table": "second"}
    assert _described(emulator, "second") == {
        "TimeToLiveStatus": "ENABLED",
        "AttributeName": "ends",
    }


def test_refused_specification_fails_the_stack(emulator: Emulator) -> None:
    stack = emulator.create_stack(_table(**_expiry("")))

    assert "TimeToLiveSpecification was refused" in emulator.failure(stack)

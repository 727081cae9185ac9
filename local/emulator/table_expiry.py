"""`TimeToLiveSpecification` of an AWS::DynamoDB::Table takes effect.

The emulator's CloudFormation drops it silently, and items then live for ever.
"""

from __future__ import annotations

from typing import Any

from local.emulator.internals import ModuleFunction, ResourceHandler
from local.emulator.property_types import as_boolean

_TYPE = "AWS::DynamoDB::Table"
_CREATE = ResourceHandler(
    resource_type=_TYPE, action="create", parameters=("logical_id", "props", "stack_name")
)
_UPDATE = ResourceHandler(
    resource_type=_TYPE,
    action="update",
    parameters=("physical_id", "old_props", "new_props", "stack_name", "logical_id"),
)
_UPDATE_EXPIRY = ModuleFunction(
    module="ministack.services.dynamodb", name="_update_ttl", parameters=("data",)
)
INTERNALS = (_CREATE, _UPDATE, _UPDATE_EXPIRY)

_PROPERTY = "TimeToLiveSpecification"
_FIRST_ERROR_STATUS = 400


def expiry_to_set(*, old: dict[str, Any], new: dict[str, Any]) -> dict[str, Any] | None:
    """The specification to apply when a table's properties change, None when there is none.

    An unchanged one is applied again: the update may have made the table anew.
    """
    before, after = old.get(_PROPERTY), new.get(_PROPERTY)
    if after is None:
        return {**before, "Enabled": False} if before else None
    return {**after, "Enabled": as_boolean(after.get("Enabled"), name=f"{_PROPERTY}.Enabled")}


def apply() -> None:
    create = _CREATE.read()
    update = _UPDATE.read()
    update_expiry = _UPDATE_EXPIRY.read()

    def set_expiry(table: str, *, old: dict[str, Any], new: dict[str, Any]) -> None:
        specification = expiry_to_set(old=old, new=new)
        if specification is None:
            return
        status, _, body = update_expiry({"TableName": table, _PROPERTY: specification})
        if status >= _FIRST_ERROR_STATUS:
            raise ValueError(f"{_TYPE} {_PROPERTY} was refused: {body!r}")

    def create_expiring(logical_id: str, props: dict[str, Any], stack_name: str) -> Any:
        table, attributes = create(logical_id, props, stack_name)
        set_expiry(table, old={}, new=props)
        return table, attributes

    def update_expiring(
        physical_id: str,
        old_props: dict[str, Any],
        new_props: dict[str, Any],
        stack_name: str,
        logical_id: str | None = None,
    ) -> Any:
        table, attributes = update(physical_id, old_props, new_props, stack_name, logical_id)
        set_expiry(table, old=old_props, new=new_props)
        return table, attributes

    _CREATE.write(create_expiring)
    _UPDATE.write(update_expiring)

"""`Ref` of an AWS::SecretsManager::Secret is its ARN, as on AWS.

The emulator returns the name, so that a policy whose Resource is the `Ref` grants nothing.
"""

from __future__ import annotations

from typing import Any

from local.emulator.internals import ModuleFunction, ResourceHandler

_TYPE = "AWS::SecretsManager::Secret"
_CREATE = ResourceHandler(
    resource_type=_TYPE, action="create", parameters=("logical_id", "props", "stack_name")
)
_UPDATE = ResourceHandler(
    resource_type=_TYPE,
    action="update",
    parameters=("physical_id", "old_props", "new_props", "stack_name", "logical_id"),
)
_DELETE = ResourceHandler(resource_type=_TYPE, action="delete", parameters=("physical_id", "props"))
_RESOLVE = ModuleFunction(
    module="ministack.services.secretsmanager",
    name="_resolve",
    parameters=("secret_id", "use_arn_scope"),
)
INTERNALS = (_CREATE, _UPDATE, _DELETE, _RESOLVE)


def apply() -> None:
    create = _CREATE.read()
    update = _UPDATE.read()
    delete = _DELETE.read()
    resolve = _RESOLVE.read()

    def name_of(physical_id: str) -> str:
        name, _ = resolve(physical_id)
        return name or physical_id

    def create_with_arn(logical_id: str, props: dict[str, Any], stack_name: str) -> Any:
        _, attributes = create(logical_id, props, stack_name)
        return attributes["Arn"], attributes

    def update_with_arn(
        physical_id: str,
        old_props: dict[str, Any],
        new_props: dict[str, Any],
        stack_name: str,
        logical_id: str | None = None,
    ) -> Any:
        _, attributes = update(name_of(physical_id), old_props, new_props, stack_name, logical_id)
        return attributes["Arn"], attributes

    def delete_by_arn(physical_id: str, props: dict[str, Any]) -> None:
        delete(name_of(physical_id), props)

    _CREATE.write(create_with_arn)
    _UPDATE.write(update_with_arn)
    _DELETE.write(delete_by_arn)

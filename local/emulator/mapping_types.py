"""An event source mapping gets numbers from parameters, not strings.

The emulator keeps the string of `MaximumConcurrency: !Ref Parameter`; comparing with it then stops
its poller for every queue, while the deployment still reports success.
"""

from __future__ import annotations

from typing import Any

from local.emulator.internals import ResourceHandler
from local.emulator.property_types import as_boolean, as_integer

_TYPE = "AWS::Lambda::EventSourceMapping"
_CREATE = ResourceHandler(
    resource_type=_TYPE, action="create", parameters=("logical_id", "props", "stack_name")
)
_UPDATE = ResourceHandler(
    resource_type=_TYPE,
    action="update",
    parameters=("physical_id", "old_props", "new_props", "stack_name"),
)
INTERNALS = (_CREATE, _UPDATE)

# The integer properties of the resource type, AWS CloudFormation template reference.
_INTEGERS = (
    "BatchSize",
    "MaximumBatchingWindowInSeconds",
    "MaximumRecordAgeInSeconds",
    "MaximumRetryAttempts",
    "ParallelizationFactor",
)


def typed(props: dict[str, Any]) -> dict[str, Any]:
    """A copy with real numbers and booleans. Raises ValueError naming the bad property."""
    result = dict(props)
    for name in _INTEGERS:
        if name in props:
            result[name] = as_integer(props[name], name=name)
    if "Enabled" in props:
        result["Enabled"] = as_boolean(props["Enabled"], name="Enabled")
    scaling = props.get("ScalingConfig")
    if isinstance(scaling, dict) and "MaximumConcurrency" in scaling:
        limit = as_integer(scaling["MaximumConcurrency"], name="MaximumConcurrency")
        result["ScalingConfig"] = {**scaling, "MaximumConcurrency": limit}
    return result


def apply() -> None:
    create = _CREATE.read()
    update = _UPDATE.read()

    def create_typed(logical_id: str, props: dict[str, Any], stack_name: str) -> Any:
        return create(logical_id, typed(props), stack_name)

    def update_typed(
        physical_id: str,
        old_props: dict[str, Any],
        new_props: dict[str, Any],
        stack_name: str,
    ) -> Any:
        return update(physical_id, typed(old_props), typed(new_props), stack_name)

    _CREATE.write(create_typed)
    _UPDATE.write(update_typed)

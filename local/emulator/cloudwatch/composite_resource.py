"""The resource type AWS::CloudWatch::CompositeAlarm, which the emulator's CloudFormation lacks.

The actions suppressor is refused: the emulator has none.
"""

from __future__ import annotations

import json
from typing import Any

from local.emulator.cloudwatch.alarms import API
from local.emulator.cloudwatch.points import LOCK, MODULE
from local.emulator.internals import PROVISIONERS, ModuleFunction, ModuleStore, NewResourceType
from local.emulator.property_types import as_boolean, refuse_unknown

_NEW = NewResourceType(resource_type="AWS::CloudWatch::CompositeAlarm")
_COMPOSITES = ModuleStore(module=MODULE, name="_composite_alarms")
_PUT = ModuleFunction(module=MODULE, name="_put_composite_alarm", parameters=API)
_DELETE = ModuleFunction(module=MODULE, name="_delete_alarms", parameters=API)
_NAME = ModuleFunction(
    module=PROVISIONERS,
    name="_physical_name",
    parameters=("stack_name", "logical_id", "lowercase", "max_len", "seeded"),
)
INTERNALS = (_NEW, _COMPOSITES, _PUT, _DELETE, _NAME)

Properties = dict[str, Any]

_PROPERTIES = frozenset(
    {
        "ActionsEnabled",
        "AlarmActions",
        "AlarmDescription",
        "AlarmName",
        "AlarmRule",
        "InsufficientDataActions",
        "OKActions",
        "Tags",
    }
)
_NAME_LENGTH = 255
_OK = 200


def put(name: str, properties: Properties) -> tuple[str, dict[str, Any]]:
    """`Ref` is the name. Raises ValueError for what AWS refuses, such as a rule that names an
    alarm that does not exist."""
    refuse_unknown(properties, known=_PROPERTIES, resource=_NEW.resource_type)
    request = {**properties, "AlarmName": name}
    if "ActionsEnabled" in properties:
        request["ActionsEnabled"] = as_boolean(properties["ActionsEnabled"], name="ActionsEnabled")
    with LOCK:
        _accepted(_PUT.read()({}, request, False, True))
        return name, {"Arn": _COMPOSITES.read()[name]["AlarmArn"]}


def remove(name: str) -> None:
    _accepted(_DELETE.read()({}, {"AlarmNames": [name]}, False, True))


def _accepted(answer: Any) -> None:
    status, _, body = answer
    if status != _OK:
        raise ValueError(json.loads(body)["message"])


def apply() -> None:
    def create(logical_id: str, props: Properties, stack_name: str) -> Any:
        made = _NAME.read()(stack_name, logical_id, max_len=_NAME_LENGTH)
        return put(props.get("AlarmName") or made, props)

    # CloudFormation deletes the alarm of the old name: another physical id is another alarm.
    def update(
        physical_id: str, _old_props: Properties, new_props: Properties, _stack_name: str
    ) -> Any:
        return put(new_props.get("AlarmName") or physical_id, new_props)

    _NEW.register(
        create=create, update=update, delete=lambda physical_id, _props: remove(physical_id)
    )

"""The resource type AWS::SecretsManager::RotationSchedule, which the emulator lacks.

`HostedRotationLambda` and the properties of external secrets are refused: AWS makes functions of
its own for them, and there is nothing here to run.
"""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from local.emulator.internals import NewResourceType
from local.emulator.property_types import as_boolean, as_integer, refuse_unknown
from local.emulator.secrets_manager import service
from local.emulator.secrets_manager.refusals import SecretRefusedError
from local.emulator.secrets_manager.rotation import cancel_rotate_secret
from local.emulator.secrets_manager.service import Parameters, call

_NEW = NewResourceType(resource_type="AWS::SecretsManager::RotationSchedule")
_ROTATE = call("_rotate_secret")
INTERNALS = (*service.INTERNALS, _NEW, _ROTATE)

_PROPERTIES = frozenset(
    {"SecretId", "RotationLambdaARN", "RotationRules", "RotateImmediatelyOnUpdate"}
)


def request(properties: dict[str, Any]) -> Parameters:
    """RotateSecret's parameters. Raises ValueError for properties that are not supported."""
    refuse_unknown(properties, known=_PROPERTIES, resource="RotationSchedule")
    given = {
        name: properties[name] for name in ("SecretId", "RotationLambdaARN") if name in properties
    }
    # AWS rotates at once unless the template says no: also when the schedule is created.
    immediately = as_boolean(
        properties.get("RotateImmediatelyOnUpdate", True), name="RotateImmediatelyOnUpdate"
    )
    rules = dict(properties.get("RotationRules") or {})
    if "AutomaticallyAfterDays" in rules:
        days = as_integer(rules["AutomaticallyAfterDays"], name="AutomaticallyAfterDays")
        rules["AutomaticallyAfterDays"] = days
    return given | {"RotateImmediately": immediately} | ({"RotationRules": rules} if rules else {})


def put(properties: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """`Ref` is the secret's ARN: one secret has one schedule."""
    given = request(properties) | {"ClientRequestToken": str(uuid4())}
    arn = service.accepted(_ROTATE.read()(given))["ARN"]
    return arn, {"Id": arn}


def remove(arn: str) -> None:
    """Turns rotation off. The secret may be gone already."""
    try:
        with service.LOCK:
            cancel_rotate_secret({"SecretId": arn})
    except SecretRefusedError:
        return


def apply() -> None:
    _NEW.add(put=put, remove=remove)

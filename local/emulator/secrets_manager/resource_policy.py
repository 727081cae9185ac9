"""PutResourcePolicy refuses what is no policy, and AWS::SecretsManager::ResourcePolicy exists.

The emulator alone stores any text, and its CloudFormation does not know the type.
"""

from __future__ import annotations

import json
from typing import Any

from local.emulator.internals import ModuleFunction, NewResourceType
from local.emulator.property_types import as_boolean, refuse_unknown
from local.emulator.secrets_manager import service
from local.emulator.secrets_manager.refusals import SecretRefusedError
from local.emulator.secrets_manager.service import Parameters, call

_NEW = NewResourceType(resource_type="AWS::SecretsManager::ResourcePolicy")
_PUT = call("_put_resource_policy")
_DELETE = call("_delete_resource_policy")
_VALIDATE = ModuleFunction(
    module="ministack.core.iam_evaluator", name="validate_policy_document", parameters=("doc",)
)
INTERNALS = (*service.INTERNALS, _NEW, _PUT, _DELETE, _VALIDATE)

_PROPERTIES = frozenset({"SecretId", "ResourcePolicy", "BlockPublicPolicy"})


def check(text: str, *, block_public: bool) -> None:
    """Raises SecretRefusedError for a text that is no policy of a resource, or too open a one."""
    fault = _VALIDATE.read()(text)
    statements = [] if fault else _statements(text)
    if fault is None and any("Principal" not in each for each in statements):
        fault = "Every statement of a resource's policy needs a Principal"
    if fault is not None:
        raise SecretRefusedError("MalformedPolicyDocumentException", fault)
    if block_public and any(_is_public(statement) for statement in statements):
        raise SecretRefusedError(
            "PublicPolicyException", "The policy grants broad access to the secret."
        )


def _statements(text: str) -> list[dict[str, Any]]:
    found = json.loads(text)["Statement"]
    return [found] if isinstance(found, dict) else found


def _is_public(statement: dict[str, Any]) -> bool:
    anyone = statement["Principal"] in ("*", {"AWS": "*"}, {"AWS": ["*"]})
    return statement["Effect"] == "Allow" and anyone and not statement.get("Condition")


def put(properties: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """`Ref` is the secret's ARN: one secret has one policy."""
    refuse_unknown(properties, known=_PROPERTIES, resource="ResourcePolicy")
    policy = properties.get("ResourcePolicy")
    given = {
        "SecretId": properties.get("SecretId"),
        "ResourcePolicy": policy if isinstance(policy, str) else json.dumps(policy),
        "BlockPublicPolicy": as_boolean(
            properties.get("BlockPublicPolicy", False), name="BlockPublicPolicy"
        ),
    }
    arn = service.accepted(_PUT.read()(given))["ARN"]
    return arn, {"Id": arn}


def remove(arn: str) -> None:
    """The secret may be gone already, and its policy with it."""
    _DELETE.read()({"SecretId": arn})


def apply() -> None:
    store = _PUT.read()

    def put_policy(data: Parameters) -> Any:
        checked = service.answering(_checked)(data)
        return checked if checked[0] >= service.FIRST_ERROR_STATUS else store(data)

    _PUT.write(put_policy)
    _NEW.add(put=put, remove=remove)


def _checked(data: Parameters) -> Parameters:
    service.changeable(data.get("SecretId"))
    check(data.get("ResourcePolicy", ""), block_public=bool(data.get("BlockPublicPolicy")))
    return {}

"""What every corrected call needs of the emulator's Secrets Manager: secrets, answers, one lock."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from typing import Any

from local.emulator.internals import ModuleFunction
from local.emulator.secrets_manager.refusals import (
    SecretRefusedError,
    invalid_request,
    not_found,
)
from local.emulator.secrets_manager.stages import PENDING, PREVIOUS, Record, labels

MODULE = "ministack.services.secretsmanager"
RESPONSES = "ministack.core.responses"

FIRST_ERROR_STATUS = 400

Parameters = dict[str, Any]
Operation = Callable[[Parameters], Parameters]

# Requests run in the emulator's event loop, rotations in threads of their own.
LOCK = threading.RLock()


def call(name: str) -> ModuleFunction:
    """The emulator's function for one API call."""
    return ModuleFunction(module=MODULE, name=name, parameters=("data",))


_RESOLVE = ModuleFunction(module=MODULE, name="_resolve", parameters=("secret_id", "use_arn_scope"))
_SYNCHRONISE = ModuleFunction(module=MODULE, name="_sync_replicas", parameters=("secret",))
_ANNOUNCE_LABEL = ModuleFunction(
    module=MODULE,
    name="_emit_secret_label_updated",
    parameters=("secret", "label", "version_id"),
)
_ANSWER = ModuleFunction(
    module=RESPONSES, name="json_response", parameters=("data", "status", "content_type")
)
_REFUSE = ModuleFunction(
    module=RESPONSES,
    name="error_response_json",
    parameters=("code", "message", "status", "extra", "message_key", "content_type"),
)
INTERNALS = (_RESOLVE, _SYNCHRONISE, _ANNOUNCE_LABEL, _ANSWER, _REFUSE)


def find(secret_id: str | None) -> Record:
    """The secret by name or ARN, also one that is marked for deletion."""
    _, secret = _RESOLVE.read()(secret_id)
    if secret is None:
        raise not_found("Secrets Manager can't find the specified secret.")
    found: Record = secret
    return found


def usable(secret_id: str | None) -> Record:
    secret = find(secret_id)
    if secret.get("DeletedDate"):
        raise invalid_request(
            "You can't perform this operation on the secret because it was marked for deletion."
        )
    return secret


def changeable(secret_id: str | None) -> Record:
    secret = usable(secret_id)
    if secret.get("_PrimarySecretArn"):
        raise invalid_request("You can't perform this operation on a replica secret.")
    return secret


def named(secret: Record) -> Parameters:
    return {"ARN": secret["ARN"], "Name": secret["Name"]}


def given_value(data: Parameters) -> dict[str, str]:
    return {name: data[name] for name in ("SecretString", "SecretBinary") if data.get(name)}


def answering(operation: Operation) -> Callable[[Parameters], Any]:
    """The call as the emulator runs it: one at a time, and a refusal is an answer."""

    def answer(data: Parameters) -> Any:
        try:
            with LOCK:
                result = operation(data)
        except SecretRefusedError as refused:
            return _REFUSE.read()(refused.code, refused.message)
        return _ANSWER.read()(result)

    return answer


def accepted(answer: Any) -> Parameters:
    """The body of the emulator's answer. Raises ValueError for a refusal, which is how a resource
    type tells CloudFormation."""
    status, _, body = answer
    parsed: Parameters = json.loads(body)
    if status >= FIRST_ERROR_STATUS:
        raise ValueError(f"{parsed['__type']}: {parsed['message']}")
    return parsed


def changed(secret: Record, *, before: dict[str, list[str]], now: float) -> None:
    """Publishes a change of labels and values as the emulator does for its own."""
    secret["LastChangedDate"] = int(now)
    _SYNCHRONISE.read()(secret)
    for token, attached in labels(secret).items():
        for label in set(attached) - set(before.get(token, ())) - {PENDING, PREVIOUS}:
            _ANNOUNCE_LABEL.read()(secret, label, token)

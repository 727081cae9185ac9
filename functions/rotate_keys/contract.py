"""The contract of Secrets Manager with a rotation function, and what else may invoke this one."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from enum import StrEnum
from typing import Any

from msgspec import Struct

from formarelay.errors import PermanentError
from formarelay.rotation import CURRENT, PENDING, SecretVersions

RETIRE = "retire"


class Step(StrEnum):
    """Secrets Manager's four steps, in their order."""

    CREATE = "createSecret"
    SET = "setSecret"
    TEST = "testSecret"
    FINISH = "finishSecret"


class InvalidEventError(PermanentError):
    """The invocation is none that this function knows. Nothing was touched."""


class StepEvent(Struct, frozen=True, kw_only=True):
    """One step of the rotation that has this token."""

    step: Step
    secret_arn: str
    token: str


class RetireEvent(Struct, frozen=True, kw_only=True):
    """Finish what is open, revoke what was replaced.

    Args:
        secret_arn: Of this secret alone; empty for all.
        overlap_seconds: Instead of the deployed one; 0 in an emergency.
    """

    secret_arn: str = ""
    overlap_seconds: float | None = None


def read_event(event: object, *, secret_arns: Collection[str]) -> StepEvent | RetireEvent:
    """The event, checked.

    Args:
        event: What Lambda was invoked with.
        secret_arns: The secrets that this function rotates.

    Raises:
        InvalidEventError: Names what is wrong with it.
    """
    if not isinstance(event, Mapping):
        raise InvalidEventError("the event is not a JSON object")
    if event.get("action") == RETIRE:
        return _retire(event, secret_arns)
    step, arn, token = (event.get(name) for name in ("Step", "SecretId", "ClientRequestToken"))
    if step not in list(Step):
        raise InvalidEventError(
            f"Step must be one of {', '.join(Step)}, or the event must hold action: {RETIRE}"
        )
    if arn not in secret_arns:
        raise InvalidEventError("SecretId is none of the secrets that this function rotates")
    if not isinstance(token, str) or not token:
        raise InvalidEventError("ClientRequestToken is missing")
    return StepEvent(step=Step(step), secret_arn=str(arn), token=token)


def _retire(event: Mapping[str, Any], secret_arns: Collection[str]) -> RetireEvent:
    arn, overlap = event.get("secretArn", ""), event.get("overlapSeconds")
    if arn != "" and arn not in secret_arns:
        raise InvalidEventError("secretArn is none of the secrets that this function rotates")
    if overlap is None:
        return RetireEvent(secret_arn=arn)
    is_number = isinstance(overlap, int | float) and not isinstance(overlap, bool)
    if not is_number or not 0 <= overlap < math.inf:
        raise InvalidEventError("overlapSeconds must be a number from 0")
    return RetireEvent(secret_arn=arn, overlap_seconds=float(overlap))


def check_contract(event: StepEvent, versions: SecretVersions) -> None:
    """Returns when Secrets Manager really is about to rotate this secret with this token.

    Raises:
        InvalidEventError: The secret is not rotated, or the token is not of a pending version.
    """
    if not versions.rotation_enabled:
        raise InvalidEventError("rotation is not enabled for this secret")
    labels = versions.labels.get(event.token)
    if labels is None:
        raise InvalidEventError("ClientRequestToken is no version of this secret")
    if not labels & {PENDING, CURRENT}:
        raise InvalidEventError(f"the version of ClientRequestToken is not {PENDING}")

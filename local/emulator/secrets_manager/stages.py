"""Versions of a secret and their labels, on the emulator's own record of a secret.

A record's `Versions` maps ids to `SecretString`, `SecretBinary` (base64), `CreatedDate` (epoch
seconds) and `Stages`. A version without labels is deprecated: kept, but no more listed.
"""

from __future__ import annotations

from base64 import b64decode
from typing import Any

from local.emulator.secrets_manager.refusals import (
    SecretRefusedError,
    invalid_parameter,
    invalid_request,
    not_found,
)

CURRENT = "AWSCURRENT"
PENDING = "AWSPENDING"
PREVIOUS = "AWSPREVIOUS"
VALUES = ("SecretString", "SecretBinary")
# Quotas of AWS: the size of a value, and the labels of all versions of a secret together.
VALUE_LIMIT_BYTES = 65_536
LABEL_LIMIT = 20

Record = dict[str, Any]


def holder(secret: Record, label: str) -> str | None:
    """The id of the one version that has the label."""
    versions = secret["Versions"].items()
    return next((token for token, version in versions if label in version["Stages"]), None)


def labels(secret: Record) -> dict[str, list[str]]:
    """Every labelled version with its labels in AWS's order."""
    versions = secret["Versions"].items()
    return {token: sorted(each["Stages"]) for token, each in versions if each["Stages"]}


def incomplete_rotation(secret: Record) -> str | None:
    """The pending version that is not the current one: no other rotation may start."""
    pending = holder(secret, PENDING)
    return pending if pending != holder(secret, CURRENT) else None


def value_of(version: Record) -> dict[str, str]:
    """No entry, or one: AWS keeps no empty values, so the emulator's are none."""
    return {name: version[name] for name in VALUES if version.get(name)}


def announce(secret: Record, token: str, *, now: float, value: dict[str, str]) -> None:
    """Adds the version that a rotation will fill."""
    _take(secret, PENDING)
    secret["Versions"][token] = _version(now=now) | value | {"Stages": [PENDING]}


def put(
    secret: Record, token: str, value: dict[str, str], wanted: list[str] | None, *, now: float
) -> None:
    """Adds a version, or fills the announced one. The same token and value again do nothing."""
    check_value(value)
    known = secret["Versions"].get(token)
    if known is not None and value_of(known):
        if value_of(known) != value:
            raise SecretRefusedError(
                "ResourceExistsException",
                f"You can't use ClientRequestToken {token} because that value is already in use "
                f"for a version of secret {secret['ARN']}.",
            )
        return
    stages = set(wanted or [CURRENT])
    if not any(value_of(version) for version in secret["Versions"].values()):
        stages.add(CURRENT)
    _check_labels(secret, stages)
    secret["Versions"].setdefault(token, _version(now=now)).update(value)
    if CURRENT in stages and PENDING not in stages:
        _take(secret, PENDING)
    for label in sorted(stages):
        _give(secret, label, token)


def select(secret: Record, *, token: str | None, label: str | None) -> tuple[str, Record]:
    """The version that GetSecretValue returns."""
    if token is None:
        found = holder(secret, label or CURRENT)
        sought = f"staging label: {label or CURRENT}"
    else:
        found = token if token in secret["Versions"] else None
        sought = f"VersionId: {token}"
    version = secret["Versions"].get(found, {})
    if found is not None and label is not None and label not in version["Stages"]:
        # The user guide asks for both to agree and names no error; this one is what others report.
        raise invalid_request(
            "You provided a VersionStage that is not associated to the provided VersionId."
        )
    if found is None or not value_of(version):
        raise not_found(f"Secrets Manager can't find the specified secret value for {sought}")
    return found, version


def move(secret: Record, label: str, *, to: str | None, origin: str | None) -> None:
    """UpdateSecretVersionStage: `origin` must name the version that has the label now, if any."""
    for token in filter(None, (to, origin)):
        if token not in secret["Versions"]:
            raise not_found(f"Secrets Manager can't find the specified secret version: {token}.")
    present = holder(secret, label)
    if to is None:
        _remove(secret, label, origin=origin, present=present)
        return
    if present not in (None, to, origin):
        raise invalid_parameter(
            f"The parameter RemoveFromVersionId must name the version that {label} is attached "
            f"to now: {present}."
        )
    if not value_of(secret["Versions"][to]):
        raise not_found(
            f"Secrets Manager can't find the specified secret value for VersionId: {to}"
        )
    _check_labels(secret, {label})
    _give(secret, label, to)


def check_value(value: dict[str, str]) -> None:
    if len(value) != 1:
        raise invalid_request("You must provide either SecretString or SecretBinary.")
    for name, content in value.items():
        size_bytes = len(content.encode() if name == "SecretString" else b64decode(content))
        if size_bytes > VALUE_LIMIT_BYTES:
            raise SecretRefusedError(
                "ValidationException",
                f"1 validation error detected: the value has {size_bytes} bytes, "
                f"and must have at most {VALUE_LIMIT_BYTES}.",
            )


def _remove(secret: Record, label: str, *, origin: str | None, present: str | None) -> None:
    if origin is None or present != origin:
        raise invalid_parameter(f"The staging label {label} is not attached to version {origin}.")
    if label == CURRENT:
        raise invalid_parameter(
            f"You can only move staging label {CURRENT} to a different secret version. "
            "It can't be completely removed."
        )
    _take(secret, label)


def _version(*, now: float) -> Record:
    return {"SecretString": None, "SecretBinary": None, "CreatedDate": int(now), "Stages": []}


def _give(secret: Record, label: str, token: str) -> None:
    present = holder(secret, label)
    if present == token:
        return
    _take(secret, label)
    secret["Versions"][token]["Stages"].append(label)
    if label == CURRENT and present is not None:
        _take(secret, PREVIOUS)
        secret["Versions"][present]["Stages"].append(PREVIOUS)


def _take(secret: Record, label: str) -> None:
    present = holder(secret, label)
    if present is not None:
        secret["Versions"][present]["Stages"].remove(label)


def _check_labels(secret: Record, wanted: set[str]) -> None:
    attached = {label for version in secret["Versions"].values() for label in version["Stages"]}
    if len(attached | wanted) > LABEL_LIMIT:
        raise SecretRefusedError(
            "LimitExceededException", f"A secret can have at most {LABEL_LIMIT} staging labels."
        )

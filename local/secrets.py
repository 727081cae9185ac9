"""The sandbox's own credentials, put into the deployed secrets as an operator would on AWS."""

from __future__ import annotations

import json
from typing import Any

from local.aws import LocalAws
from local.sandbox_control import SandboxControl

_KEY_NAME = "formarelay-local"
# Forma Mail seed, "Configure Key": all that it names.
_PERMISSIONS = ["emails:send", "emails:read", "templates:read"]


def seed_forma_mail(aws: LocalAws, *, sandbox: SandboxControl, secret_arn: str) -> None:
    """Makes the secret hold a key that the sandbox takes; a key that it takes already stays."""
    present = _read(aws, secret_arn=secret_arn)
    if present.get("key_id") in sandbox.active_key_ids():
        return
    key_id, api_key = sandbox.mint_key(name=_KEY_NAME, permissions=_PERMISSIONS)
    _write(aws, secret_arn=secret_arn, value={"api_key": api_key, "key_id": key_id})


def seed_formaloo(aws: LocalAws, *, sandbox: SandboxControl, secret_arn: str) -> None:
    """Makes the secret hold the sandbox's present key pair."""
    pair = sandbox.formaloo()
    value = {"api_key": pair["api_key"], "secret_key": pair["secret_key"]}
    if _read(aws, secret_arn=secret_arn) != value:
        _write(aws, secret_arn=secret_arn, value=value)


def _read(aws: LocalAws, *, secret_arn: str) -> dict[str, Any]:
    """The present value; empty when there is none yet or it is of another shape."""
    try:
        answer = aws.secretsmanager.get_secret_value(SecretId=secret_arn)
        value = json.loads(answer["SecretString"])
    except (aws.secretsmanager.exceptions.ResourceNotFoundException, KeyError, ValueError):
        return {}
    return value if isinstance(value, dict) else {}


def _write(aws: LocalAws, *, secret_arn: str, value: dict[str, str]) -> None:
    aws.secretsmanager.put_secret_value(SecretId=secret_arn, SecretString=json.dumps(value))

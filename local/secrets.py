"""The sandbox's own credentials, put into the deployed secrets as an operator would on AWS."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from typing import Any

from local.aws import LocalAws
from local.sandbox_control import SandboxControl

_ROTATED = ("FormaMailSecretArn", "FormalooSecretArn")
_PENDING = "AWSPENDING"
_LOOK_AGAIN_SECONDS = 0.2
_KEY_NAME = "formarelay-local"
# Forma Mail seed, "Configure Key": all that it names.
_PERMISSIONS = ["emails:send", "emails:read", "templates:read"]


def await_rotation_tests(
    aws: LocalAws, *, outputs: Mapping[str, str], within_seconds: float = 15.0
) -> None:
    """Returns when Secrets Manager has tested the new rotation schedules, or the time is over.

    It does so after every deployment, under a pending version. A value that is put meanwhile ends
    that version, and the test fails for no reason that a person could mend.
    """
    deadline = time.monotonic() + within_seconds
    for output in _ROTATED:
        while time.monotonic() < deadline and _is_pending(aws, secret_arn=outputs[output]):
            time.sleep(_LOOK_AGAIN_SECONDS)


def _is_pending(aws: LocalAws, *, secret_arn: str) -> bool:
    """Whether a version waits for a test or a rotation. One that is current, too, is done."""
    described = aws.secretsmanager.describe_secret(SecretId=secret_arn)
    return any(stages == [_PENDING] for stages in described.get("VersionIdsToStages", {}).values())


def seed_secrets(aws: LocalAws, *, sandbox: SandboxControl, outputs: Mapping[str, str]) -> None:
    """Fills the secrets that the stack's outputs name; a stack without rotation has no account."""
    seed_forma_mail(aws, sandbox=sandbox, secret_arn=outputs["FormaMailSecretArn"])
    seed_formaloo(aws, sandbox=sandbox, secret_arn=outputs["FormalooSecretArn"])
    account_secret_arn = outputs.get("FormaMailAccountSecretArn")
    if account_secret_arn is not None:
        seed_forma_mail_account(aws, sandbox=sandbox, secret_arn=account_secret_arn)


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
    _write_if_new(aws, secret_arn=secret_arn, value=value)


def seed_forma_mail_account(aws: LocalAws, *, sandbox: SandboxControl, secret_arn: str) -> None:
    """Makes the secret hold what signs in to the sandbox's dashboard."""
    account = sandbox.dashboard()
    value = {"email": account["email"], "password": account["password"]}
    _write_if_new(aws, secret_arn=secret_arn, value=value)


def _read(aws: LocalAws, *, secret_arn: str) -> dict[str, Any]:
    """The present value; empty when there is none yet or it is of another shape."""
    try:
        answer = aws.secretsmanager.get_secret_value(SecretId=secret_arn)
        value = json.loads(answer["SecretString"])
    except (aws.secretsmanager.exceptions.ResourceNotFoundException, KeyError, ValueError):
        return {}
    return value if isinstance(value, dict) else {}


def _write_if_new(aws: LocalAws, *, secret_arn: str, value: dict[str, str]) -> None:
    if _read(aws, secret_arn=secret_arn) != value:
        _write(aws, secret_arn=secret_arn, value=value)


def _write(aws: LocalAws, *, secret_arn: str, value: dict[str, str]) -> None:
    aws.secretsmanager.put_secret_value(SecretId=secret_arn, SecretString=json.dumps(value))

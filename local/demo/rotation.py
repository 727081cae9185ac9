"""A rotation of Forma Mail's key in the middle of the mail."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping, Sequence
from typing import Any

from local.aws import LocalAws
from local.demo.act import Act, comes_true
from local.errors import LocalStackError
from local.sandbox_control import SandboxControl

_WAIT_SECONDS = 30.0


class KeyRotation:
    """Used in order: `begin`, `finish`, and `judge` once all mail is through.

    Args:
        aws: The local AWS.
        sandbox: Knows every key, and which mail was sent with it.
        stack: What `stack.env` says.
    """

    def __init__(self, aws: LocalAws, *, sandbox: SandboxControl, stack: Mapping[str, str]) -> None:
        self._aws = aws
        self._sandbox = sandbox
        self._secret_arn = stack["FORMA_MAIL_SECRET_ARN"]
        self._function = stack["ROTATE_KEYS_FUNCTION"]
        self._old_id = self._key_id()
        self._began_at = 0.0
        self._token = ""
        self._promoted_seconds = self._revoked_seconds = 0.0

    def begin(self) -> None:
        """Asks Secrets Manager for a rotation as soon as the old key has sent mail."""
        comes_true(lambda: bool(self._sandbox.emails()), within_seconds=_WAIT_SECONDS)
        self._began_at = time.monotonic()
        answer = self._aws.secretsmanager.rotate_secret(SecretId=self._secret_arn)
        self._token = answer["VersionId"]

    def finish(self) -> None:
        """Waits for the new key, then lets a round of retiring revoke the old one at once."""
        comes_true(self._is_promoted, within_seconds=_WAIT_SECONDS)
        self._promoted_seconds = time.monotonic() - self._began_at
        comes_true(self._is_retired, within_seconds=_WAIT_SECONDS)
        self._revoked_seconds = time.monotonic() - self._began_at

    def judge(self, emails: Sequence[Mapping[str, Any]]) -> Act:
        """Whether mail went out with both keys, and only the new one lives."""
        new_id = self._key_id()
        by_old = sum(email["keyId"] == self._old_id for email in emails)
        by_new = sum(email["keyId"] == new_id for email in emails)
        replaced = new_id != self._old_id and self._status(new_id) == "active"
        dead = self._status(self._old_id) == "revoked"
        seen = (
            f"mail is out with the key {self._old_id}: its rotation begins",
            f"after {self._promoted_seconds:.1f} s the new key {new_id} is in the secret",
            f"after {self._revoked_seconds:.1f} s the old one is {self._status(self._old_id)}",
            f"in all {by_old} mails went out with the old key, {by_new} with the new one",
        )
        return Act(
            seen=seen,
            promises=(
                (
                    "the key was replaced in the middle, and the old one is dead",
                    replaced and dead,
                ),
                (
                    "every mail went out with one of the two, and both were used",
                    by_old > 0 and by_new > 0 and by_old + by_new == len(emails),
                ),
            ),
        )

    def _key_id(self) -> str:
        answer = self._aws.secretsmanager.get_secret_value(SecretId=self._secret_arn)
        return str(json.loads(answer["SecretString"])["key_id"])

    def _is_retired(self) -> bool:
        """After a round of retiring. One that meets Secrets Manager's last step does nothing."""
        event = {"action": "retire", "secretArn": self._secret_arn, "overlapSeconds": 0}
        answer = self._aws.functions.invoke(
            FunctionName=self._function, Payload=json.dumps(event).encode()
        )
        if "FunctionError" in answer:
            raise LocalStackError("the round of retiring failed: see the emulator's log")
        return self._status(self._old_id) == "revoked"

    def _is_promoted(self) -> bool:
        described = self._aws.secretsmanager.describe_secret(SecretId=self._secret_arn)
        return "AWSCURRENT" in described["VersionIdsToStages"].get(self._token, [])

    def _status(self, key_id: str) -> str:
        statuses = {key["id"]: str(key["status"]) for key in self._sandbox.every_key()}
        return statuses[key_id]

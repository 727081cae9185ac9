"""The deployed rotation of one secret, as the command uses it. No value of a secret is read."""

from __future__ import annotations

import json
import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from relayctl.aws import explained
from relayctl.errors import RelayctlError

if TYPE_CHECKING:
    from mypy_boto3_lambda import LambdaClient
    from mypy_boto3_secretsmanager import SecretsManagerClient

_CURRENT = "AWSCURRENT"
_PROMOTED = "promoted"


class PendingError(RelayctlError):
    """Another rotation of the secret has not ended."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Versions:
    """What Secrets Manager tells of a secret.

    Args:
        is_rotated: Whether rotation is switched on.
        current: The id of the current version; empty when the secret has no value.
    """

    is_rotated: bool
    current: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What rotate_keys tells of the secret after a round of retiring.

    Args:
        stage: Of the rotation that is open; empty when none is, and the old key is dead.
        is_busy: Another worker was at it, and this round did nothing.
        problem: Why it did not come further; empty when nothing stood in the way.
        needs_person: A person must do what `problem` says.
    """

    stage: str
    is_busy: bool
    problem: str
    needs_person: bool

    @property
    def is_promoted(self) -> bool:
        return self.stage == _PROMOTED

    @property
    def is_over(self) -> bool:
        return not (self.stage or self.is_busy or self.problem)


class Rotation:
    """Args:
    secretsmanager: A client.
    functions: A client of Lambda that waits for minutes and repeats nothing.
    secret_arn: What is rotated.
    function_name: Of rotate_keys.
    """

    def __init__(
        self,
        secretsmanager: SecretsManagerClient,
        functions: LambdaClient,
        *,
        secret_arn: str,
        function_name: str,
    ) -> None:
        self._secretsmanager = secretsmanager
        self._functions = functions
        self._secret_arn = secret_arn
        self._function_name = function_name

    def versions(self) -> Versions:
        """Raises `RelayctlError`."""
        with explained():
            described = self._secretsmanager.describe_secret(SecretId=self._secret_arn)
        labels = described.get("VersionIdsToStages", {})
        return Versions(
            is_rotated=described.get("RotationEnabled", False),
            current=next((version for version, names in labels.items() if _CURRENT in names), ""),
        )

    def start(self) -> str:
        """Asks Secrets Manager to rotate. Returns the id of the version to come.

        Raises:
            PendingError: Another rotation has not ended.
            RelayctlError: AWS refused, or gave no answer.
        """
        token = str(uuid.uuid4())
        with explained():
            try:
                self._secretsmanager.rotate_secret(
                    SecretId=self._secret_arn, ClientRequestToken=token
                )
            except ClientError as error:
                if error.response.get("Error", {}).get("Code") != "InvalidRequestException":
                    raise
                raise PendingError(
                    "Secrets Manager refuses: another rotation of this secret is pending. It is "
                    "tried again by itself; run this command again in a minute"
                ) from None
        return token

    def retire(self) -> Told:
        """A round of retiring without an overlap: finishes what is open, and ends the old key.

        Raises `RelayctlError`.
        """
        event = {"action": "retire", "secretArn": self._secret_arn, "overlapSeconds": 0}
        with explained():
            answer = self._functions.invoke(
                FunctionName=self._function_name, Payload=json.dumps(event).encode()
            )
        told = _document(answer["Payload"].read())
        if answer.get("FunctionError"):
            raise RelayctlError(
                "rotate_keys failed; its log says why (error_type "
                f"{told.get('errorType', 'unknown')!a})"
            )
        secrets = told.get("secrets")
        if not isinstance(secrets, list) or len(secrets) != 1:
            raise RelayctlError("the function does not answer as rotate_keys does")
        (one,) = secrets
        return Told(
            stage=str(one.get("stage", "")),
            is_busy=one.get("busy") is True,
            problem=str(one.get("problem", "")),
            needs_person=one.get("operator_needed") is True,
        )


def _document(payload: bytes) -> dict[str, Any]:
    try:
        document = json.loads(payload)
    except ValueError:
        return {}
    return document if isinstance(document, dict) else {}

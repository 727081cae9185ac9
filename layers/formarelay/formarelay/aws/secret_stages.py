"""The versions of a secret and their labels, read anew each time: for rotation alone."""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from formarelay.errors import FormaError, SecretUnavailableError, TransientError
from formarelay.keys import Credential
from formarelay.redact import Secret
from formarelay.rotation import CURRENT, PENDING, SecretVersions

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mypy_boto3_secretsmanager import SecretsManagerClient

SERVICE = "secretsmanager"


class SecretStages:
    """Nothing is cached: a step of a rotation must see what the step before it has done.

    A version is always asked for by its id *and* a label that it must have, so that a rotation
    which somebody cancelled meanwhile cannot go on with its value.

    Every method raises `TransientError` when Secrets Manager cannot answer; a change that failed so
    may still have been made. `SecretUnavailableError` when it refuses.

    Args:
        client: A Secrets Manager client.
    """

    def __init__(self, client: SecretsManagerClient) -> None:
        self._client = client

    def versions(self, secret_id: str) -> SecretVersions:
        """All labelled versions."""
        with _classified("DescribeSecret"):
            answer = self._client.describe_secret(SecretId=secret_id)
        labels = answer.get("VersionIdsToStages", {})
        return SecretVersions(
            rotation_enabled=answer.get("RotationEnabled", False),
            labels={version: frozenset(names) for version, names in labels.items()},
        )

    def read(self, secret_id: str, *, version_id: str, label: str) -> Credential | None:
        """The text fields of the version; None when it has no value, or not this label.

        Raises:
            SecretUnavailableError: It is not a JSON object.
        """
        text = self.read_text(secret_id, version_id=version_id, label=label)
        return None if text is None else _fields(text, label)

    def read_text(self, secret_id: str, *, version_id: str, label: str) -> Secret | None:
        """The version as it is stored; None when it has no value, or not this label."""
        try:
            with _classified("GetSecretValue"):
                answer = self._client.get_secret_value(
                    SecretId=secret_id, VersionId=version_id, VersionStage=label
                )
        except SecretUnavailableError as error:
            if error.code in _NO_SUCH_VERSION:
                return None
            raise
        text = answer.get("SecretString")
        return Secret(text) if text else None

    def put(self, secret_id: str, *, version_id: str, value: Credential, label: str) -> None:
        """Stores the version and gives it the label. The same version and value may come again.

        Raises:
            SecretUnavailableError: The version exists with another value.
        """
        document = {name: secret.reveal() for name, secret in value.items()}
        text = Secret(json.dumps(document, separators=(",", ":")))
        self.put_text(secret_id, version_id=version_id, text=text, label=label)

    def put_text(self, secret_id: str, *, version_id: str, text: Secret, label: str) -> None:
        """As `put`, of any text."""
        with _classified("PutSecretValue"):
            self._client.put_secret_value(
                SecretId=secret_id,
                ClientRequestToken=version_id,
                SecretString=text.reveal(),
                VersionStages=[label],
            )

    def promote(self, secret_id: str, *, version_id: str, from_version_id: str) -> None:
        """Makes a version current, if `from_version_id` still is; that one becomes previous."""
        with _classified("UpdateSecretVersionStage"):
            self._client.update_secret_version_stage(
                SecretId=secret_id,
                VersionStage=CURRENT,
                MoveToVersionId=version_id,
                RemoveFromVersionId=from_version_id,
            )

    def unlabel(self, secret_id: str, *, version_id: str, label: str = PENDING) -> None:
        """Takes the label off the version; Secrets Manager then forgets it in time."""
        with _classified("UpdateSecretVersionStage"):
            self._client.update_secret_version_stage(
                SecretId=secret_id, VersionStage=label, RemoveFromVersionId=version_id
            )


# A version whose label has moved on is answered with the second one.
_NO_SUCH_VERSION = {"ResourceNotFoundException", "InvalidRequestException"}
_ADVICE = {
    "ResourceNotFoundException": "there is no such secret or version",
    "AccessDeniedException": "the function's role may not do this to the secret",
    "ResourceExistsException": "the version exists with another value",
}
_MOMENTARY = {"InternalServiceError", "ThrottlingException", "RequestTimeout", "LimitExceeded"}


@contextmanager
def _classified(operation: str) -> Iterator[None]:
    try:
        yield
    except ClientError as error:
        failure = _refusal(error.response, operation)
    except BotoCoreError as error:
        failure = TransientError(
            f"Secrets Manager cannot be reached: {type(error).__name__}",
            service=SERVICE,
            operation=operation,
        )
    else:
        return
    # Outside the handler: botocore's errors may quote the request, and so the key in it.
    raise failure


def _refusal(response: Mapping[str, Any], operation: str) -> FormaError:
    code = str(response.get("Error", {}).get("Code", ""))
    status = response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    if status >= 500 or code in _MOMENTARY or "Throttl" in code:
        return TransientError(
            "Secrets Manager failed", service=SERVICE, operation=operation, code=code
        )
    return SecretUnavailableError(
        _ADVICE.get(code, "Secrets Manager refused"),
        service=SERVICE,
        operation=operation,
        code=code,
    )


def _fields(text: Secret, label: str) -> Credential:
    try:
        document = json.loads(text.reveal())
    except (ValueError, RecursionError):
        document = None
    if not isinstance(document, dict):
        # `from None`: a JSON error carries the text it choked on.
        raise SecretUnavailableError(
            f"the {label} version of the secret is not a JSON object", service=SERVICE
        ) from None
    return {name: Secret(value) for name, value in document.items() if isinstance(value, str)}

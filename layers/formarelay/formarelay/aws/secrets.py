"""Secrets read from Secrets Manager and kept in memory for a while."""

from __future__ import annotations

import json
import random
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Generic, TypeVar

from botocore.exceptions import BotoCoreError, ClientError
from msgspec import Struct

from formarelay.clock import Clock
from formarelay.errors import SecretUnavailableError
from formarelay.redact import Secret

if TYPE_CHECKING:
    from mypy_boto3_secretsmanager import SecretsManagerClient

CURRENT = "AWSCURRENT"
NO_VALUE = "ResourceNotFoundException"
"""The code of the error for a secret that was created and has no value yet."""

Credential = TypeVar("Credential")


@dataclass(frozen=True, slots=True, kw_only=True)
class SecretValue:
    """One version of a secret: its fields, none of which shows in `repr`.

    `stored_at` is when the version was stored, in unix seconds; None when the service does not say.
    """

    version_id: str
    fields: dict[str, Secret] = field(repr=False)
    stored_at: float | None = None

    def get(self, name: str) -> Secret:
        """The field of this name; `SecretUnavailableError` when the secret lacks it."""
        try:
            return self.fields[name]
        except KeyError:
            raise SecretUnavailableError(
                f'the secret has no text field "{name}": put a JSON object with it there',
                service="secretsmanager",
            ) from None


class _Held(Struct):
    value: SecretValue
    read_at: float
    fresh_until: float


class SecretReader:
    """Secrets by `(secret, version, stage)`, shared by all threads of a container.

    A value is used for `ttl_seconds`, less up to a fifth at random so that containers do not read
    all at once. Threads that need the same secret wait for one read. While Secrets Manager fails,
    the last good value serves up to `max_stale_seconds`, and a new read is tried every
    `retry_seconds`; `stale_reads` counts the failed ones.

    Args:
        client: A Secrets Manager client.
        clock: Its monotonic clock measures ages.
        ttl_seconds: How long a value is used without a read.
        max_stale_seconds: How long a value is used while reads fail.
        retry_seconds: How long a failed read is not repeated.
        jitter: Gives a number in [0, 1).
    """

    def __init__(
        self,
        client: SecretsManagerClient,
        *,
        clock: Clock,
        ttl_seconds: float = 300.0,
        max_stale_seconds: float = 3600.0,
        retry_seconds: float = 10.0,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        self._client = client
        self._clock = clock
        self._ttl_seconds = ttl_seconds
        self._max_stale_seconds = max_stale_seconds
        self._retry_seconds = retry_seconds
        self._jitter = jitter
        self._held: dict[tuple[str, str, str], _Held] = {}
        self._locks: dict[tuple[str, str, str], threading.Lock] = {}
        self._guard = threading.Lock()
        self.stale_reads = 0

    def get(
        self, secret_id: str, *, version_id: str = "", version_stage: str = CURRENT
    ) -> SecretValue:
        """The secret's value, from memory while it is fresh.

        Raises:
            SecretUnavailableError: It cannot be read, or is no JSON object, and no value is held
                that is young enough.
        """
        key = (secret_id, version_id, version_stage)
        with self._lock(key):
            held = self._held.get(key)
            if held and self._clock.monotonic() < held.fresh_until:
                return held.value
            return self._read_or_stale(key)

    def refresh(
        self, secret_id: str, *, rejected: SecretValue, version_stage: str = CURRENT
    ) -> SecretValue:
        """The value to use after the service refused `rejected`.

        Reads anew unless another thread has begun to since this one asked; then that value is the
        answer. A value that is merely young may be the one that was replaced a moment ago. Raises
        as `get` does.
        """
        key = (secret_id, "", version_stage)
        asked_at = self._clock.monotonic()
        with self._lock(key):
            held = self._held.get(key)
            if held and (held.value != rejected or held.read_at >= asked_at):
                return held.value
            return self._read_or_stale(key)

    def _lock(self, key: tuple[str, str, str]) -> threading.Lock:
        with self._guard:
            return self._locks.setdefault(key, threading.Lock())

    def _read_or_stale(self, key: tuple[str, str, str]) -> SecretValue:
        held = self._held.get(key)
        now = self._clock.monotonic()
        try:
            value = self._read(*key)
        except SecretUnavailableError:
            if held is None or now - held.read_at > self._max_stale_seconds:
                raise
            self.stale_reads += 1
            held.fresh_until = now + self._retry_seconds
            return held.value
        spread_seconds = self._ttl_seconds * (1 - 0.2 * self._jitter())
        self._held[key] = _Held(value=value, read_at=now, fresh_until=now + spread_seconds)
        return value

    def _read(self, secret_id: str, version_id: str, version_stage: str) -> SecretValue:
        version = {"VersionId": version_id} if version_id else {}
        try:
            answer = self._client.get_secret_value(
                SecretId=secret_id, VersionStage=version_stage, **version
            )
        except ClientError as error:
            # The code alone: the message repeats the secret's name, and is not ours to vouch for.
            code = error.response.get("Error", {}).get("Code", "")
            raise _unavailable(_ADVICE.get(code, "the secret cannot be read"), code) from None
        except BotoCoreError as error:
            raise _unavailable("Secrets Manager cannot be reached", "") from error
        if not answer.get("SecretString"):
            raise _unavailable(_ADVICE[NO_VALUE], NO_VALUE)
        return SecretValue(
            version_id=answer["VersionId"],
            fields=_fields(answer["SecretString"]),
            stored_at=answer["CreatedDate"].timestamp() if "CreatedDate" in answer else None,
        )


_ADVICE = {
    NO_VALUE: "the secret has no value yet: put the JSON object there",
    "AccessDeniedException": "the function's role may not read the secret",
}


def _fields(text: str) -> dict[str, Secret]:
    try:
        document = json.loads(text)
    except ValueError:
        document = None
    if not isinstance(document, dict):
        # `from None` throughout: a JSON error carries the text it choked on.
        raise _unavailable("the secret is not a JSON object", "") from None
    return {name: Secret(value) for name, value in document.items() if isinstance(value, str)}


def _unavailable(detail: str, code: str) -> SecretUnavailableError:
    return SecretUnavailableError(
        detail, service="secretsmanager", operation="GetSecretValue", code=code
    )


class SecretCredential(Generic[Credential]):
    """What an API client asks for, taken from one secret.

    Args:
        reader: Shared by everything in the container.
        secret_id: ARN or name.
        read: Picks the credential from the secret's fields. Credentials compare by value.
    """

    def __init__(
        self, reader: SecretReader, *, secret_id: str, read: Callable[[SecretValue], Credential]
    ) -> None:
        self._reader = reader
        self._secret_id = secret_id
        self._read = read

    def current(self) -> Credential:
        """The credential to use now. Raises `SecretUnavailableError`."""
        return self._read(self._reader.get(self._secret_id))

    def refresh(self, rejected: Credential) -> Credential:
        """What to use after the service refused `rejected`; the same if there is no other."""
        held = self._reader.get(self._secret_id)
        credential = self._read(held)
        if credential != rejected:
            return credential
        return self._read(self._reader.refresh(self._secret_id, rejected=held))

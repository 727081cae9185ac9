"""What rotate_keys needs from the outside. The layer's adapters satisfy these by shape.

Every effect of a rotation is a method here: what a test puts in their place sees all of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from formarelay.keys import Credential, IssuedKey, KeyRequest, MintedKey
from formarelay.redact import Secret
from formarelay.rotation import Ending, Lease, RotationEntry, SecretVersions


class KeyIssuer(Protocol):
    """A provider with any number of keys at a time. Raises the errors of `formarelay.errors`.

    What only a person can do raises `OperatorNeededError`.
    """

    def create(self, request: KeyRequest) -> MintedKey: ...

    def list_keys(self) -> Sequence[IssuedKey]: ...

    def revoke(self, key_id: str) -> None: ...

    def test(self, credential: Credential, *, permissions: tuple[str, ...]) -> None: ...

    def is_refused(self, credential: Credential) -> bool: ...


class PairIssuer(Protocol):
    """A provider with one pair of keys, which a call replaces at once."""

    def prepare(self, pair: Credential) -> None: ...

    def swap(self, pair: Credential) -> Secret: ...

    def present(self, pair: Credential) -> Secret: ...

    def pair_of(self, answer: Secret) -> Credential: ...

    def test(self, pair: Credential) -> None: ...

    def is_refused(self, pair: Credential) -> bool: ...


class Stages(Protocol):
    """The versions of a secret and their labels, never cached.

    Raises `TransientError` and `SecretUnavailableError`.
    """

    def versions(self, secret_id: str) -> SecretVersions: ...

    def read(self, secret_id: str, *, version_id: str, label: str) -> Credential | None: ...

    def read_text(self, secret_id: str, *, version_id: str, label: str) -> Secret | None: ...

    def put(self, secret_id: str, *, version_id: str, value: Credential, label: str) -> None: ...

    def put_text(self, secret_id: str, *, version_id: str, text: Secret, label: str) -> None: ...

    def promote(self, secret_id: str, *, version_id: str, from_version_id: str) -> None: ...

    def unlabel(self, secret_id: str, *, version_id: str, label: str) -> None: ...


class Journal(Protocol):
    """How far each rotation has come. Raises `TransientError`, and `LeaseLostError` in `write`."""

    def take(self, provider: str, *, lease_seconds: float) -> Lease | None: ...

    def write(self, lease: Lease, entry: RotationEntry) -> None: ...

    def end(self, lease: Lease, entry: RotationEntry, *, ending: Ending) -> None: ...

    def release(self, lease: Lease) -> None: ...


class Gate(Protocol):
    """Whether anybody may call a provider. Raises `TransientError`."""

    def close(self, *, reason: str, seconds: float) -> None: ...

    def reopen(self, *, reason: str) -> None: ...

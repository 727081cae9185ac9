"""The words that the journal of rotations and its users share. Pure values, without any key."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from msgspec import Struct

CURRENT = "AWSCURRENT"
PENDING = "AWSPENDING"
PREVIOUS = "AWSPREVIOUS"


class Stage(StrEnum):
    """How far a rotation has come. Each is written after what it names, but for the first two.

    INTENT: A new key is about to be made, under the name in the entry.
    SWAPPING: A pair is about to be replaced at the provider, by a call that is made once.
    MINTED: The provider has a new key. Its value may be lost.
    STORED: Its value is the pending version of the secret.
    TESTED: The provider accepts it, with the rights that it needs.
    PROMOTED: It is the current version of the secret. The old key still lives.
    """

    INTENT = "intent"
    SWAPPING = "swapping"
    MINTED = "minted"
    STORED = "stored"
    TESTED = "tested"
    PROMOTED = "promoted"

    def reached(self, other: Stage) -> bool:
        """Whether this stage is the other or comes after it."""
        order = list(Stage)
        return order.index(self) >= order.index(other)


class Ending(StrEnum):
    """How a rotation ended.

    RETIRED: The old key is seen to be refused.
    ABANDONED: Its new key was never promoted, and is revoked if there was one.
    REPLACED: A person has put another value into the secret meanwhile.
    """

    RETIRED = "retired"
    ABANDONED = "abandoned"
    REPLACED = "replaced"


class RotationEntry(Struct, frozen=True, kw_only=True):
    """The open rotation of one secret. Instants are unix seconds.

    Args:
        token: Secrets Manager's token; it is the id of the new version, too.
        stage: How far it has come.
        key_name: The name of the new key at the provider.
        old_version_id: The version that it replaces.
        old_key_id: The key that it replaces; empty where keys have no ids.
        started_at: When the intent was written.
        changed_at: When the entry was last written.
        key_id: The new key, once it is minted.
        permissions: The rights of the new key; empty when nobody told.
        swapped_at: When the call began that ends the old pair at once.
        promoted_at: When the new version became current.
    """

    token: str
    stage: Stage
    key_name: str
    old_version_id: str
    old_key_id: str
    started_at: float
    changed_at: float
    key_id: str = ""
    permissions: tuple[str, ...] = ()
    swapped_at: float | None = None
    promoted_at: float | None = None


class Lease(Struct, frozen=True, kw_only=True):
    """The right to work on the rotations of one provider, until somebody else takes it.

    Args:
        provider: As `forma-mail`.
        fence: Counts up with each lease; a write under an older one is refused.
        entry: The open rotation as it stood when the lease was taken; None for none.
    """

    provider: str
    fence: int
    entry: RotationEntry | None


class SecretVersions(Struct, frozen=True, kw_only=True):
    """What Secrets Manager says of a secret: is it rotated, and which label is on which version."""

    rotation_enabled: bool
    labels: Mapping[str, frozenset[str]]

    def version_with(self, label: str) -> str:
        """The version that has the label; empty when none has."""
        return next((version for version, labels in self.labels.items() if label in labels), "")

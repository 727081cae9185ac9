"""The words that issuers of keys and their users share. Pure values; no `repr` shows a key."""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import StrEnum

from msgspec import Struct

from formarelay.redact import Secret

FORMA_MAIL_KEY = re.compile(r"fm_sk_[A-Za-z0-9_-]{16,}")
"""The seed gives `fm_sk_` and a random string, and promises neither its length nor its letters."""

# The fields of one secret version: what is presented to a provider, and what names it.
Credential = Mapping[str, Secret]


class KeyStatus(StrEnum):
    """What the provider says of a key (seed, Viewing API Keys)."""

    ACTIVE = "active"
    EXPIRED = "expired"
    REVOKED = "revoked"


class KeyRequest(Struct, frozen=True, kw_only=True):
    """A key to be made.

    Args:
        name: By which it is recognised in the provider's list.
        description: For people who read that list.
        permissions: The rights that it gets.
        expires_at: Unix seconds; a key that everybody forgets ends then.
        rate_limit: Calls a minute of this key alone; None for the provider's own.
    """

    name: str
    description: str
    permissions: tuple[str, ...]
    expires_at: float
    rate_limit: int | None = None


class MintedKey(Struct, frozen=True, kw_only=True):
    """A key that was just made, and its value, which is shown this once."""

    key_id: str
    value: Secret


class IssuedKey(Struct, frozen=True, kw_only=True):
    """A key as the provider lists it. Instants are unix seconds, None where it says nothing."""

    key_id: str
    name: str
    status: KeyStatus
    permissions: tuple[str, ...] = ()
    created_at: float | None = None
    last_used_at: float | None = None
    expires_at: float | None = None
    rate_limit: int | None = None

    @property
    def is_active(self) -> bool:
        return self.status is KeyStatus.ACTIVE

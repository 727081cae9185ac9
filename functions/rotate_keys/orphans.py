"""Which keys nobody has: made by a rotation that died before it could store them."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from formarelay.keys import IssuedKey
from rotate_keys.names import KeyNames


def live_keys(keys: Iterable[IssuedKey]) -> list[IssuedKey]:
    """Those that the provider would accept."""
    return [key for key in keys if key.is_active]


def orphans(
    keys: Iterable[IssuedKey], *, names: KeyNames, kept: Collection[str]
) -> list[IssuedKey]:
    """Live keys that bear a name of ours and are not among the ids that are kept."""
    return [key for key in live_keys(keys) if names.is_ours(key.name) and key.key_id not in kept]

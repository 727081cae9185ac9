"""The times and choices of rotation, as pure values and functions."""

from __future__ import annotations

from msgspec import Struct

from formarelay.keys import IssuedKey

DAY_SECONDS = 24 * 3600


class RotationPolicy(Struct, frozen=True, kw_only=True):
    """The times and choices that rotation depends on.

    Args:
        overlap_seconds: How long an old key lives on after it was replaced: longer than any cache
            of it, the copies included that serve while Secrets Manager is down.
        key_life_seconds: After it, a new key ends by itself, even if everybody forgets it.
        permissions: The rights of a new key where those of the old one are not known.
        key_limit: How many live keys the provider allows; 0 when that is not known.
        call_seconds: The longest that one provider call can take, connecting included.
        margin_seconds: Kept free at the end of an invocation to write down what happened.
        activation_seconds: How long a step waits for a new key to become active.
        quiet_seconds: How long an open rotation is left to Secrets Manager's own retries.
        settle_seconds: How long after an unanswered swap the pair may still change.
        gate_seconds: How long a rotation that died can keep readers away from the provider.
        most_overlaps: After so many overlaps an old key is revoked although somebody uses it.
    """

    overlap_seconds: float
    key_life_seconds: float
    permissions: tuple[str, ...]
    key_limit: int = 0
    call_seconds: float = 25.0
    margin_seconds: float = 10.0
    activation_seconds: float = 45.0
    quiet_seconds: float = 120.0
    settle_seconds: float = 120.0
    gate_seconds: float = 120.0
    most_overlaps: int = 24

    def has_time(self, remaining_seconds: float, *, calls: int = 1) -> bool:
        """Whether so many provider calls, one after the other, end within the invocation."""
        return remaining_seconds >= calls * self.call_seconds + self.margin_seconds

    def may_revoke(
        self, key: IssuedKey, *, promoted_at: float, now: float, overlap_seconds: float
    ) -> bool:
        """Whether an old key whose overlap has passed may end now.

        Not while somebody uses it: our senders read the secret again within their caches' lifetime,
        so a later use is by somebody who has the key from elsewhere, and would fail. That is
        alarmed, and borne for `most_overlaps`; then a key that leaks weighs more.
        """
        if overlap_seconds == 0 or key.last_used_at is None:
            return True
        if now >= promoted_at + self.most_overlaps * overlap_seconds:
            return True
        return now - key.last_used_at >= overlap_seconds / 4

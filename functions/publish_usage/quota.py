"""What a provider says of one quota, and whether that can be true.

Nothing is published that is not believed: an alarm on a made-up figure is worse than none, and a
gate that closes on one stops all mail.
"""

from __future__ import annotations

from typing import Protocol

from msgspec import Struct

# The provider may count a mail between two of its own figures.
_TOLERANCE = 0.01
# No plan has as many; CloudWatch refuses a whole batch for one value that is not finite.
LARGEST = 1e12


class Told(Protocol):
    """One quota as the provider tells it; see `formarelay.formamail.models.Allowance`."""

    @property
    def used(self) -> int: ...
    @property
    def limit(self) -> int | None: ...
    @property
    def remaining(self) -> int | None: ...


class Quota(Struct, frozen=True, kw_only=True):
    """One quota that is believed. `limit` and `remaining` are None when there is no known limit."""

    used: float
    limit: float | None = None
    remaining: float | None = None

    @property
    def used_percent(self) -> float | None:
        return None if self.limit is None else 100.0 * self.used / self.limit


class Disbelief(Struct, frozen=True, kw_only=True):
    """Figures that are not published, and why, as one word for the log."""

    reason: str


def believed(told: Told | None) -> Quota | Disbelief:
    """The quota, when its figures can be true together."""
    if told is None:
        return Disbelief(reason="missing")
    if not 0 <= told.used <= LARGEST:
        return Disbelief(reason="absurd")
    if told.limit is None:
        return Quota(used=told.used)
    if not 0 < told.limit <= LARGEST:
        return Disbelief(reason="absurd")
    left = max(0, told.limit - told.used)
    remaining = left if told.remaining is None else told.remaining
    if remaining < 0 or abs(remaining - left) > max(1.0, _TOLERANCE * told.limit):
        return Disbelief(reason="inconsistent")
    return Quota(used=told.used, limit=told.limit, remaining=remaining)

"""How long a Formaloo token may be used: pure decisions over two clocks."""

from __future__ import annotations

import base64
import binascii
import json
import math
from dataclasses import dataclass

from formarelay.clock import Clock

# Seed: a token lives 30 seconds. The rest is for the way to the provider and for its rounding.
LONGEST_LIFETIME_SECONDS = 25.0
EXPIRY_MARGIN_SECONDS = 5.0

# The provider judges a token when the request arrives. What a call takes beyond this is the
# provider's own work, done after that judgement; asking for more would mint for every call.
LONGEST_ARRIVAL_SECONDS = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Instant:
    """One moment, read from both clocks."""

    wall: float
    monotonic: float

    @classmethod
    def now(cls, clock: Clock) -> Instant:
        return cls(wall=clock.wall(), monotonic=clock.monotonic())

    def age_seconds(self, now: Instant) -> float:
        """Seconds since this moment, on whichever clock says more.

        The monotonic clock may stand still while the environment is frozen, the wall clock may be
        set back; neither makes the moment younger. A wall clock that stands before this moment
        cannot testify that there was no freeze, so the age is then infinite.
        """
        if now.wall < self.wall:
            return math.inf
        return max(now.monotonic - self.monotonic, now.wall - self.wall)


def lifetime_seconds(
    token: str,
    *,
    minted_at: Instant,
    provider_time: float | None = None,
    longest_seconds: float = LONGEST_LIFETIME_SECONDS,
) -> float:
    """Seconds that the token may be kept, counted from `minted_at`.

    Never more than `longest_seconds`, whatever the token claims: official sources give its life as
    30 seconds, 5 minutes and 30 days, and the shortest is the seed's. A token whose claims cannot
    be read gets `longest_seconds`. Zero means: good for the call it was minted for, then no more.

    Args:
        token: A JWT, or anything else.
        minted_at: The moment before its mint.
        provider_time: Unix seconds on the provider's clock when it answered. The expiry is measured
            from it when known, so that the skew between the two clocks drops out.
        longest_seconds: See above.
    """
    claims = _claims(token)
    expires_at = _moment(claims.get("exp"))
    if expires_at is None:
        return longest_seconds
    if provider_time is None:
        issued_at = _moment(claims.get("iat"))
        provider_time = minted_at.wall if issued_at is None else max(minted_at.wall, issued_at)
    return max(0.0, min(longest_seconds, expires_at - EXPIRY_MARGIN_SECONDS - provider_time))


def required_seconds(call_timeout_seconds: float) -> float:
    """What must be left of a token before a call of this timeout may start with it."""
    return min(call_timeout_seconds, LONGEST_ARRIVAL_SECONDS)


def _claims(token: str) -> dict[str, object]:
    """The payload of a JWT, without verification: we are its bearer, not its judge."""
    parts = token.split(".")
    if len(parts) != 3:
        return {}
    try:
        payload = json.loads(base64.urlsafe_b64decode(_padded(parts[1])))
    except (binascii.Error, ValueError, RecursionError):
        return {}
    return payload if isinstance(payload, dict) else {}


def _padded(segment: str) -> str:
    return segment + "=" * (-len(segment) % 4)


def _moment(claim: object) -> float | None:
    if isinstance(claim, bool) or not isinstance(claim, int | float):
        return None
    try:
        moment = float(claim)
    except OverflowError:
        return None
    return moment if math.isfinite(moment) else None

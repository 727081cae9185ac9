"""The words that the limiter and its users share. Pure values."""

from __future__ import annotations

from msgspec import Struct


class Reservation(Struct, frozen=True, kw_only=True):
    """How many calls may start now.

    Args:
        granted: 0 to as many as were asked for.
        wait_seconds: When fewer were granted, how long the others should wait before they ask.
        reason: Why fewer were granted, as `rate_limited`; empty when all were.
    """

    granted: int
    wait_seconds: float = 0.0
    reason: str = ""

"""The numbers that a window is kept by."""

from __future__ import annotations

import math

from msgspec import Struct

# Up to this many slots, each end is kept to the millisecond; above, ends share sub-windows.
EXACT_SLOTS = 200
SUB_WINDOWS = 128
LARGEST_LIMIT = 100_000


class WindowRules(Struct, frozen=True, kw_only=True):
    """How many calls may arrive in any window, and how the gate is kept.

    Args:
        limit_per_window: Calls that the provider allows, 1 to 100,000 (seed: 100 a minute).
        window_seconds: The provider's window (seed: a minute).
        longest_call_seconds: From the earliest start of a call to the last instant at which it can
            arrive: what the caller does before, its timeout, and how long after that a call can
            still be on its way.
        clock_skew_seconds: How far apart the wall clocks of two workers may be.
        longest_closure_seconds: No closure is longer, whatever a provider advises.
        longest_backoff_seconds: Closures in a row double up to here. A longer one is kept as asked.

    Raises:
        ValueError: A number is outside its range.
    """

    limit_per_window: int
    window_seconds: float
    longest_call_seconds: float
    clock_skew_seconds: float
    longest_closure_seconds: float = 900.0
    longest_backoff_seconds: float = 10.0

    def __post_init__(self) -> None:
        if not 1 <= self.limit_per_window <= LARGEST_LIMIT:
            raise ValueError(f"limit_per_window must be 1 to {LARGEST_LIMIT}")
        for name in ("window_seconds", "longest_call_seconds", "longest_closure_seconds"):
            if not 0 < getattr(self, name) < math.inf:
                raise ValueError(f"{name} must be a positive number")
        if not 0 <= self.clock_skew_seconds < math.inf:
            raise ValueError("clock_skew_seconds must be a number from 0")

    @property
    def slot_life_ms(self) -> int:
        """How long after the end of its call a slot becomes free."""
        return to_ms(self.window_seconds + self.clock_skew_seconds)

    @property
    def grain_ms(self) -> int:
        """Ends are noted at multiples of this."""
        if self.limit_per_window <= EXACT_SLOTS:
            return 1
        return max(1, to_ms(self.window_seconds) // SUB_WINDOWS)

    def noted(self, end_ms: int) -> int:
        """When a call that ended at `end_ms` counts as ended: never earlier."""
        return -(-end_ms // self.grain_ms) * self.grain_ms


def to_ms(seconds: float) -> int:
    """Whole milliseconds, rounded up."""
    return math.ceil(seconds * 1000)

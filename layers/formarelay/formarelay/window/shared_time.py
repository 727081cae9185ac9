"""The time that all workers agree on, however wrong the clock of one of them is."""

from __future__ import annotations

import math
from typing import NamedTuple

from formarelay.clock import Clock

# How much a machine's monotonic clock may gain or lose: the most that clock correction steers it.
_DRIFT = 500e-6


class _Known(NamedTuple):
    """What the last answer left known.

    Args:
        low: The store's time less the monotonic clock is at least this.
        high: It is at most this.
        monotonic: When the answer came.
        offset: The wall clock less the monotonic clock then.
    """

    low: float
    high: float
    monotonic: float
    offset: float

    def bounds(self, monotonic: float, wall: float) -> tuple[float, float]:
        """The bounds now, wider by whatever one of the two clocks may have lost or gained."""
        moved = abs(wall - monotonic - self.offset)
        slack = moved + _DRIFT * (monotonic - self.monotonic)
        return self.low - slack, self.high + slack


class SharedTime:
    """The machine's wall clock while it agrees with the store's answers, else what those prove.

    The store stamps its answers with its own time in whole seconds. Each answer proves that its
    second was current between request and answer; many answers narrow that down to about one round
    trip. A wall clock outside of what is proven is not believed: decisions then take the earliest
    time possible, and ends of calls the latest. Safe to use from many threads: an observation
    that is lost to a race makes it less narrow, not wrong.
    """

    def __init__(self, clock: Clock, *, skew_seconds: float) -> None:
        self._clock = clock
        self._skew_seconds = skew_seconds
        self._known: _Known | None = None

    def observe(self, store_time: float | None, *, sent: float) -> None:
        """Takes note of an answer to a request sent at `sent` on the monotonic clock."""
        monotonic, wall = self._clock.monotonic(), self._clock.wall()
        low, high = -math.inf, math.inf
        if store_time is not None:
            low, high = store_time - monotonic, store_time + 1 - sent
        if self._known is not None:
            known_low, known_high = self._known.bounds(monotonic, wall)
            if max(low, known_low) <= min(high, known_high):
                low, high = max(low, known_low), min(high, known_high)
        self._known = _Known(low, high, monotonic, wall - monotonic)

    def has_moved(self) -> bool:
        """Whether one of the two clocks stood still or jumped since the last answer."""
        if self._known is None:
            return True
        offset = self._clock.wall() - self._clock.monotonic()
        return abs(offset - self._known.offset) > max(self._skew_seconds, 0.001)

    def earliest_ms(self) -> int:
        """Now, or before: for deciding what is over."""
        return math.floor(self._between()[0] * 1000)

    def latest_ms(self) -> int:
        """Now, or after: for noting what is over."""
        return math.ceil(self._between()[1] * 1000)

    def _between(self) -> tuple[float, float]:
        monotonic, wall = self._clock.monotonic(), self._clock.wall()
        if self._known is None:
            return wall, wall
        low, high = self._known.bounds(monotonic, wall)
        if low - self._skew_seconds <= wall - monotonic <= high + self._skew_seconds:
            return wall, wall
        return monotonic + low, monotonic + high

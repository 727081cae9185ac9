"""Two readings of the provider's limit. Both judge a call when it arrives."""

from __future__ import annotations

import math
from collections import deque


class StrictWindow:
    """At most `limit` calls in any window, a call that is refused counted like any other."""

    def __init__(self, *, limit: int, window_seconds: float) -> None:
        self.violations = 0
        self._limit = limit
        self._window_seconds = window_seconds
        self._arrivals: deque[float] = deque()

    def arrive(self, now: float) -> bool:
        self._forget(now)
        self._arrivals.append(now)
        allowed = len(self._arrivals) <= self._limit
        self.violations += not allowed
        return allowed

    def remaining(self, now: float) -> int:
        self._forget(now)
        return max(0, self._limit - len(self._arrivals))

    def retry_after(self, now: float) -> int:
        """Whole seconds until one more call fits, at least 1."""
        self._forget(now)
        over = len(self._arrivals) - self._limit
        if over < 0:
            return 1
        return max(1, math.ceil(self._arrivals[over] + self._window_seconds - now))

    def _forget(self, now: float) -> None:
        while self._arrivals and self._arrivals[0] <= now - self._window_seconds:
            self._arrivals.popleft()


class SeedBucket:
    """A bucket of twice the limit that refills at its rate, and no more than it holds in a sixth.

    For 100 a minute: 200 calls in 10 seconds are allowed, 100 a minute in the long run.
    """

    def __init__(self, *, limit: int, window_seconds: float) -> None:
        self.violations = 0
        self._capacity = 2 * limit
        self._refill = limit / window_seconds
        self._burst = StrictWindow(limit=2 * limit, window_seconds=window_seconds / 6)
        self._tokens = float(self._capacity)
        self._at = 0.0

    def arrive(self, now: float) -> bool:
        refilled = self._tokens + (now - self._at) * self._refill
        self._tokens, self._at = min(float(self._capacity), refilled), now
        allowed = self._burst.arrive(now) and self._tokens >= 1
        if allowed:
            self._tokens -= 1
        self.violations += not allowed
        return allowed

"""Rate limits judged at arrival: the windows, and the verdict that becomes headers."""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass

# Refill is a sum of fractions; without a tolerance the hundredth request of a minute would now
# and then miss its whole token by a rounding error.
_TOLERANCE = 1e-6


@dataclass(frozen=True, slots=True)
class Allowance:
    """What may pass: `limit` a window, and where there is a burst, `burst` a burst window."""

    limit: int
    window_seconds: float
    burst: int | None = None
    burst_window_seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Verdict:
    """The judgement of one request and the state that its answer reports."""

    admitted: bool
    limit: int
    remaining: int
    reset_at: int
    wait_seconds: int = 0

    def headers(self) -> dict[str, str]:
        """The three headers that every answer carries (seed, Rate Limit Headers)."""
        return {
            "X-RateLimit-Limit": str(self.limit),
            "X-RateLimit-Remaining": str(self.remaining),
            "X-RateLimit-Reset": str(self.reset_at),
        }


def untouched(limit: int, *, now: float) -> Verdict:
    """The verdict of a request that no counter knows: the full allowance."""
    return Verdict(True, limit, limit, math.ceil(now))


class SlidingWindow:
    """At most `limit` in any `window_seconds`; the refused cost nothing."""

    def __init__(self) -> None:
        self._admitted: deque[float] = deque()

    def judge(self, allowance: Allowance, *, now: float, take: bool) -> Verdict:
        """Judge a request at `now`; `take` false only reports."""
        free_in = self.free_in(allowance.limit, window_seconds=allowance.window_seconds, now=now)
        if free_in > 0:
            reset_at = math.ceil(self._admitted[-1] + allowance.window_seconds)
            return Verdict(False, allowance.limit, 0, reset_at, max(1, math.ceil(free_in)))
        if take:
            self._admitted.append(now)
        newest = self._admitted[-1] + allowance.window_seconds if self._admitted else now
        remaining = max(0, allowance.limit - len(self._admitted))
        return Verdict(True, allowance.limit, remaining, math.ceil(newest))

    def free_in(self, limit: int, *, window_seconds: float, now: float) -> float:
        """Seconds until one more fits; 0 when it fits now."""
        while self._admitted and now - self._admitted[0] >= window_seconds:
            self._admitted.popleft()
        if len(self._admitted) < limit:
            return 0.0
        # The limit may have been lowered below what is already in the window.
        return self._admitted[len(self._admitted) - limit] + window_seconds - now

    def add(self, now: float) -> None:
        """Count an admitted request."""
        self._admitted.append(now)


class BurstBucket:
    """The seed's two numbers together: a bucket of `burst` tokens refilled by `limit` a window,
    and never more than `burst` in a burst window (provider docs, model A)."""

    def __init__(self) -> None:
        self._tokens: float | None = None
        self._filled_at = 0.0
        self._burst_window = SlidingWindow()

    def judge(self, allowance: Allowance, *, now: float, take: bool) -> Verdict:
        """Judge a request at `now`; `take` false only reports."""
        capacity = allowance.burst or allowance.limit
        tokens_per_second = allowance.limit / allowance.window_seconds
        self._refill(capacity, tokens_per_second=tokens_per_second, now=now)
        tokens = self._tokens or 0.0
        missing = max(0.0, 1.0 - _TOLERANCE - tokens)
        wait = max(
            missing / tokens_per_second,
            self._burst_window.free_in(
                capacity, window_seconds=allowance.burst_window_seconds, now=now
            ),
        )
        admitted = wait <= 0
        if admitted and take:
            tokens = max(0.0, tokens - 1.0)
            self._tokens = tokens
            self._burst_window.add(now)
        remaining = min(allowance.limit, math.floor(tokens + _TOLERANCE)) if admitted else 0
        full_in = max(0.0, allowance.limit - tokens) / tokens_per_second
        reset_at = math.ceil(now + max(full_in, wait))
        seconds = 0 if admitted else max(1, math.ceil(wait))
        return Verdict(admitted, allowance.limit, remaining, reset_at, seconds)

    def _refill(self, capacity: int, *, tokens_per_second: float, now: float) -> None:
        if self._tokens is None:
            self._tokens = float(capacity)
        else:
            elapsed = max(0.0, now - self._filled_at)
            self._tokens = min(float(capacity), self._tokens + elapsed * tokens_per_second)
        self._filled_at = now


class RateLimiter:
    """One counter for each scope and class of endpoints, made when first asked for."""

    def __init__(self) -> None:
        self._counters: dict[tuple[str, str], SlidingWindow | BurstBucket] = {}

    def judge(
        self, counter: tuple[str, str], *, allowance: Allowance, now: float, take: bool = True
    ) -> Verdict:
        """Judge a request against its counter; a refused one costs nothing."""
        known = self._counters.get(counter)
        if known is None:
            known = SlidingWindow() if allowance.burst is None else BurstBucket()
            self._counters[counter] = known
        return known.judge(allowance, now=now, take=take)

    def reset(self) -> None:
        """Full allowances for everybody."""
        self._counters.clear()

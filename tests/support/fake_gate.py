"""The gate in memory. It passes the same suite as the one in DynamoDB."""

from __future__ import annotations

from formarelay.clock import Clock
from formarelay.errors import TransientError
from formarelay.slots import Reservation


class FakeGate:
    """`room` limits what one `reserve` grants; `failing` names unreachable operations."""

    def __init__(self, clock: Clock) -> None:
        self.closed_until = 0.0
        self.reason = ""
        self.room: int | None = None
        self.failing: set[str] = set()
        self._clock = clock

    def reserve(self, wanted: int) -> Reservation:
        self._reach("reserve")
        wait_seconds = self.closed_until - self._clock.wall()
        if wait_seconds > 0:
            return Reservation(granted=0, wait_seconds=wait_seconds, reason=self.reason)
        if self.room is not None and self.room < wanted:
            return Reservation(granted=self.room, wait_seconds=3.0, reason="rate_limited")
        return Reservation(granted=wanted)

    def close(self, *, reason: str, seconds: float) -> None:
        self._reach("close")
        until = self._clock.wall() + seconds
        if until > self.closed_until:
            self.closed_until = until
            self.reason = reason

    def _reach(self, operation: str) -> None:
        if operation in self.failing:
            raise TransientError("the gate cannot be reached", operation=operation)

"""The reopening gate of the fake limiter."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass
class FakeReopening:
    """Closed until a time; then stages of twice as many calls each, the first of one."""

    longest_call_seconds: float
    closed_until: float = 0.0
    reason: str = ""
    closings: int = 0
    size: int = 0
    left: int = 0
    granted_anew_at: float = 0.0
    stage: int = 0

    def close(self, now: float, *, reason: str, seconds: float) -> None:
        seconds = max(0.0, seconds if seconds < 900 else 900.0)
        if now < self.closed_until:
            if now + seconds > self.closed_until:
                self.closed_until, self.reason = now + seconds, reason
            return
        seconds = max(seconds, min(max(seconds, 0.1) * 2**self.closings, 10.0))
        self.closed_until, self.reason = now + seconds, reason
        self.closings += 1
        self.size = self.left = 0
        self.stage += 1

    def admits(self, now: float) -> int:
        """How many calls may pass now."""
        if now < self.closed_until:
            return 0
        if not self.size or (not self.left and now >= self.granted_anew_at):
            self._begin(now, self.size or 1)
        return self.left

    def wait_seconds(self, now: float) -> float:
        if now < self.closed_until:
            return self.closed_until - now
        return min(1.0, self.granted_anew_at - now)

    def ended(self, now: float, *, called: int, unused: int, healthy: bool, limit: int) -> bool:
        """Takes note of the calls of the present stage; whether it is open now."""
        if not called or not healthy:
            self.left = min(self.size, self.left + unused)
        elif 2 * self.size >= limit:
            return True
        else:
            self._begin(now, 2 * self.size)
        return False

    def _begin(self, now: float, size: int) -> None:
        self.size = self.left = size
        self.stage += 1
        self.granted_anew_at = now + self.longest_call_seconds

"""The time of schedules: the machine's, and ahead of it as far as a test or a demo asked."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable


class ScheduleClock:
    def __init__(self, now: Callable[[], float] = time.time) -> None:
        self._now = now
        self._lock = threading.Lock()
        self._ahead_seconds = 0.0

    def now(self) -> float:
        """Epoch seconds."""
        return self._now() + self._ahead_seconds

    def advance(self, seconds: float) -> None:
        """Raises ValueError for a step back: what was rotated stays rotated."""
        if not seconds >= 0:
            raise ValueError(f"the clock moves forward only, not by {seconds} seconds")
        with self._lock:
            self._ahead_seconds += seconds


CLOCK = ScheduleClock()

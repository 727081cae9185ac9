"""Time as a parameter: production passes `SystemClock`, tests pass a clock they can move."""

from __future__ import annotations

import time
from typing import Protocol


class Clock(Protocol):
    """Two clocks: one that can be compared with other machines, one that never jumps."""

    def wall(self) -> float:
        """Unix time in seconds. May jump when the machine's clock is corrected."""
        ...

    def monotonic(self) -> float:
        """Seconds from an arbitrary start. May stand still while a Lambda environment is frozen."""
        ...


class SystemClock:
    """The machine's own clocks."""

    def wall(self) -> float:
        return time.time()

    def monotonic(self) -> float:
        return time.monotonic()

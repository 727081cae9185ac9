"""What the demo does beside sending, told in lines and in promises."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

_LOOK_AGAIN_SECONDS = 0.3


@dataclass(frozen=True)
class Act:
    """Args:
    seen: What happened, a line each, in order.
    promises: Each in words, with whether it held.
    """

    seen: tuple[str, ...]
    promises: tuple[tuple[str, bool], ...]


def comes_true(condition: Callable[[], bool], *, within_seconds: float) -> bool:
    """Looks until it is so, or the time is over; whether it is so."""
    deadline = time.monotonic() + within_seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(_LOOK_AGAIN_SECONDS)
    return True

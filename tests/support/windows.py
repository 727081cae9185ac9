"""What a provider's journal says about the pace of calls. Pure; times in unix seconds."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import mean


def most_in_a_window(times: Sequence[float], *, window_seconds: float) -> int:
    """How many calls the fullest window saw, counted as a strict provider counts."""
    ordered = sorted(times)
    most = first = 0
    for last, time in enumerate(ordered):
        while time - ordered[first] >= window_seconds:
            first += 1
        most = max(most, last - first + 1)
    return most


def rate_used(times: Sequence[float], *, limit: int, window_seconds: float) -> float:
    """Which part of the allowed rate was used from the first call to the last; 1.0 at best.

    Each call is compared with the one that comes `limit` calls later: a window later at the
    earliest, however the calls are spread over it. More calls than one limit are needed.
    """
    ordered = sorted(times)
    waits = [later - earlier for earlier, later in zip(ordered, ordered[limit:], strict=False)]
    if not waits:
        raise ValueError(f"{len(times)} calls say nothing about a limit of {limit}")
    return window_seconds / mean(waits)

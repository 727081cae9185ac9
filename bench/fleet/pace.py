"""What the times of accepted calls say about a strict limit. Pure; times in unix seconds."""

from __future__ import annotations

from collections.abc import Sequence

from tests.support.windows import rate_used


def ideal_seconds(mails: int, *, limit: int, window_seconds: float) -> float:
    """From the first call to the last, when each comes as soon as the provider allows it."""
    return (mails - 1) // limit * window_seconds


def drain_seconds(times: Sequence[float]) -> float:
    """From the first call to the last."""
    return max(times, default=0.0) - min(times, default=0.0)


def part_used(times: Sequence[float], *, limit: int, window_seconds: float) -> float:
    """See `rate_used`; 0 when no more calls were accepted than one window allows."""
    if len(times) <= limit:
        return 0.0
    return rate_used(times, limit=limit, window_seconds=window_seconds)

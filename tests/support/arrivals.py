"""What a provider's journal says about probes at a closed gate. Pure; times in unix seconds."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise, takewhile

from formarelay.window import WindowRules
from formarelay.window.gate import Gate, closed
from send_email.policy import OUTAGE_SECONDS


def gate_rules() -> WindowRules:
    """Rules whose gate is that of the application; it depends on none of these numbers."""
    return WindowRules(
        limit_per_window=1, window_seconds=1.0, longest_call_seconds=1.0, clock_skew_seconds=0.0
    )


def probe_intervals(rules: WindowRules) -> Iterator[float]:
    """How long the gate stays closed during an outage, before each probe, by its own code."""
    gate: Gate | None = None
    now_ms = 0
    while True:
        gate = closed(gate, reason="outage", seconds=OUTAGE_SECONDS, now_ms=now_ms, rules=rules)
        yield (gate.closed_until_ms - now_ms) / 1000
        now_ms = gate.closed_until_ms


def burst_and_probes(
    times: Sequence[float], *, first_interval: float
) -> tuple[list[float], list[float]]:
    """Calls of an outage: those that were under way when the gate closed, and those that followed.

    Nothing is called for the whole of the first interval after the gate has closed, which is after
    the first failure.
    """
    ordered = sorted(times)
    burst = list(takewhile(lambda time: time < ordered[0] + first_interval, ordered))
    return burst, ordered[len(burst) :]


def early_probes(probes: Sequence[float], intervals: Iterator[float]) -> list[float]:
    """Of each probe that came sooner than its interval after the one before: how much sooner.

    Args:
        probes: In order.
        intervals: The first is the one between the first probe and the second.
    """
    gaps = (later - earlier for earlier, later in pairwise(probes))
    return [
        interval - gap for gap, interval in zip(gaps, intervals, strict=False) if gap < interval
    ]

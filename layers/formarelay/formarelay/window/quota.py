"""What the usage says of the quota, in the item that every worker reads anyway."""

from __future__ import annotations

from formarelay.window.change import Change, Fields, difference
from formarelay.window.fields import GATE, RESERVE
from formarelay.window.gate import Gate, closed, probed
from formarelay.window.rules import WindowRules, to_ms

QUOTA_EXHAUSTED = "quota_exhausted"
QUOTA_RESERVED = "quota_reserved"
# Longer than the usage is silent as a rule. Afterwards a probe asks the provider itself.
_CLOSED_SECONDS = 900.0
# Through an outage of the usage, but not for ever: a mark that nobody renews ends.
_RESERVED_SECONDS = 3600.0
# How long those wait who have to leave the reserve alone, before they ask again.
_LONGEST_WAIT_MS = 300_000


def reserved_wait_ms(fields: Fields, now_ms: int) -> int:
    """How long calls that are not urgent should wait; 0 when the quota is no reason to."""
    left_ms = int(fields.get(RESERVE, 0)) - now_ms
    return min(_LONGEST_WAIT_MS, max(0, left_ms))


def noted_quota(
    fields: Fields, *, exhausted: bool, reserved: bool, now_ms: int, rules: WindowRules
) -> Change | None:
    """The change after the usage was read; None when it says nothing new.

    Args:
        fields: The copy.
        exhausted: Nothing is left: the gate closes. Otherwise, if that is why it is closed, one
            call may try at once.
        reserved: What is left is for urgent calls.
        now_ms: The present.
        rules: Of the window.
    """
    standing = Gate.parse(fields.get(GATE))
    if exhausted:
        gate: Gate | None = closed(
            standing, reason=QUOTA_EXHAUSTED, seconds=_CLOSED_SECONDS, now_ms=now_ms, rules=rules
        )
    else:
        gate = probed(standing, reason=QUOTA_EXHAUSTED, now_ms=now_ms)
    return difference(
        fields,
        {
            GATE: gate.text() if gate is not None else None,
            RESERVE: now_ms + to_ms(_RESERVED_SECONDS) if reserved else None,
        },
    )

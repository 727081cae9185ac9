"""When a secret's next rotation is, on the emulator's record of the secret."""

from __future__ import annotations

from local.emulator.secrets_manager import rules
from local.emulator.secrets_manager.stages import Record

# DescribeSecret reports the end of the window: AWS promises a rotation on or before that date.
CLOSES = "NextRotationDate"
# The emulator's record takes more entries and shows none of them.
OPENS = "RotationWindowOpens"
LAST = "LastRotatedDate"


def plan(secret: Record, *, after: float) -> None:
    """Plans the rotation that follows `after`, or none when the secret has no rules."""
    forget(secret)
    if secret.get("RotationRules"):
        window = rules.next_window(secret["RotationRules"], after=after)
        secret[OPENS], secret[CLOSES] = window.opens, int(window.closes)


def forget(secret: Record) -> None:
    secret.pop(OPENS, None)
    secret.pop(CLOSES, None)


def is_due(secret: Record, *, now: float) -> bool:
    return bool(secret.get("RotationEnabled")) and OPENS in secret and secret[OPENS] <= now


def note_rotation(secret: Record, *, now: float) -> None:
    secret[LAST] = int(now)
    plan(secret, after=now)


def note_manual_value(secret: Record, *, now: float) -> None:
    """A value that was put by hand counts as a rotation for an interval in days."""
    given = secret.get("RotationRules") or {}
    if secret.get("RotationEnabled") and "AutomaticallyAfterDays" in given:
        plan(secret, after=now)

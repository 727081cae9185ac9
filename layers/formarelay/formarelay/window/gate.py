"""The gate: nobody calls while it is closed; then one probe; then more, doubling."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from formarelay.window.change import Change, Fields, Value, difference
from formarelay.window.fields import GATE
from formarelay.window.rules import WindowRules, to_ms

_LONGEST_REASON = 40


class Gate(NamedTuple):
    """A gate that is not open. An open one is no gate at all.

    It is closed until `closed_until_ms`. Then it reopens in stages: the first grants one call, the
    probe, and each next one twice as many, when a call of the one before was answered well. A stage
    whose calls are never finished is granted anew once they must have ended.

    Args:
        stage: Counts up, so that what comes late from an earlier stage is recognised.
        closed_until_ms: Before it, nobody calls.
        closings: How often it closed without having been open between.
        size: How many calls the present stage has; 0 before the first.
        left: How many of them are not granted yet.
        stage_until_ms: When the stage is granted anew.
        reason: Why it closed, as `throttled`.
    """

    stage: int
    closed_until_ms: int
    closings: int
    size: int
    left: int
    stage_until_ms: int
    reason: str

    @classmethod
    def parse(cls, text: Value | None) -> Gate | None:
        """The gate that a field of the item describes."""
        if text is None:
            return None
        stage, until_ms, closings, size, left, stage_until_ms, reason = str(text).split(" ", 6)
        return cls(
            stage=int(stage),
            closed_until_ms=int(until_ms),
            closings=int(closings),
            size=int(size),
            left=int(left),
            stage_until_ms=int(stage_until_ms),
            reason=reason,
        )

    def text(self) -> str:
        numbers = (self.stage, self.closed_until_ms, self.closings, self.size, self.left)
        return " ".join(map(str, (*numbers, self.stage_until_ms, self.reason)))


class Admission(NamedTuple):
    """What the gate lets through: `allowed` calls, and the gate once they are granted."""

    allowed: int
    gate: Gate | None
    wait_ms: int = 0


# How long those wait who come while the calls of a stage are under way.
_STAGE_WAIT_MS = 1000


def admit(gate: Gate | None, wanted: int, *, now_ms: int, rules: WindowRules) -> Admission:
    """How many of `wanted` calls may pass now."""
    if gate is None:
        return Admission(wanted, None)
    if now_ms < gate.closed_until_ms:
        return Admission(0, gate, gate.closed_until_ms - now_ms)
    if gate.size == 0 or (gate.left == 0 and now_ms >= gate.stage_until_ms):
        gate = _begin(gate, max(1, gate.size), now_ms, rules)
    allowed = min(wanted, gate.left)
    wait_ms = min(_STAGE_WAIT_MS, max(1, gate.stage_until_ms - now_ms))
    return Admission(allowed, gate._replace(left=gate.left - allowed), wait_ms)


def closed(
    gate: Gate | None, *, reason: str, seconds: float, now_ms: int, rules: WindowRules
) -> Gate:
    """The gate after somebody closed it; the same one when a longer closure stands.

    A closure that follows another without the gate having been open between is longer than asked,
    up to `longest_backoff_seconds`: the probe has failed. Reports that arrive while it is closed
    are of the same failure and only lengthen it.
    """
    # A float that is not a number is not below anything.
    seconds = seconds if seconds < rules.longest_closure_seconds else rules.longest_closure_seconds
    seconds = max(seconds, 0.0)
    until_ms = now_ms + to_ms(seconds)
    reason = reason[:_LONGEST_REASON]
    if gate is not None and now_ms < gate.closed_until_ms:
        if until_ms <= gate.closed_until_ms:
            return gate
        return gate._replace(closed_until_ms=until_ms, reason=reason)
    before = gate.closings if gate is not None else 0
    doubled = min(max(seconds, 0.1) * 2.0 ** min(before, 20), rules.longest_backoff_seconds)
    return Gate(
        stage=(gate.stage if gate is not None else 0) + 1,
        closed_until_ms=now_ms + to_ms(max(seconds, doubled)),
        closings=before + 1,
        size=0,
        left=0,
        stage_until_ms=0,
        reason=reason,
    )


def reopened(gate: Gate | None, *, reason: str) -> Gate | None:
    """The gate after the reason for closing it is gone: open, unless another reason closed it."""
    return None if gate is not None and gate.reason == reason else gate


def probed(gate: Gate | None, *, reason: str, now_ms: int) -> Gate | None:
    """The gate after word that its reason may be gone: if it is that one, a probe may go now."""
    if gate is None or gate.reason != reason or gate.closed_until_ms <= now_ms:
        return gate
    return gate._replace(closed_until_ms=now_ms)


def confirmed(
    gate: Gate | None,
    *,
    stage: int,
    called: int,
    unused: int,
    healthy: bool,
    now_ms: int,
    limit: int,
    rules: WindowRules,
) -> Gate | None:
    """The gate after calls that `stage` granted have ended.

    Args:
        gate: As it stands.
        stage: Of the reservation; 0 when it was granted by an open gate, which proves nothing now.
        called: Calls that were made.
        unused: Calls that were not; the stage may grant them again.
        healthy: Whether the provider answered at least one call as it should.
        now_ms: The present.
        limit: A stage of this size is as good as open.
        rules: Say how long a stage may take.
    """
    if gate is None or gate.size == 0 or gate.stage != stage:
        return gate
    if called and healthy:
        size = 2 * gate.size
        return _begin(gate, size, now_ms, rules) if size < limit else None
    return gate._replace(left=min(gate.size, gate.left + unused))


def gate_change(
    change: Callable[[Gate | None], Gate | None],
) -> Callable[[Fields], Change | None]:
    """The change of the item that a change of its gate is; None when it is none."""

    def of_item(fields: Fields) -> Change | None:
        standing = Gate.parse(fields.get(GATE))
        gate = change(standing)
        if gate == standing:
            return None
        return difference(fields, {GATE: gate.text() if gate is not None else None})

    return of_item


def _begin(gate: Gate, size: int, now_ms: int, rules: WindowRules) -> Gate:
    return gate._replace(
        stage=gate.stage + 1,
        size=size,
        left=size,
        stage_until_ms=now_ms + to_ms(rules.longest_call_seconds),
    )

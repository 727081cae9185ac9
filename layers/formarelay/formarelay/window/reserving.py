"""The change that gives a worker its slots, with the conditions that make it right on any item."""

from __future__ import annotations

from collections.abc import Collection
from typing import NamedTuple

from msgspec.structs import replace

from formarelay.window.change import Change, Fields, Value
from formarelay.window.choosing import Choice, choose_slots
from formarelay.window.fields import CAP, GATE, RESERVE, USED, hold_field, hold_value
from formarelay.window.gate import Gate, admit
from formarelay.window.limit import limit_in_use
from formarelay.window.quota import QUOTA_RESERVED, reserved_wait_ms
from formarelay.window.reservation import Hold, SlotReservation
from formarelay.window.rules import WindowRules, to_ms

RATE_LIMITED = "rate_limited"
# What decides how many are granted; a change holds only while the copy is right about them.
_GOVERNING = (CAP, GATE, RESERVE)


class Instant(NamedTuple):
    """One instant on both of a machine's clocks."""

    monotonic: float
    wall: float


class Wish(NamedTuple):
    """What a worker asks for.

    Args:
        calls: At least 1.
        patience_ms: It takes slots that become free within this time, and waits for them itself.
        name: Of its hold.
        now_ms: The present or earlier, for what is free.
        latest_ms: The present or later, for when its own slots lapse.
        urgent: How many of the calls may use the reserve of the quota.
        past_gate: A gate that one of these reasons closed does not hold the calls back.
    """

    calls: int
    patience_ms: int
    name: str
    now_ms: int
    latest_ms: int
    urgent: int
    past_gate: Collection[str] = ()


class Plan(NamedTuple):
    """How a wish can be met.

    Args:
        change: To be made first; None when nothing can be had now. Without origins it only removes
            free slots that are too many, and the worker looks again.
        origins_ms: For each slot when its previous call ended; 0 for a slot without one.
        lapses_ms: When the slots count as ended if nobody says so before.
        hold_value: What the change puts into the field of the hold.
        stage: Of the reopening gate; 0 when it is open.
        wait_ms: When the calls that get no slot should ask again; 0 when all get one.
        reason: Why some get no slot; empty when all do.
    """

    change: Change | None
    origins_ms: tuple[int, ...] = ()
    lapses_ms: int = 0
    hold_value: str = ""
    stage: int = 0
    wait_ms: int = 0
    reason: str = ""


def plan_reservation(fields: Fields, wish: Wish, rules: WindowRules) -> Plan:
    """Decides how many of the wished calls may start, and when."""
    reserved_ms = reserved_wait_ms(fields, wish.now_ms)
    calls = min(wish.calls, wish.urgent) if reserved_ms else wish.calls
    if calls == 0:
        return Plan(change=None, wait_ms=reserved_ms, reason=QUOTA_RESERVED)
    admission = admit(_gate_before(fields, wish), calls, now_ms=wish.now_ms, rules=rules)
    gate = admission.gate
    if gate is not None and admission.allowed == 0:
        return Plan(change=None, wait_ms=admission.wait_ms, reason=gate.reason)
    choice = choose_slots(
        fields,
        wanted=admission.allowed,
        now_ms=wish.now_ms,
        # A gate that is reopening may close again while somebody waits.
        patience_ms=wish.patience_ms if gate is None else 0,
        rules=rules,
    )
    granted = len(choice.origins_ms)
    wait_ms, reason = 0, ""
    if granted < admission.allowed:
        wait_ms, reason = choice.wait_ms, RATE_LIMITED
    elif gate is not None and granted < calls:
        wait_ms, reason = admission.wait_ms, gate.reason
    elif granted < wish.calls:
        wait_ms, reason = reserved_ms, QUOTA_RESERVED
    if not granted and not choice.retired:
        return Plan(change=None, wait_ms=wait_ms, reason=reason)
    if gate is not None:
        gate = gate._replace(left=gate.left + admission.allowed - granted)
    lapses_ms = _lapses_ms(choice, wish, rules)
    value = hold_value(granted, lapses_ms)
    change = _moving(fields, choice, limit_in_use(fields.get(CAP), rules))
    return Plan(
        change=_holding(change, hold_field(wish.name), value, gate) if granted else change,
        origins_ms=choice.origins_ms,
        lapses_ms=lapses_ms,
        hold_value=value,
        stage=gate.stage if gate is not None else 0,
        wait_ms=wait_ms,
        reason=reason,
    )


def _gate_before(fields: Fields, wish: Wish) -> Gate | None:
    """The gate that the calls have to pass."""
    gate = Gate.parse(fields.get(GATE))
    return None if gate is not None and gate.reason in wish.past_gate else gate


def _lapses_ms(choice: Choice, wish: Wish, rules: WindowRules) -> int:
    begins_ms = max(wish.latest_ms, max(choice.origins_ms, default=0) + rules.slot_life_ms)
    return begins_ms + to_ms(rules.longest_call_seconds)


def _moving(fields: Fields, choice: Choice, limit: int) -> Change:
    """Slots leave the fields where they were, if they still are there."""
    growth = choice.room_taken - sum(slot.size for slot in choice.retired)
    at_least: dict[str, int] = {}
    add = {USED: growth} if growth else {}
    leaving = list(choice.retired)
    for slot, count in choice.passed_on:
        if count == slot.size:
            leaving.append(slot)
        else:
            at_least[slot.field], add[slot.field] = count, -count
    return Change(
        equal={name: fields.get(name) for name in (*_GOVERNING, *(slot.field for slot in leaving))},
        at_most={USED: limit - growth} if choice.origins_ms else {},
        at_least=at_least,
        add=add,
        remove=tuple(slot.field for slot in leaving),
    )


def _holding(change: Change, field: str, value: str, gate: Gate | None) -> Change:
    """The worker's hold appears, and the gate counts its calls if it is reopening."""
    put: dict[str, Value] = {field: value}
    if gate is not None:
        put[GATE] = gate.text()
    return replace(change, equal={**change.equal, field: None}, put=put)


def granted(plan: Plan, wish: Wish, decided_at: Instant, rules: WindowRules) -> SlotReservation:
    """What the worker is told once the plan's change is made."""
    starts = tuple(
        decided_at.monotonic + max(0, origin_ms + rules.slot_life_ms - wish.now_ms) / 1000
        for origin_ms in plan.origins_ms
    )
    return SlotReservation(
        granted=len(starts),
        wait_seconds=plan.wait_ms / 1000,
        reason=plan.reason,
        starts=starts,
        hold=Hold(
            name=hold_field(wish.name),
            value=plan.hold_value,
            lapses_ms=plan.lapses_ms,
            origins_ms=plan.origins_ms,
            stage=plan.stage,
            granted_monotonic=decided_at.monotonic,
            granted_wall=decided_at.wall,
            usable_seconds=starts[-1] - decided_at.monotonic + rules.longest_call_seconds,
        ),
    )


def refused(wait_seconds: float, reason: str) -> SlotReservation:
    """What the worker is told when it gets nothing."""
    return SlotReservation(granted=0, wait_seconds=wait_seconds, reason=reason)

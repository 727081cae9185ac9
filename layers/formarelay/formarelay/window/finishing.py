"""The change that says how a worker's calls ended, and what the provider said of its limit."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

from formarelay.window.change import Change, Fields, Value
from formarelay.window.fields import CAP, GATE, USED, end_field, slots_by_end
from formarelay.window.gate import Gate, confirmed
from formarelay.window.limit import learned_cap, limit_in_use
from formarelay.window.reservation import Hold
from formarelay.window.rules import WindowRules

# A count of the provider's older than this part of a window says too little about the present.
_FRESH_PART = 20


class Ending(NamedTuple):
    """How the calls of a reservation ended.

    Args:
        ends_ms: The ends that are known, the present or earlier each.
        unused: Slots whose call never started.
        healthy: Whether the provider answered at least one call as it should.
        limit: What the provider says the limit is; None when it does not say.
        remaining: What it says is left of it after the last of the ends; None when it does not say.
        now_ms: The present or earlier.
        latest_ms: The present or later.
    """

    ends_ms: Sequence[int]
    unused: int
    healthy: bool
    limit: int | None
    remaining: int | None
    now_ms: int
    latest_ms: int


def plan_finish(
    fields: Fields, hold: Hold, ending: Ending, rules: WindowRules, *, ends_only: bool
) -> Change:
    """The change, conditional on the hold being in the item.

    Args:
        fields: The copy.
        hold: Of the reservation.
        ending: How its calls ended.
        rules: Of the window.
        ends_only: Leaves gate and limit as they are, so that nobody else's change can be in the
            way.
    """
    add: Counter[str] = Counter(end_field(rules.noted(end_ms)) for end_ms in ending.ends_ms)
    unknown = len(hold.origins_ms) - len(ending.ends_ms) - ending.unused
    if unknown:
        add[end_field(rules.noted(hold.lapses_ms))] += unknown
    _give_back(add, hold, ending, rules)
    equal: dict[str, Value | None] = {hold.name: hold.value}
    put: dict[str, Value] = {}
    remove = [hold.name]
    if not ends_only:
        for name, value in _notes(fields, hold, ending, rules).items():
            if value != fields.get(name):
                equal[name] = fields.get(name)
                if value is None:
                    remove.append(name)
                else:
                    put[name] = value
    return Change(
        equal=equal,
        add={name: amount for name, amount in add.items() if amount},
        put=put,
        remove=tuple(remove),
    )


def _give_back(add: Counter[str], hold: Hold, ending: Ending, rules: WindowRules) -> None:
    """Returns unused slots to where they came from.

    Which of several stayed unused is not known, so it is those whose previous call ended last.
    """
    unused = sorted(hold.origins_ms)[len(hold.origins_ms) - ending.unused :]
    for origin_ms in unused:
        if origin_ms + rules.slot_life_ms <= ending.now_ms:
            add[USED] -= 1
        else:
            add[end_field(origin_ms)] += 1


def _notes(
    fields: Fields, hold: Hold, ending: Ending, rules: WindowRules
) -> dict[str, Value | None]:
    cap = fields.get(CAP)
    if ending.limit is not None and ending.limit > 0:
        others = _calls_of_others(fields, ending, rules) if hold.stage else 0
        allowed = max(1, ending.limit - others)
        cap = learned_cap(cap, allowed, now_ms=ending.latest_ms, rules=rules)
    gate = confirmed(
        Gate.parse(fields.get(GATE)),
        stage=hold.stage,
        called=len(hold.origins_ms) - ending.unused,
        unused=ending.unused,
        healthy=ending.healthy,
        now_ms=ending.latest_ms,
        limit=limit_in_use(cap, rules),
        rules=rules,
    )
    return {CAP: cap, GATE: gate.text() if gate is not None else None}


def _calls_of_others(fields: Fields, ending: Ending, rules: WindowRules) -> int:
    """How many more calls the provider counts in its window than passed through here.

    To be asked while the gate reopens: nearly nothing else is under way then, so that the copy is
    right, and others' calls may be why it closed.
    """
    if ending.limit is None or ending.remaining is None or not ending.ends_ms:
        return 0
    window_ms = int(rules.window_seconds * 1000)
    counted_at_ms = max(ending.ends_ms)
    if ending.latest_ms - counted_at_ms > window_ms // _FRESH_PART:
        return 0
    ours = sum(
        slot.size for slot in slots_by_end(fields) if slot.end_ms + window_ms > counted_at_ms
    )
    return max(0, ending.limit - ending.remaining - ours)

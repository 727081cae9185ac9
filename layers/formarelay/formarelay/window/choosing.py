"""Which slots a worker gets, decided on a copy of the item."""

from __future__ import annotations

from typing import NamedTuple

from formarelay.window.change import Fields
from formarelay.window.fields import CAP, Ended, slots_by_end, used_slots
from formarelay.window.limit import limit_in_use
from formarelay.window.rules import WindowRules

# DynamoDB takes 300 operators a condition; each slot that leaves the item is one, and its AND.
_MOST_AT_ONCE = 50
# With more fields than a full window of sub-windows can need, free ones leave before they must.
_MANY_FIELDS = 150


class Choice(NamedTuple):
    """Slots for a worker.

    Args:
        room_taken: Slots that come new into the item.
        retired: Free slots that leave it, to make room for those or because they are many.
        passed_on: Slots that change over from an ended call, and how many of each end.
        wait_ms: When the next slot after these becomes free.
    """

    room_taken: int
    retired: list[Ended]
    passed_on: list[tuple[Ended, int]]
    wait_ms: int

    @property
    def origins_ms(self) -> tuple[int, ...]:
        """For each slot when its previous call ended; 0 for a new one."""
        ends = (slot.end_ms for slot, count in self.passed_on for _ in range(count))
        return (0,) * self.room_taken + tuple(ends)


def choose_slots(
    fields: Fields, *, wanted: int, now_ms: int, patience_ms: int, rules: WindowRules
) -> Choice:
    """Takes room first, which no two workers compete for; then free slots; then those free next.

    Args:
        fields: The copy.
        wanted: At least 1.
        now_ms: The present or earlier.
        patience_ms: Slots that become free within this time are passed on.
        rules: Of the window.
    """
    room = limit_in_use(fields.get(CAP), rules) - used_slots(fields)
    slots = slots_by_end(fields)
    retired: list[Ended] = []
    if room < wanted or len(slots) > _MANY_FIELDS:
        over_ms = now_ms - rules.slot_life_ms
        free = [slot for slot in slots if slot.end_ms <= over_ms]
        retired = free[:_MOST_AT_ONCE]
        room += sum(slot.size for slot in retired)
        slots = slots[len(retired) :]
    room_taken = min(wanted, max(0, room))
    passed_on: list[tuple[Ended, int]] = []
    # With too many slots in the item, because the limit fell, the next free ones must leave it.
    if room >= 0:
        until_ms = now_ms + patience_ms - rules.slot_life_ms
        passed_on = _next_free(slots, wanted - room_taken, until_ms)
    spoken_for = max(0, -room) + sum(count for _, count in passed_on)
    return Choice(
        room_taken=room_taken,
        retired=retired,
        passed_on=passed_on,
        wait_ms=_wait_ms(slots, spoken_for, now_ms, rules),
    )


def _next_free(slots: list[Ended], wanted: int, until_ms: int) -> list[tuple[Ended, int]]:
    taken: list[tuple[Ended, int]] = []
    for slot in slots:
        if wanted == 0 or slot.end_ms > until_ms or len(taken) == _MOST_AT_ONCE:
            break
        # A holder can still say when its calls ended, and that may be later than a part of it.
        if not slot.held and slot.size > 0:
            taken.append((slot, min(slot.size, wanted)))
            wanted -= taken[-1][1]
    return taken


def _wait_ms(slots: list[Ended], spoken_for: int, now_ms: int, rules: WindowRules) -> int:
    for slot in slots:
        spoken_for -= slot.size
        if spoken_for < 0:
            # The call of a held slot can end at any moment, but not before now.
            return max(1, min(slot.end_ms, now_ms) + rules.slot_life_ms - now_ms)
    return rules.slot_life_ms

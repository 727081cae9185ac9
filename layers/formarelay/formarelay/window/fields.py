"""The item's fields.

`used`: slots in the item. `e` and a time in hexadecimal milliseconds: how many slots' calls count
as ended then. `h` and a name: slots that a worker holds, as "count lapses_ms". `cap`: a learned
lower limit. `gate`: the gate while it is not open. `reserve`: until when, in milliseconds, only
urgent calls are granted. The first equals the sum of the next two.
"""

from __future__ import annotations

from typing import NamedTuple

from formarelay.window.change import Fields

USED = "used"
CAP = "cap"
GATE = "gate"
RESERVE = "reserve"


class Ended(NamedTuple):
    """Slots whose calls count as ended at one time, or will do so when their holder is dead."""

    end_ms: int
    field: str
    size: int
    held: bool


def used_slots(fields: Fields) -> int:
    return int(fields.get(USED, 0))


def end_field(end_ms: int) -> str:
    return f"e{end_ms:x}"


def hold_field(name: str) -> str:
    return f"h{name}"


def hold_value(count: int, lapses_ms: int) -> str:
    return f"{count} {lapses_ms}"


def slots_by_end(fields: Fields) -> list[Ended]:
    """All slots of the item, those that are free first or next in front."""
    slots = [
        Ended(int(name[1:], 16), name, int(value), held=False)
        for name, value in fields.items()
        if name[0] == "e"
    ]
    for name, value in fields.items():
        if name[0] == "h":
            count, lapses_ms = str(value).split(" ")
            slots.append(Ended(int(lapses_ms), name, int(count), held=True))
    slots.sort()
    return slots

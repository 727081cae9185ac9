"""What a worker holds between asking for slots and saying how its calls ended."""

from __future__ import annotations

from typing import NamedTuple

from msgspec import Struct

from formarelay.slots import Reservation


class Hold(Struct, frozen=True, kw_only=True):
    """The limiter's own notes on slots that it granted. Callers pass it back unread.

    Args:
        name: Its field in the item.
        value: What that field says: how many slots, and when they lapse.
        lapses_ms: When the slots count as ended if nobody says so before.
        origins_ms: For each slot when its previous call ended; 0 for a slot without one.
        stage: The stage of the reopening gate that granted it; 0 when the gate was open.
        granted_monotonic: When it was decided.
        granted_wall: When it was decided.
        usable_seconds: How long after that the last call must have arrived.
    """

    name: str
    value: str
    lapses_ms: int
    origins_ms: tuple[int, ...]
    stage: int
    granted_monotonic: float
    granted_wall: float
    usable_seconds: float


class Closure(NamedTuple):
    """A closed gate: why, as `throttled`, and for how many more seconds."""

    reason: str
    seconds: float


class SlotReservation(Reservation, frozen=True, kw_only=True):
    """How many calls may start, and when.

    Args:
        starts: For each granted call the earliest start, a reading of `Clock.monotonic`, in order.
            All are in the past unless the caller said that it can wait.
        hold: The limiter's own notes; None when nothing was granted.
    """

    starts: tuple[float, ...] = ()
    hold: Hold | None = None

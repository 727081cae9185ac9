"""What publish_usage needs from the outside. The layer's adapters satisfy these by shape."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Protocol

from formarelay.formamail.models import Usage
from formarelay.window import SlotReservation

Admit = Callable[[str], None]
"""Called with the operation before each request; the request is not made when it raises."""


class MailUsage(Protocol):
    """Forma Mail's usage. Raises the errors of `formarelay.errors`."""

    def usage(self, *, admit: Admit) -> Usage: ...


class Slots(Protocol):
    """How many calls may start, and when, over all workers. Raises `TransientError`."""

    def reserve(
        self, wanted: int, *, patience_seconds: float = 0.0, past_gate: Collection[str] = ()
    ) -> SlotReservation: ...

    def finish(
        self, reservation: SlotReservation, *, ends: Sequence[float], unused: int = 0
    ) -> bool: ...


class QuotaGuard(Protocol):
    """What the senders are told of the quota. Raises `TransientError`."""

    def note_quota(self, *, exhausted: bool, reserved: bool) -> None: ...


class Note(Protocol):
    """One text that outlives the function. Raises `TransientError`."""

    def read(self) -> str: ...

    def write(self, text: str) -> None: ...


class Metrics(Protocol):
    """Where numbers go: name, unit, value, dimensions. Raises `TransientError`."""

    def put(self, values: Sequence[tuple[str, str, float, Mapping[str, str]]]) -> None: ...

"""What settle_unknown needs from the outside. The layer's adapters satisfy these by shape."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import Protocol

from formarelay.claims import MailState, Unsettled, UnsettledPage
from formarelay.formamail.models import Email
from formarelay.window import SlotReservation

Admit = Callable[[str], None]
"""Called with the operation before each request; the request is not made when it raises."""


class UnsettledMails(Protocol):
    """The ledger's open questions. Raises `TransientError`."""

    def page(self, *, position: str, quiet_since: float) -> UnsettledPage: ...

    def settle(self, mail: Unsettled, *, state: MailState, email_id: str = "") -> bool: ...

    def note_absence(self, mail: Unsettled) -> bool: ...

    def position(self) -> str: ...

    def save_position(self, position: str) -> None: ...


class MailList(Protocol):
    """Forma Mail's list of mails. Raises the errors of `formarelay.errors`."""

    def list_emails(
        self,
        *,
        date_from: datetime | None = None,
        date_to: datetime | None = None,
        admit: Admit,
    ) -> Iterator[Email]: ...


class Slots(Protocol):
    """How many calls may start, and when, over all workers. Raises `TransientError`."""

    def reserve(self, wanted: int, *, patience_seconds: float = 0.0) -> SlotReservation: ...

    def may_start(self, reservation: SlotReservation, *, call_seconds: float) -> bool: ...

    def finish(
        self,
        reservation: SlotReservation,
        *,
        ends: Sequence[float],
        unused: int = 0,
        healthy: bool = True,
    ) -> bool: ...

    def close(self, *, reason: str, seconds: float) -> None: ...

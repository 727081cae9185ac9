"""What send_email needs from the outside. The layer's adapters satisfy these by shape."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Protocol

from formarelay.claims import ClaimResult, MailIdentity, MailState
from formarelay.formamail.models import Accepted, Email, SendRequest
from formarelay.window import Closure, SlotReservation

if TYPE_CHECKING:
    from formarelay.formaloo.models import Row

Admit = Callable[[str], None]
"""Called with the operation before each request; the request is not made when it raises."""


class MailProvider(Protocol):
    """Forma Mail. Raises the errors of `formarelay.errors`."""

    def send(self, request: SendRequest, *, admit: Admit) -> Accepted: ...

    def list_emails(
        self,
        *,
        recipient: str | None = None,
        date_from: datetime | None = None,
        admit: Admit,
    ) -> Iterator[Email]: ...


class RowSource(Protocol):
    """Formaloo, for messages that take their variables from a row."""

    def row(self, slug: str) -> Row: ...


class RowGate(Protocol):
    """Whether Formaloo may be called now. Raises `TransientError`."""

    def closure(self) -> Closure | None: ...


class Ledger(Protocol):
    """Who may call the provider for a mail, and what came of it. Raises `TransientError`."""

    def claim(self, mail: MailIdentity, *, lease_seconds: float) -> ClaimResult: ...

    def settle(
        self,
        mail: MailIdentity,
        *,
        claim_id: str,
        state: MailState,
        email_id: str = "",
        attempt_counts: bool = True,
    ) -> bool: ...


class Limiter(Protocol):
    """How many calls may start, and when, over all workers. Raises `TransientError`."""

    def reserve(
        self, wanted: int, *, patience_seconds: float = 0.0, urgent: int | None = None
    ) -> SlotReservation: ...

    def may_start(self, reservation: SlotReservation, *, call_seconds: float) -> bool: ...

    def finish(
        self,
        reservation: SlotReservation,
        *,
        ends: Sequence[float],
        unused: int = 0,
        healthy: bool = True,
        limit: int | None = None,
        remaining: int | None = None,
    ) -> bool: ...

    def close(self, *, reason: str, seconds: float) -> None: ...


class DeadLetters(Protocol):
    """Where messages go that cannot be sent. Raises `TransientError` when one is not stored."""

    def put(self, body: str, *, facts: Mapping[str, str]) -> None: ...

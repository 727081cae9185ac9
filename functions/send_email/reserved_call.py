"""The provider for one mail, each of whose requests has a slot of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import datetime
from typing import Protocol

from formarelay.errors import (
    ConnectionFailedError,
    CredentialError,
    FormaError,
    OutcomeUnknownError,
    PermanentError,
    PermissionDeniedError,
    RateLimit,
    RateLimitedError,
    SecretUnavailableError,
    TransientError,
)
from formarelay.formamail.models import Accepted, Email, SendRequest
from formarelay.window import SlotReservation
from send_email.policy import DEPENDENCY_SECONDS
from send_email.ports import Limiter, MailProvider
from send_email.slot import Slot, SlotLostError


class MailCall(Protocol):
    """The provider as a delivery sees it: to send one mail, or to look one up."""

    def send(self, request: SendRequest) -> Accepted: ...

    def list_emails(
        self, *, recipient: str | None = None, date_from: datetime | None = None
    ) -> Iterator[Email]: ...


class ReservedCall:
    """Makes one call, which is one request as a rule. Used by one thread.

    The repeat after a refused key, and each further page of a list, is a request more: it takes
    another slot first, and is not made without one.

    Args:
        provider: Makes the requests.
        slot: For the first request.
        limiter: Grants further slots.
        new_slot: Makes the slot of a reservation for one request.
        may_go_on: Whether a request that starts now ends in time.
        patience_seconds: How long to wait for a further slot.
    """

    def __init__(
        self,
        provider: MailProvider,
        *,
        slot: Slot,
        limiter: Limiter,
        new_slot: Callable[[SlotReservation, float], Slot],
        may_go_on: Callable[[], bool],
        patience_seconds: Callable[[], float],
    ) -> None:
        self._provider = provider
        self.slot = slot
        self._limiter = limiter
        self._new_slot = new_slot
        self._may_go_on = may_go_on
        self._patience_seconds = patience_seconds
        self._further: tuple[SlotReservation, Slot] | None = None
        self.healthy = False
        """Whether the provider answered as a working provider does, even if it refused."""
        self.outage = False
        """Whether the provider could not be reached, failed, or gave no answer."""
        self.rate: RateLimit | None = None

    def send(self, request: SendRequest) -> Accepted:
        """See `MailCall`. Raises `SlotLostError` when a request had no slot, too."""
        try:
            accepted = self._provider.send(request, admit=self._admit)
        except SlotLostError:
            self._give_back()
            raise
        except FormaError as error:
            self._failed(error)
            raise
        self._answered(accepted.rate)
        return accepted

    def list_emails(
        self, *, recipient: str | None = None, date_from: datetime | None = None
    ) -> Iterator[Email]:
        """See `MailCall`. Raises `SlotLostError` when a request had no slot, too."""
        try:
            yield from self._provider.list_emails(
                recipient=recipient, date_from=date_from, admit=self._admit
            )
        except SlotLostError:
            raise
        except FormaError as error:
            self._failed(error)
            raise
        finally:
            # Here, because a reader that has found its mail goes no further.
            if self._current.started and self._current.ended_at is None and not self.outage:
                self._answered(None)
            self._give_back()

    @property
    def _current(self) -> Slot:
        return self._further[1] if self._further else self.slot

    def _admit(self, operation: str) -> None:
        if not self._current.started:
            self._current.begin(operation)
            return
        # Whoever asks for another request was answered. Without this, a probe whose key had been
        # replaced would keep the gate closed until its slot lapses.
        self.healthy = True
        self._current.end()
        self._give_back()
        if not self._may_go_on():
            raise SlotLostError("no time for another request", operation=operation)
        try:
            reservation = self._limiter.reserve(1, patience_seconds=self._patience_seconds())
        except TransientError as error:
            raise SlotLostError(
                "no slot can be asked for",
                operation=operation,
                reason="dependency_failed",
                wait_seconds=DEPENDENCY_SECONDS,
            ) from error
        if not reservation.granted:
            raise SlotLostError(
                "no slot for another request",
                operation=operation,
                reason=reservation.reason,
                wait_seconds=reservation.wait_seconds,
            )
        slot = self._new_slot(reservation, reservation.starts[0])
        self._further = (reservation, slot)
        slot.wait()
        slot.begin(operation)

    def _give_back(self) -> None:
        """Ends a further slot. A failure costs speed alone: the slot lapses by itself."""
        if self._further is None:
            return
        reservation, slot = self._further
        self._further = None
        with suppress(TransientError):
            self._limiter.finish(
                reservation,
                ends=[slot.ended_at] if slot.ended_at is not None else [],
                unused=int(not slot.started),
                healthy=not self.outage,
            )

    def _answered(self, rate: RateLimit | None) -> None:
        self._current.end()
        self.healthy = True
        self.rate = rate
        self._give_back()

    def _failed(self, error: FormaError) -> None:
        unsent = (ConnectionFailedError, SecretUnavailableError, CredentialError)
        if error.status is not None or isinstance(error, unsent):
            self._current.end()
        # Whoever refuses is there. A send without the right closes the gate by its own verdict.
        self.healthy = isinstance(error, PermanentError | PermissionDeniedError)
        self.outage = isinstance(error, ConnectionFailedError | OutcomeUnknownError)
        if isinstance(error, RateLimitedError):
            self.rate = error.rate_limit
        self._give_back()

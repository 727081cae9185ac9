"""The provider's list, read slowly: each request has a slot, and leaves most slots to mail."""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import suppress
from datetime import UTC, datetime

from formarelay.clock import Clock
from formarelay.errors import (
    ConnectionFailedError,
    CredentialError,
    FormaError,
    OutcomeUnknownError,
    RateLimitedError,
    SecretUnavailableError,
    TransientError,
)
from formarelay.formamail.models import Email
from formarelay.window import SlotReservation
from settle_unknown.policy import SweepPolicy
from settle_unknown.ports import MailList, Slots

_UNSENT = (ConnectionFailedError, SecretUnavailableError, CredentialError)


class NotNowError(TransientError):
    """A request was not made; `reason` is a word of the limiter's, or `no_time`."""

    def __init__(self, reason: str, *, operation: str) -> None:
        super().__init__(f"no request to the provider: {reason}", operation=operation)
        self.reason = reason


class PacedList:
    """Used by one thread, for one list at a time.

    Args:
        provider: Makes the requests.
        slots: Grants them.
        policy: The times.
        clock: Times pauses and ends.
        sleep: Waits.
        remaining_seconds: How long the invocation has left.
    """

    def __init__(
        self,
        provider: MailList,
        *,
        slots: Slots,
        policy: SweepPolicy,
        clock: Clock,
        sleep: Callable[[float], None],
        remaining_seconds: Callable[[], float],
    ) -> None:
        self._provider = provider
        self._slots = slots
        self._policy = policy
        self._clock = clock
        self._sleep = sleep
        self._remaining_seconds = remaining_seconds
        self._reservation: SlotReservation | None = None
        self._next_at = clock.monotonic()

    def emails(self, *, since: float, until: float) -> Generator[Email, None, None]:
        """Every mail that the provider accepted between the two, in unix seconds.

        To be closed by a reader that stops early.

        Raises:
            NotNowError: A request had no slot, or no time.
            FormaError: As the provider's list does.
        """
        try:
            yield from self._provider.list_emails(
                date_from=datetime.fromtimestamp(since, UTC),
                date_to=datetime.fromtimestamp(until, UTC),
                admit=self._admit,
            )
        except NotNowError:
            raise
        except FormaError as error:
            self._failed(error)
            raise
        finally:
            self._answered()

    def _admit(self, operation: str) -> None:
        self._answered()
        pause_seconds = max(0.0, self._next_at - self._clock.monotonic())
        self._check_time(pause_seconds, operation)
        if pause_seconds:
            self._sleep(pause_seconds)
        spare_seconds = self._spare_seconds()
        patience_seconds = max(0.0, min(self._policy.patience_seconds, spare_seconds))
        reservation = self._slots.reserve(1, patience_seconds=patience_seconds)
        if not reservation.granted:
            raise NotNowError(reservation.reason, operation=operation)
        wait_seconds = reservation.starts[0] - self._clock.monotonic()
        if wait_seconds > 0:
            self._sleep(wait_seconds)
        if not self._slots.may_start(reservation, call_seconds=self._policy.call_seconds):
            with suppress(TransientError):
                self._slots.finish(reservation, ends=[], unused=1)
            raise NotNowError("slot_lost", operation=operation)
        self._reservation = reservation
        self._next_at = self._clock.monotonic() + self._policy.pause_seconds

    def _spare_seconds(self) -> float:
        needed_seconds = self._policy.call_seconds + self._policy.margin_seconds
        return self._remaining_seconds() - needed_seconds

    def _check_time(self, pause_seconds: float, operation: str) -> None:
        if self._spare_seconds() < pause_seconds:
            raise NotNowError("no_time", operation=operation)

    def _answered(self) -> None:
        self._finish(ended=True, healthy=True)

    def _failed(self, error: FormaError) -> None:
        ended = error.status is not None or isinstance(error, _UNSENT)
        outage = isinstance(error, ConnectionFailedError | OutcomeUnknownError)
        self._finish(ended=ended, healthy=not outage and not isinstance(error, RateLimitedError))
        if isinstance(error, RateLimitedError):
            with suppress(TransientError):
                self._slots.close(reason="throttled", seconds=error.retry_after_seconds)

    def _finish(self, *, ended: bool, healthy: bool) -> None:
        """Gives the slot of the last request back. A failure costs speed alone: it lapses."""
        if self._reservation is None:
            return
        reservation, self._reservation = self._reservation, None
        ends = [self._clock.monotonic()] if ended else []
        with suppress(TransientError):
            self._slots.finish(reservation, ends=ends, healthy=healthy)

"""The right to make one provider call: it waits for its slot and notes how the call ended."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime

from formarelay.clock import Clock
from formarelay.errors import (
    ConnectionFailedError,
    CredentialError,
    FormaError,
    OutcomeUnknownError,
    PermanentError,
    RateLimit,
    RateLimitedError,
    SecretUnavailableError,
    TransientError,
)
from formarelay.formamail.models import Accepted, Email, SendRequest
from send_email.ports import MailProvider


class SlotLostError(TransientError):
    """The call was not made: its slot was used before, or cannot be used any more."""


class ReservedCall:
    """The provider, for one call. Used by one thread.

    Args:
        provider: Makes the call.
        starts_at: Reading of `Clock.monotonic` before which the call must not start.
        may_start: Whether the slot still holds for a call that starts now.
        clock: Its monotonic clock times the end of the call.
        sleep: Waits for the start.
    """

    def __init__(
        self,
        provider: MailProvider,
        *,
        starts_at: float,
        may_start: Callable[[], bool],
        clock: Clock,
        sleep: Callable[[float], None],
    ) -> None:
        self._provider = provider
        self._starts_at = starts_at
        self._may_start = may_start
        self._clock = clock
        self._sleep = sleep
        self.started = False
        self.ended_at: float | None = None
        """When the provider is known to have finished with the call; None while it may not have."""
        self.healthy = False
        """Whether the provider answered as a working provider does, even if it refused."""
        self.outage = False
        """Whether the provider could not be reached, failed, or gave no answer."""
        self.rate: RateLimit | None = None

    def wait(self) -> None:
        """Sleeps until the slot's start."""
        wait_seconds = self._starts_at - self._clock.monotonic()
        if wait_seconds > 0:
            self._sleep(wait_seconds)

    def send(self, request: SendRequest) -> Accepted:
        """See `MailProvider`. Raises `SlotLostError` without a call, too."""
        self._begin("POST emails/send")
        try:
            accepted = self._provider.send(request)
        except FormaError as error:
            self._failed(error)
            raise
        self._answered(accepted.rate)
        return accepted

    def list_emails(
        self, *, recipient: str | None = None, date_from: datetime | None = None
    ) -> Iterator[Email]:
        """See `MailProvider`. A second page is a second call, and rare enough to go uncounted."""
        self._begin("GET emails")
        try:
            yield from self._provider.list_emails(recipient=recipient, date_from=date_from)
        except FormaError as error:
            self._failed(error)
            raise
        finally:
            if not self.outage and self.ended_at is None:
                self._answered(None)

    def _begin(self, operation: str) -> None:
        if self.started or not self._may_start():
            raise SlotLostError("the slot cannot be used", operation=operation)
        self.started = True

    def _answered(self, rate: RateLimit | None) -> None:
        self.ended_at = self._clock.monotonic()
        self.healthy = True
        self.rate = rate

    def _failed(self, error: FormaError) -> None:
        unsent = (ConnectionFailedError, SecretUnavailableError, CredentialError)
        if error.status is not None or isinstance(error, unsent):
            self.ended_at = self._clock.monotonic()
        self.healthy = isinstance(error, PermanentError)
        self.outage = isinstance(error, ConnectionFailedError | OutcomeUnknownError)
        if isinstance(error, RateLimitedError):
            self.rate = error.rate_limit

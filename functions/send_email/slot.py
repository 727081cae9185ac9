"""One request's place in the shared window, used once."""

from __future__ import annotations

from collections.abc import Callable

from formarelay.clock import Clock
from formarelay.errors import TransientError
from formarelay.window import SlotReservation
from send_email.ports import Limiter


class SlotLostError(TransientError):
    """The request was not made: no slot holds for it, or there is no time for it.

    Args:
        reason: Why, as the word that its message is handed back with.
        wait_seconds: How long that message should stay away.
    """

    def __init__(
        self, message: str, *, operation: str, reason: str = "no_time", wait_seconds: float = 0.0
    ) -> None:
        super().__init__(message, operation=operation)
        self.reason = reason
        self.wait_seconds = wait_seconds


class Slot:
    """Belongs to one thread.

    Args:
        limiter: Granted the reservation.
        reservation: One or more slots; this object stands for one of them.
        starts_at: Reading of `Clock.monotonic` before which the request must not start.
        call_seconds: The longest that the request takes.
        clock: Its monotonic clock times the end.
        sleep: Waits for the start.
    """

    def __init__(
        self,
        limiter: Limiter,
        reservation: SlotReservation,
        *,
        starts_at: float,
        call_seconds: float,
        clock: Clock,
        sleep: Callable[[float], None],
    ) -> None:
        self._limiter = limiter
        self._reservation = reservation
        self._starts_at = starts_at
        self._call_seconds = call_seconds
        self._clock = clock
        self._sleep = sleep
        self.started = False
        self.ended_at: float | None = None
        """When the provider is known to have finished with it; None while it may not have."""

    def wait(self) -> None:
        """Sleeps until the slot's start."""
        wait_seconds = self._starts_at - self._clock.monotonic()
        if wait_seconds > 0:
            self._sleep(wait_seconds)

    def begin(self, operation: str) -> None:
        """Raises `SlotLostError` when the slot was used before, or does not hold any more."""
        if self.started or not self._limiter.may_start(
            self._reservation, call_seconds=self._call_seconds
        ):
            raise SlotLostError("the slot cannot be used", operation=operation)
        self.started = True

    def end(self) -> None:
        """The provider has finished with the request."""
        if self.started and self.ended_at is None:
            self.ended_at = self._clock.monotonic()

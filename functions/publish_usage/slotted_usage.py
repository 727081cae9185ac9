"""Forma Mail's usage, asked within the rate that all workers share."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress

from formarelay.clock import Clock
from formarelay.errors import FormaError, TransientError
from formarelay.formamail.models import Usage
from formarelay.window import SlotReservation
from publish_usage.ports import MailUsage, Slots

# Under a constant backlog a slot becomes free far sooner, and is then taken before others ask.
PATIENCE_SECONDS = 20.0
# Nobody sends for these reasons, and the usage is what ends or explains them.
PAST_GATE = frozenset({"quota_exhausted", "key_refused", "right_missing", "provider_down"})


class SlottedUsage:
    """Takes a slot for each request. While the provider throttles, none is made."""

    def __init__(
        self,
        provider: MailUsage,
        *,
        slots: Slots,
        clock: Clock,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._provider = provider
        self._slots = slots
        self._clock = clock
        self._sleep = sleep

    def usage(self) -> Usage:
        """Raises what the provider's client does, and `TransientError` when there is no slot."""
        held: list[SlotReservation] = []

        def admit(operation: str) -> None:
            if held:
                # It asks again after a refused key: the answer to the first request is here.
                self._free(held.pop(), answered=True)
            reservation = self._slots.reserve(
                1, patience_seconds=PATIENCE_SECONDS, past_gate=PAST_GATE
            )
            if not reservation.granted:
                raise TransientError(f"no slot: {reservation.reason}", operation=operation)
            held.append(reservation)
            self._sleep(max(0.0, reservation.starts[0] - self._clock.monotonic()))

        answered = False
        try:
            usage = self._provider.usage(admit=admit)
            answered = True
        except FormaError as error:
            answered = error.status is not None
            raise
        finally:
            for reservation in held:
                self._free(reservation, answered=answered)
        return usage

    def _free(self, reservation: SlotReservation, *, answered: bool) -> None:
        """A failure costs speed alone: the slot lapses by itself."""
        ends = [self._clock.monotonic()] if answered else []
        with suppress(TransientError):
            self._slots.finish(reservation, ends=ends)

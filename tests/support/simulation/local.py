"""The limiter on an item in memory, one worker after the other: for tests that need no network."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from itertools import count
from typing import TypeVar

from formarelay.clock import Clock
from formarelay.window import (
    Answer,
    Change,
    Pause,
    Read,
    SharedWindow,
    SlotReservation,
    Steps,
    WindowRules,
)
from tests.support.simulation.store import MemoryStore

Result = TypeVar("Result")
_names = count(1)


class LocalLimiter:
    """One worker. Several that share a `store` compete for the same window.

    `before_change` runs before each change reaches the store, as another worker could.
    `answers_lost` makes that many changes be repeated, as a lost answer does. `pauses` are what it
    would have slept.
    """

    def __init__(self, rules: WindowRules, *, clock: Clock, store: MemoryStore) -> None:
        self.store = store
        self.pauses: list[float] = []
        self.answers_lost = 0
        self.before_change: Callable[[], None] = lambda: None
        self.store_clock: Clock | None = clock
        self._window = SharedWindow(
            rules, clock=clock, new_name=lambda: f"{next(_names):x}", jitter=lambda: 0.5
        )

    @property
    def limit(self) -> int:
        return self._window.limit

    def reserve(self, wanted: int, *, patience_seconds: float = 0.0) -> SlotReservation:
        return self._run(self._window.reserve(wanted, patience_seconds=patience_seconds))

    def finish(
        self,
        reservation: SlotReservation,
        *,
        ends: Sequence[float],
        unused: int = 0,
        healthy: bool = True,
        limit: int | None = None,
        remaining: int | None = None,
    ) -> bool:
        return self._run(
            self._window.finish(
                reservation,
                ends=ends,
                unused=unused,
                healthy=healthy,
                limit=limit,
                remaining=remaining,
            )
        )

    def close(self, *, reason: str, seconds: float) -> None:
        self._run(self._window.close(reason=reason, seconds=seconds))

    def may_start(self, reservation: SlotReservation, *, call_seconds: float) -> bool:
        return self._window.may_start(reservation, call_seconds=call_seconds)

    def _run(self, steps: Steps[Result]) -> Result:
        answer = None
        while True:
            try:
                request = steps.send(answer)
            except StopIteration as stop:
                result: Result = stop.value
                return result
            if isinstance(request, Pause):
                self.pauses.append(request.seconds)
                answer = None
            else:
                answer = self._answer(request)

    def _answer(self, request: Read | Change) -> Answer:
        if isinstance(request, Change):
            self.before_change()
            if self.answers_lost:
                self.answers_lost -= 1
                self.store.answer(request)
        told = self.store_clock
        return self.store.answer(
            request, store_time=math.floor(told.wall()) if told is not None else None
        )

"""What the workers share: the provider, and the store."""

from __future__ import annotations

import math

from formarelay.window import Answer, Change, Read
from tests.support.simulation.providers import SeedBucket, StrictWindow
from tests.support.simulation.scenario import Figures, Scenario
from tests.support.simulation.store import MemoryStore
from tests.support.simulation.world import WorkerClock, World


class Site:
    def __init__(self, world: World, scenario: Scenario, figures: Figures) -> None:
        self.store = MemoryStore()
        self.strict = StrictWindow(limit=scenario.limit, window_seconds=scenario.window)
        self.seed = SeedBucket(limit=scenario.limit, window_seconds=scenario.window)
        self._store_busy_until = 0.0
        self._landmarks: list[float] = []
        self._world = world
        self._scenario = scenario
        self._figures = figures

    def arrive(self) -> tuple[int, int]:
        """A call arrives: the status of its answer, and how many more are allowed."""
        now = self._world.now
        if self._figures.calls % self._scenario.limit == 0:
            self._landmarks.append(now)
        self._figures.calls += 1
        allowed = self.strict.arrive(now)
        self.seed.arrive(now)
        self._figures.throttled += not allowed
        remaining = self.strict.remaining(now)
        outage = self._scenario.outage
        if outage is not None and outage[0] <= now < outage[1]:
            self._figures.outage_arrivals.append(now)
            return 503, remaining
        if outage is not None and now >= outage[1] and not self._figures.first_after_outage:
            self._figures.first_after_outage = now
        return (201 if allowed else 429), remaining

    def retry_after(self) -> int:
        return self.strict.retry_after(self._world.now)

    def store_queue(self) -> float:
        """How long a request waits for the store: it writes 1,000 units of 1 KiB a second."""
        begins = max(self._world.now, self._store_busy_until)
        self._store_busy_until = begins + self.store.units / 1000
        return begins - self._world.now

    def store_answer(self, request: Read | Change) -> Answer:
        tells = self._scenario.store_tells_time
        store_time = math.floor(WorkerClock.EPOCH + self._world.now) if tells else None
        return self.store.answer(request, store_time=store_time)

    def use(self) -> float:
        """How long n full limits would take at best, by how long they took."""
        windows = len(self._landmarks) - 1
        took = self._landmarks[-1] - self._landmarks[0]
        return windows * self._scenario.window / took if windows else math.nan

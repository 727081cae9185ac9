"""Discrete events in virtual time: any interleaving of workers, and none of it waits."""

from __future__ import annotations

import heapq
import random
from collections.abc import Callable, Generator
from itertools import count

# A process is resumed so many seconds after it yielded them.
Process = Generator[float, None, None]


class World:
    def __init__(self, seed: int) -> None:
        self.now = 0.0
        self.random = random.Random(seed)
        self._events: list[tuple[float, int, Callable[[], None]]] = []
        self._order = count()

    def at(self, when: float, event: Callable[[], None]) -> None:
        heapq.heappush(self._events, (max(when, self.now), next(self._order), event))

    def start(self, process: Process, *, after: float = 0.0) -> None:
        def resume() -> None:
            try:
                self.at(self.now + next(process), resume)
            except StopIteration:
                return

        self.at(self.now + after, resume)

    def run(self, *, until: Callable[[], bool]) -> None:
        while self._events and not until():
            self.now, _, event = heapq.heappop(self._events)
            event()


class WorkerClock:
    """A machine's clocks: the wall clock a little off, the monotonic one of its own start."""

    EPOCH = 1_800_000_000.0

    def __init__(self, world: World, *, offset: float) -> None:
        self._world = world
        self._offset = offset
        self._origin = world.random.uniform(0, 1e6)
        self._stood_still = 0.0

    def wall(self) -> float:
        return self.EPOCH + self._world.now + self._offset

    def monotonic(self) -> float:
        return self._origin + self._world.now - self._stood_still

    def stand_still(self, seconds: float) -> None:
        self._stood_still += seconds

    def set_wrong(self, offset: float) -> None:
        self._offset = offset

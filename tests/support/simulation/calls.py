"""One call of a batch, from its start at the worker over its arrival to its end."""

from __future__ import annotations

from collections.abc import Callable

from formarelay.clock import Clock
from tests.support.simulation.scenario import Scenario
from tests.support.simulation.site import Site
from tests.support.simulation.world import World

UNUSED = 0


class Call:
    """`status` is None while there is no answer, and `UNUSED` when it never started."""

    __slots__ = (
        "_answered",
        "_arrives_after",
        "_clock",
        "_seconds",
        "_site",
        "_world",
        "ended_at",
        "remaining",
        "retry_after",
        "started_at",
        "status",
    )

    def __init__(self, world: World, scenario: Scenario, site: Site, clock: Clock) -> None:
        chance = world.random.random
        self.status: int | None = UNUSED if chance() < scenario.unused else None
        self.started_at = 0.0
        self.ended_at = 0.0
        self.remaining = 0
        self.retry_after = 0
        self._answered = chance() >= scenario.unanswered
        seconds = world.random.lognormvariate(0, 0.5) * scenario.typical_call
        if chance() < scenario.slow_calls:
            seconds = chance() * scenario.call_timeout
        timeout = scenario.call_timeout
        self._seconds = min(timeout, seconds) if self._answered else timeout
        self._arrives_after = chance() * (
            self._seconds if self._answered else scenario.latest_arrival
        )
        self._world = world
        self._site = site
        self._clock = clock

    def schedule(self, at: float, *, may_start: Callable[[], bool]) -> float:
        """Lets it run by itself from then on; returns when the worker knows its outcome."""
        if self.status == UNUSED:
            return at

        def begin() -> None:
            if may_start():
                self.started_at = self._clock.monotonic()
                self._world.at(at + self._arrives_after, self._arrive)
            else:
                self.status = UNUSED

        self._world.at(at, begin)
        # A moment later, for the events of the last instant come first.
        return at + self._seconds + 1e-6

    def _arrive(self) -> None:
        status, self.remaining = self._site.arrive()
        if status == 429:
            self.retry_after = self._site.retry_after()
        if self._answered:
            travels = self._seconds - self._arrives_after
            self._world.at(self._world.now + travels, lambda: self._end(status))

    def _end(self, status: int) -> None:
        self.ended_at = self._clock.monotonic()
        self.status = status

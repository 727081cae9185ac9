"""One worker: reserves, calls, finishes, and sometimes dies."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from itertools import count
from typing import TypeVar

from formarelay.window import Pause, SharedWindow, SlotReservation, Steps
from tests.support.simulation.scenario import Figures, Scenario
from tests.support.simulation.site import Site
from tests.support.simulation.world import Process, World, WorkerClock

Result = TypeVar("Result")
_names = count(1)


@dataclass(slots=True)
class Call:
    """A call of a batch; `status` is None while there is no answer, and 0 when it never started."""

    started_at: float = 0.0
    ended_at: float = 0.0
    status: int | None = None
    remaining: int = 0


class Worker:
    def __init__(self, world: World, scenario: Scenario, site: Site, figures: Figures) -> None:
        self._world = world
        self._random = world.random
        self._scenario = scenario
        self._site = site
        self._figures = figures
        self._skew = scenario.skew / 2
        self._clock = WorkerClock(world, offset=self._random.uniform(-self._skew, self._skew))
        self._window = SharedWindow(
            scenario.rules,
            clock=self._clock,
            new_name=lambda: f"{next(_names):x}",
            jitter=self._random.random,
        )

    def live(self) -> Process:
        while True:
            self._disturb()
            wanted = self._random.randint(1, self._scenario.batch)
            reservation = yield from self._drive(
                self._window.reserve(wanted, patience_seconds=self._scenario.patience)
            )
            if reservation.granted == 0:
                self._figures.refusals += 1
                yield reservation.wait_seconds + self._random.random() * 0.05
                continue
            self._figures.batches += 1
            if self._random.random() < self._scenario.stall:
                stalled = self._random.uniform(0, 2 * self._scenario.longest_call)
                self._clock.stand_still(stalled)
                yield stalled
            calls = [Call() for _ in range(reservation.granted)]
            longest = self._begin(reservation, calls)
            if self._random.random() < self._scenario.death:
                self._figures.deaths += 1
                replacement = Worker(self._world, self._scenario, self._site, self._figures)
                self._world.start(replacement.live(), after=self._random.uniform(0, 2))
                return
            yield max(0.0, longest - self._world.now)
            yield from self._finish(reservation, calls)

    def _disturb(self) -> None:
        if self._random.random() < self._scenario.jump:
            self._clock.set_wrong(self._random.uniform(-600, 600))

    def _begin(self, reservation: SlotReservation, calls: list[Call]) -> float:
        """Lets the calls run by themselves; returns when the last one is over for this worker."""
        over_at = self._world.now
        # Before its call, each mail is claimed, which takes about a round trip.
        claimed_at = self._world.now + self._random.uniform(0.5, 3) * self._scenario.store_trip
        for call, start in zip(calls, reservation.starts, strict=True):
            waits = max(0.0, start - self._clock.monotonic())
            begins_at = max(claimed_at, self._world.now + waits)
            over_at = max(over_at, self._plan(reservation, call, begins_at))
        return over_at

    def _plan(self, reservation: SlotReservation, call: Call, begins_at: float) -> float:
        chance = self._random.random
        if chance() < self._scenario.unused:
            call.status = 0
            return begins_at
        timeout = self._scenario.call_timeout
        seconds = min(timeout, self._random.lognormvariate(0, 0.5) * self._scenario.typical_call)
        if chance() < self._scenario.slow_calls:
            seconds = self._random.uniform(0, timeout)
        answered = chance() >= self._scenario.unanswered
        if not answered:
            seconds = timeout
        arrives_at = begins_at + seconds * chance()
        ends_at = begins_at + seconds

        def begin() -> None:
            if not self._window.may_start(reservation, call_seconds=timeout):
                self._figures.not_started += 1
                call.status = 0
                return
            call.started_at = self._clock.monotonic()
            self._world.at(arrives_at, arrive)

        def arrive() -> None:
            status, call.remaining = self._site.arrive()
            if answered:
                self._world.at(ends_at, lambda: end(status))

        def end(status: int) -> None:
            call.ended_at = self._clock.monotonic()
            call.status = status

        self._world.at(begins_at, begin)
        # A moment later, for the events of the last instant come first.
        return ends_at + 1e-6

    def _finish(self, reservation: SlotReservation, calls: list[Call]) -> Process:
        answered = [call for call in calls if call.status]
        failed = {call.status for call in answered} & {429, 503}
        if 429 in failed:
            yield from self._drive(self._window.close(reason="throttled", seconds=2.0))
        elif failed and not any(call.status == 201 for call in answered):
            yield from self._drive(self._window.close(reason="provider_down", seconds=1.0))
        ends = [
            call.started_at if self._scenario.stamp_starts else call.ended_at for call in answered
        ]
        last = max(answered, key=lambda call: call.ended_at, default=None)
        says = last is not None and self._scenario.says_remaining
        finished = yield from self._drive(
            self._window.finish(
                reservation,
                ends=ends,
                unused=sum(call.status == 0 for call in calls),
                healthy=any(call.status == 201 for call in answered),
                limit=self._scenario.limit if says else None,
                remaining=last.remaining if says and last else None,
            )
        )
        self._figures.lapsed += not finished

    def _drive(self, steps: Steps[Result]) -> Generator[float, None, Result]:
        """Runs an operation of the limiter, each request on its way for a while."""
        answer = None
        while True:
            try:
                request = steps.send(answer)
            except StopIteration as stop:
                result: Result = stop.value
                return result
            if isinstance(request, Pause):
                yield request.seconds
                answer = None
                continue
            yield self._trip()
            answer = self._site.store_answer(request)
            if self._random.random() < self._scenario.lost_answer:
                # As botocore does it.
                yield self._random.uniform(0.05, 1.0)
                answer = self._site.store_answer(request)
            yield self._trip()

    def _trip(self) -> float:
        slow = 20 if self._random.random() < 0.01 else 1
        return self._scenario.store_trip * self._random.uniform(0.3, 0.7) * slow

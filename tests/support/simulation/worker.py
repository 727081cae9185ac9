"""One worker: reserves, calls, finishes, and sometimes dies."""

from __future__ import annotations

from collections.abc import Generator
from itertools import count
from typing import TypeVar

from formarelay.window import Pause, SharedWindow, SlotReservation, Steps
from tests.support.simulation.calls import UNUSED, Call
from tests.support.simulation.scenario import Figures, Scenario
from tests.support.simulation.site import Site
from tests.support.simulation.world import Process, WorkerClock, World

Result = TypeVar("Result")
_names = count(1)


class Worker:
    def __init__(self, world: World, scenario: Scenario, site: Site, figures: Figures) -> None:
        self._world = world
        self._random = world.random
        self._scenario = scenario
        self._site = site
        self._figures = figures
        offset = self._random.uniform(-scenario.skew / 2, scenario.skew / 2)
        self._clock = WorkerClock(world, offset=offset)
        self._window = SharedWindow(
            scenario.rules,
            clock=self._clock,
            new_name=lambda: f"{next(_names):x}",
            jitter=self._random.random,
        )

    def live(self) -> Process:
        while True:
            if self._random.random() < self._scenario.jump:
                wrong = self._random.uniform(2, 600)
                self._clock.set_wrong(self._random.choice((-wrong, wrong)))
            yield from self._stand_still()
            wanted = self._random.randint(1, self._scenario.batch)
            reservation = yield from self._drive(
                self._window.reserve(wanted, patience_seconds=self._scenario.patience)
            )
            if reservation.granted == 0:
                self._figures.refusals += 1
                yield reservation.wait_seconds + self._random.random() * 0.05
                continue
            self._figures.batches += 1
            yield from self._stand_still()
            calls, over_at = self._begin(reservation)
            if self._random.random() < self._scenario.death:
                self._figures.deaths += 1
                replacement = Worker(self._world, self._scenario, self._site, self._figures)
                self._world.start(replacement.live(), after=self._random.uniform(0, 2))
                return
            yield max(0.0, over_at - self._world.now)
            yield from self._close(calls)
            yield from self._finish(reservation, calls)

    def _stand_still(self) -> Process:
        if self._random.random() < self._scenario.stall:
            longest = self._scenario.longest_call + 2 * self._scenario.window
            seconds = self._random.uniform(0, longest)
            self._clock.stand_still(seconds)
            yield seconds

    def _begin(self, reservation: SlotReservation) -> tuple[list[Call], float]:
        """Lets the calls run by themselves; the time is when the last one is over."""
        scenario = self._scenario
        over_at = self._world.now
        # Before its call, each mail is claimed, which takes about a round trip.
        claimed_at = self._world.now + self._random.uniform(0.5, 3) * scenario.store_trip
        calls = []

        def may_start() -> bool:
            if not scenario.asks_before_starting:
                return True
            may = self._window.may_start(reservation, call_seconds=scenario.latest_arrival)
            self._figures.not_started += not may
            return may

        for start in reservation.starts:
            call = Call(self._world, scenario, self._site, self._clock)
            waits = max(0.0, start - self._clock.monotonic())
            begins_at = max(claimed_at, self._world.now + waits)
            over_at = max(over_at, call.schedule(begins_at, may_start=may_start))
            calls.append(call)
        return calls, over_at

    def _close(self, calls: list[Call]) -> Process:
        statuses = {call.status for call in calls if call.status}
        if 429 in statuses:
            advised = max(call.retry_after for call in calls)
            yield from self._drive(self._window.close(reason="throttled", seconds=advised))
        elif statuses == {503}:
            yield from self._drive(self._window.close(reason="provider_down", seconds=1.0))

    def _finish(self, reservation: SlotReservation, calls: list[Call]) -> Process:
        answered = sorted((call for call in calls if call.status), key=lambda call: call.ended_at)
        says = answered and self._scenario.says_remaining
        stamp_starts = self._scenario.stamp_starts
        finished = yield from self._drive(
            self._window.finish(
                reservation,
                ends=[call.started_at if stamp_starts else call.ended_at for call in answered],
                unused=sum(call.status == UNUSED for call in calls),
                healthy=any(call.status == 201 for call in answered),
                limit=self._scenario.limit if says else None,
                remaining=answered[-1].remaining if says else None,
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
            yield self._trip() + self._site.store_queue()
            answer = self._site.store_answer(request)
            if self._random.random() < self._scenario.lost_answer:
                # As botocore does it.
                yield self._random.uniform(0.05, 1.0)
                answer = self._site.store_answer(request)
            yield self._trip()

    def _trip(self) -> float:
        slow = 20 if self._random.random() < 0.01 else 1
        return self._scenario.store_trip * self._random.uniform(0.3, 0.7) * slow

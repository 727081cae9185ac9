"""Any order of any operations: the item's books balance, and no window sees more than its limit."""

from __future__ import annotations

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from formarelay.window import WindowRules
from tests.support.clock import ManualClock
from tests.support.simulation import MemoryStore
from tests.support.simulation.local import LocalLimiter
from tests.support.simulation.providers import StrictWindow

WINDOW_SECONDS = 10.0
LONGEST_CALL_SECONDS = 4.0
WORKERS = st.integers(0, 2)


class Workers(RuleBasedStateMachine):
    """Three workers with copies of any age; a call arrives at its start or just before its end."""

    @initialize(limit=st.sampled_from([1, 3, 7, 250]))
    def begin(self, limit):
        self.clock = ManualClock()
        self.store = MemoryStore()
        self.provider = StrictWindow(limit=limit, window_seconds=WINDOW_SECONDS)
        rules = WindowRules(
            limit_per_window=limit,
            window_seconds=WINDOW_SECONDS,
            longest_call_seconds=LONGEST_CALL_SECONDS,
            clock_skew_seconds=0.002,
        )
        self.workers = [LocalLimiter(rules, clock=self.clock, store=self.store) for _ in range(3)]
        self.open = []

    @rule(worker=WORKERS, wanted=st.integers(1, 300), patience=st.sampled_from([0.0, 3.0]))
    def reserve(self, worker, wanted, patience):
        reservation = self.workers[worker].reserve(wanted, patience_seconds=patience)
        if reservation.granted:
            self.open.append((worker, reservation))

    @precondition(lambda self: self.open)
    @rule(
        data=st.data(),
        at_start=st.booleans(),
        answered=st.booleans(),
        unused_part=st.sampled_from([0.0, 0.4, 1.0]),
        healthy=st.booleans(),
        limit=st.sampled_from([None, 2, 5, 300]),
        remaining=st.sampled_from([None, 0, 4]),
    )
    def call(self, data, at_start, answered, unused_part, healthy, limit, remaining):
        index = data.draw(st.integers(0, len(self.open) - 1))
        worker, reservation = self.open.pop(index)
        limiter = self.workers[worker]
        unused = int(reservation.granted * unused_part)
        starts = reservation.starts[: reservation.granted - unused]
        self._wait(max([0.0, *(start - self.clock.monotonic() for start in starts)]))
        if not limiter.may_start(reservation, call_seconds=1.0):
            return
        if not at_start:
            self._wait(1.0)
        for _ in starts:
            self.provider.arrive(self.clock.wall())
        limiter.finish(
            reservation,
            ends=[self.clock.monotonic()] * len(starts) if answered else [],
            unused=unused,
            healthy=healthy,
            limit=limit,
            remaining=remaining,
        )

    @precondition(lambda self: self.open)
    @rule()
    def die(self):
        self.open.pop()

    @rule(worker=WORKERS, seconds=st.sampled_from([0.0, 1.0, 5.0]))
    def close(self, worker, seconds):
        self.workers[worker].close(reason="provider_down", seconds=seconds)

    @rule(worker=WORKERS)
    def lose_an_answer(self, worker):
        self.workers[worker].answers_lost = 1

    @rule(seconds=st.sampled_from([0.003, 0.5, 3.0, 9.9, 10.1, 15.0]))
    def _wait(self, seconds):
        self.clock.advance(seconds)

    @invariant()
    def the_books_balance(self):
        if not hasattr(self, "store"):
            return
        fields = self.store.fields
        held = sum(int(value.split(" ")[0]) for name, value in fields.items() if name[0] == "h")
        ended = [value for name, value in fields.items() if name[0] == "e"]
        assert fields.get("used", 0) == held + sum(ended)
        assert all(count >= 0 for count in ended)

    @invariant()
    def no_window_sees_too_much(self):
        assert not hasattr(self, "provider") or self.provider.violations == 0


Workers.TestCase.settings = settings(
    max_examples=150, stateful_step_count=40, deadline=None, derandomize=True
)
test_any_order_of_operations_keeps_the_limit = Workers.TestCase

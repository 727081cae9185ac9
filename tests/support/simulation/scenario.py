"""What is simulated, and what came of it."""

from __future__ import annotations

from dataclasses import dataclass, field

from formarelay.window import WindowRules


@dataclass(frozen=True, kw_only=True)
class Scenario:
    """Workers with an endless backlog against one provider. Times in seconds, chances from 0 to 1.

    Args:
        calls: After so many arrivals, it ends.
        limit: Of the provider, and of the limiter unless `configured_limit` says otherwise.
        window: Of the provider, and of the limiter.
        workers: That many at any time; one that dies is replaced.
        seed: Of everything random.
        batch: Each batch has up to so many calls.
        patience: How long a worker waits itself for slots that it has.
        typical_call: Median time of a call.
        slow_calls: Chance that a call takes any time up to `call_timeout`.
        call_timeout: After it, a worker gives up a call.
        longest_call: What the limiter is told; the timeout and what comes before the call.
        store_trip: Typical time of a request to the store; some take twenty times as long.
        skew: How far apart the workers' wall clocks are at most; what the limiter is told.
        unanswered: Chance that a call gets no answer; it arrives at any time, even a quarter of
            the timeout after the worker gave it up.
        unused: Chance that a granted call turns out not to be needed.
        death: Chance that a worker dies while its calls are under way.
        stall: Chance that a worker stands still before or after its grant, monotonic clock and all.
        jump: Chance that a worker's wall clock is set wrong by 2 seconds to 10 minutes, before
            a batch.
        lost_answer: Chance that a change's answer is lost, and the change repeated.
        store_tells_time: Whether the store's answers carry its time.
        says_remaining: Whether the provider's answers carry its limit and what is left of it.
        outage: The provider answers 503 from the first to the second time.
        others_rate: Calls a second of somebody who does not share the limiter.
        stamp_starts: Breaks the rule on purpose: says that calls ended when they started.
        asks_before_starting: Whether a worker asks `may_start` before each call.
        configured_limit: What the limiter is told, if not the provider's.
        configured_skew: What the limiter is told, if not `skew`.
    """

    calls: int
    limit: int
    window: float
    workers: int
    seed: int = 1
    batch: int = 10
    patience: float = 5.0
    typical_call: float = 0.12
    slow_calls: float = 0.003
    call_timeout: float = 20.0
    longest_call: float = 30.0
    store_trip: float = 0.006
    skew: float = 0.05
    unanswered: float = 0.0005
    unused: float = 0.02
    death: float = 0.0005
    stall: float = 0.0005
    jump: float = 0.0
    lost_answer: float = 0.002
    store_tells_time: bool = True
    says_remaining: bool = True
    outage: tuple[float, float] | None = None
    others_rate: float = 0.0
    stamp_starts: bool = False
    asks_before_starting: bool = True
    configured_limit: int | None = None
    configured_skew: float | None = None

    @property
    def latest_arrival(self) -> float:
        """How long after its start a call that gets no answer may still arrive."""
        return 1.25 * self.call_timeout

    @property
    def rules(self) -> WindowRules:
        return WindowRules(
            limit_per_window=self.configured_limit or self.limit,
            window_seconds=self.window,
            longest_call_seconds=self.longest_call,
            clock_skew_seconds=self.skew if self.configured_skew is None else self.configured_skew,
        )


@dataclass(kw_only=True)
class Figures:
    """What was seen at the provider, at the workers and at the store.

    Args:
        calls: Arrivals.
        violations: Arrivals that the strict reading refuses, those of others included.
        seed_violations: Arrivals that the seed's reading refuses.
        throttled: Arrivals of the workers that were refused.
        use: How long n full limits take at best, n windows, by how long they took.
        seconds: How long it all took.
        batches: Reservations that granted something.
        refusals: Reservations that did not.
        deaths: Workers that died with calls under way.
        lapsed: Batches whose slots had lapsed when they were finished.
        not_started: Calls that a worker did not start because their slot would have lapsed.
        reads: Of the item.
        changes: Of the item, made.
        refused_changes: Of the item, not made for a condition.
        most_bytes: Of the item.
        write_units_a_second: On average.
        outage_arrivals: When calls arrived while the provider was down.
        first_after_outage: When the first call arrived after it.
    """

    calls: int = 0
    violations: int = 0
    seed_violations: int = 0
    throttled: int = 0
    use: float = 0.0
    seconds: float = 0.0
    batches: int = 0
    refusals: int = 0
    deaths: int = 0
    lapsed: int = 0
    not_started: int = 0
    reads: int = 0
    changes: int = 0
    refused_changes: int = 0
    most_bytes: int = 0
    write_units_a_second: float = 0.0
    outage_arrivals: list[float] = field(default_factory=list)
    first_after_outage: float = 0.0

    def line(self) -> str:
        a_batch = (self.changes + self.refused_changes) / max(1, self.batches)
        return (
            f"{self.calls:>8} calls in {self.seconds:>8.0f} s  violations {self.violations} strict "
            f"{self.seed_violations} seed  use {self.use:7.2%}  writes a batch {a_batch:.2f}  "
            f"reads a batch {self.reads / max(1, self.batches):.2f}  item {self.most_bytes} B  "
            f"{self.write_units_a_second:.0f} write units/s  deaths {self.deaths}  "
            f"not started {self.not_started}  lapsed {self.lapsed}"
        )

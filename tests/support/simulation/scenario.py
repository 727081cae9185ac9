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
        typical_call: Median time of a call; a few take up to `call_timeout`.
        unanswered: Chance that a call gets no answer; it then arrives at any time up to the timeout.
        unused: Chance that a granted call turns out not to be needed.
        death: Chance that a worker dies with its reservation, before, amid or after its calls.
        stall: Chance that a worker stands still between grant and calls, its monotonic clock too.
        jump: Chance that a worker's wall clock is set wrong by up to ten minutes, before a batch.
        lost_answer: Chance that a change's answer is lost, and the change repeated.
        outage: The provider answers 503 from the first to the second time.
        others_rate: Calls a second of somebody who does not share the limiter.
        stamp_starts: Breaks the rule on purpose: says that calls ended when they started.
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
    configured_limit: int | None = None

    @property
    def rules(self) -> WindowRules:
        return WindowRules(
            limit_per_window=self.configured_limit or self.limit,
            window_seconds=self.window,
            longest_call_seconds=self.longest_call,
            clock_skew_seconds=self.skew,
        )


@dataclass(kw_only=True)
class Figures:
    """What was seen at the provider and at the store.

    Args:
        violations: Arrivals that the strict reading refuses.
        seed_violations: Arrivals that the seed's reading refuses.
        use: How long n full limits take at best, n windows, by how long they took.
        outage_calls: Arrivals while the provider was down.
    """

    calls: int = 0
    violations: int = 0
    seed_violations: int = 0
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

"""Pace: a queue full of mail against a provider that allows so many calls a window and no more."""

from __future__ import annotations

import time
from dataclasses import dataclass

from bench.fleet.lane import Asked, Lane
from bench.fleet.pace import drain_seconds, ideal_seconds, part_used
from bench.fleet.plan import Plan
from bench.fleet.tally import Tally, numbered, tally
from bench.results import CELERY, NAIVE, OURS, Bound, Findings, Plot, Run, Table
from bench.subjects import Subject, ours, peer
from bench.surroundings import METERED, Surroundings, surroundings

LATENCY_MS = 50
WORKERS = (1, 4, 16)
WORKERS_BESIDE_PEERS = 4
NAIVE_WORKERS = 16
LEAST_USE = 0.97
PATIENCE = 2
_POLL_SECONDS = 0.5
ABOUT = """\
All messages are on the queue before the first worker starts. The provider answers after 50 ms and
counts strictly: no window of its may see more than the limit, whenever it begins; it says 429 to
every call beyond. A worker is a process that takes ten messages, invokes the handler, and deletes
what is done; a message stays hidden for a minute. Celery's is one worker of two processes, with its
own `rate_limit` set to the whole rate. The peers, and ours once more beside them, have a limit that
two processes can reach, a shorter window, and fewer messages; what is not sent after about twice
the best time is given up. The rate used compares each accepted call with the one a whole limit
later, which the provider allows a window later at the earliest; the burst into the first window is
no credit."""

SHORT_WINDOW = """\
The rate used is judged in the full run, whose window is a minute: SQS hides a message for whole
seconds, and one of them is a tenth of this window."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """Args:
    limit: Calls that the provider allows in a window.
    window_seconds: The window; a minute in life.
    mails: On the queue.
    """

    limit: int
    window_seconds: float
    mails: int


SHORT = Load(limit=150, window_seconds=10, mails=300)
FULL = Load(limit=3_000, window_seconds=60, mails=10_000)
BESIDE_PEERS = Load(limit=300, window_seconds=20, mails=1_200)


@dataclass(frozen=True, slots=True, kw_only=True)
class Drained:
    """How one lane got through its messages."""

    subject: str
    workers: int
    load: Load
    used: float
    throttled: int
    seconds: float
    ideal: float
    asked: Asked
    tally: Tally

    @property
    def limit(self) -> str:
        """In few words."""
        return f"{self.load.limit:,} in {self.load.window_seconds:.0f} s"

    def row(self) -> tuple[str, ...]:
        mails = max(1, self.tally.accepted)
        return (
            self.subject,
            str(self.workers),
            self.limit,
            f"{self.tally.put:,}",
            f"{self.used:.1%}",
            f"{self.throttled:,}",
            f"{self.seconds:.0f} s" if not self.tally.waiting else f"{self.tally.waiting} left",
            f"{self.ideal:.0f} s",
            f"{self.asked.total / mails:.2f}",
            str(self.tally.repeated),
            str(self.tally.dead_letters),
        )


COLUMNS = (
    "",
    "workers",
    "limit",
    "messages",
    "rate used",
    "answers 429",
    "drained after",
    "at best",
    "AWS requests a mail",
    "sent twice",
    "set aside",
)


def measure(run: Run) -> Findings:
    """Lanes one after the other: each needs the machine."""
    run.say("building the artefacts")
    mine = ours()
    lanes = [(mine, workers, FULL if run.full else SHORT) for workers in WORKERS]
    if run.full:
        lanes.append((mine, WORKERS_BESIDE_PEERS, BESIDE_PEERS))
        lanes.append((peer(NAIVE), NAIVE_WORKERS, BESIDE_PEERS))
    lanes.append((peer(CELERY, "worker"), 1, BESIDE_PEERS if run.full else SHORT))
    with surroundings(run.folder, latency_ms=LATENCY_MS, emulator=METERED) as around:
        drained = [_drain(run, subject, workers, around, load) for subject, workers, load in lanes]
    return _findings(drained, full=run.full)


def _drain(run: Run, subject: Subject, workers: int, around: Surroundings, load: Load) -> Drained:
    plan = Plan(
        workers=workers,
        limit=load.limit,
        window_seconds=load.window_seconds,
        timeout_seconds=10,
        provider_timeout_seconds=1,
    )
    mails = load.mails
    ideal = ideal_seconds(mails, limit=load.limit, window_seconds=load.window_seconds)
    name = f"pace-{subject.name}-{workers}-{load.limit}"
    with Lane(name, subject, around, plan, run.folder) as lane:
        around.sandbox.control("PUT", "/profile", plan.profile())
        lane.put(numbered(number) for number in range(mails))
        lane.start()
        given_up = time.monotonic() + 20 + PATIENCE * ideal
        while (waiting := lane.waiting()) and time.monotonic() < given_up:
            run.say(f"{subject.name}, {workers} workers: {waiting} of {mails} wait")
            time.sleep(_POLL_SECONDS)
        calls = lane.calls()
        accepted = [call["at"] for call in calls if call["status"] == 201]
        return Drained(
            subject=subject.name,
            workers=workers,
            load=load,
            used=part_used(accepted, limit=load.limit, window_seconds=load.window_seconds),
            throttled=sum(call["status"] == 429 for call in calls),
            seconds=drain_seconds(accepted),
            ideal=ideal,
            asked=lane.asked(),
            tally=tally(
                lane.accepted(), put=mails, dead_letters=lane.dead_letters(), waiting=waiting
            ),
        )


def _findings(drained: list[Drained], *, full: bool) -> Findings:
    bounds = []
    for each in drained:
        if each.load == FULL:
            claim = f"part of the allowed rate that {each.workers} workers use"
            bounds.append(Bound(claim=claim, value=each.used, limit=LEAST_USE, sense="at least"))
        if each.subject == OURS:
            claim = f"answers 429 with {each.workers} workers, {each.limit}"
            bounds.append(Bound(claim=claim, value=each.throttled, limit=0))
    points: dict[str, list[tuple[float | str, float]]] = {}
    for each in drained:
        points.setdefault(each.subject, []).append(
            (f"{each.workers} at once,\n{each.limit}", 100 * each.used)
        )
    return Findings(
        title="Pace against a strict limit",
        about=ABOUT,
        rounds=1,
        bounds=tuple(bounds),
        tables=(
            Table(
                title="Draining a queue",
                columns=COLUMNS,
                rows=tuple(each.row() for each in drained),
            ),
        ),
        plots=(
            Plot(
                name="pace",
                title="Part of the allowed rate that is used, without its burst",
                x_label="",
                y_label="%",
                points=points,
                kind="bars",
            ),
        ),
        notes=() if full else (SHORT_WINDOW,),
    )

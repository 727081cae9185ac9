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
LEAST_USE = 0.97
PATIENCE = 2
_POLL_SECONDS = 0.5
ABOUT = """\
All messages are on the queue before the first worker starts. The provider answers after 50 ms and
counts strictly: no window of its may see more than the limit, whenever it begins; it says 429 to
every call beyond. Its minute is scaled to 20 seconds (10 in the short run), which makes each delay
of this machine weigh three times as much as in life. A worker is a process that takes ten messages,
invokes the handler, and deletes what is done; a message stays hidden for a minute. Celery's is one
worker of two processes, with its own `rate_limit` set to the whole rate. The rate used compares
each accepted call with the one a whole limit later, which the provider allows a window later at the
earliest; the burst into the first window is no credit. The peers get fewer messages, and what they
have not sent after about twice the best time is given up."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale:
    """Args:
    limit: Calls that the provider allows in a window.
    window_seconds: The window; a minute in life.
    mails: Of ours.
    peers_mails: Of each peer.
    peers_workers: With how many workers naive is measured.
    """

    limit: int
    window_seconds: float
    mails: int
    peers_mails: int
    peers_workers: tuple[int, ...]


SHORT = Scale(limit=400, window_seconds=10, mails=1_000, peers_mails=600, peers_workers=(16,))
FULL = Scale(limit=1_600, window_seconds=20, mails=10_000, peers_mails=2_400, peers_workers=(16,))


@dataclass(frozen=True, slots=True, kw_only=True)
class Drained:
    """How one lane got through its messages."""

    subject: str
    workers: int
    used: float
    throttled: int
    seconds: float
    ideal: float
    asked: Asked
    tally: Tally

    def row(self) -> tuple[str, ...]:
        mails = max(1, self.tally.accepted)
        return (
            self.subject,
            str(self.workers),
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
    scale = FULL if run.full else SHORT
    crews = [(ours(), workers) for workers in WORKERS]
    crews += [(peer(NAIVE), workers) for workers in scale.peers_workers]
    crews.append((peer(CELERY, "worker"), 1))
    with surroundings(run.folder, latency_ms=LATENCY_MS, emulator=METERED) as around:
        drained = [_drain(run, subject, workers, around, scale) for subject, workers in crews]
    return _findings(drained)


def _drain(run: Run, subject: Subject, workers: int, around: Surroundings, scale: Scale) -> Drained:
    plan = Plan(
        workers=workers,
        limit=scale.limit,
        window_seconds=scale.window_seconds,
        timeout_seconds=10,
        provider_timeout_seconds=1,
    )
    mails = scale.mails if subject.name == OURS else scale.peers_mails
    ideal = ideal_seconds(mails, limit=scale.limit, window_seconds=scale.window_seconds)
    with Lane(f"pace-{subject.name}-{workers}", subject, around, plan, run.folder) as lane:
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
            used=part_used(accepted, limit=scale.limit, window_seconds=scale.window_seconds),
            throttled=sum(call["status"] == 429 for call in calls),
            seconds=drain_seconds(accepted),
            ideal=ideal,
            asked=lane.asked(),
            tally=tally(
                lane.accepted(), put=mails, dead_letters=lane.dead_letters(), waiting=waiting
            ),
        )


def _findings(drained: list[Drained]) -> Findings:
    bounds = []
    for each in drained:
        if each.subject == OURS:
            bounds += [
                Bound(
                    claim=f"part of the allowed rate that {each.workers} workers use",
                    value=each.used,
                    limit=LEAST_USE,
                    sense="at least",
                ),
                Bound(
                    claim=f"answers 429 with {each.workers} workers",
                    value=each.throttled,
                    limit=0,
                ),
            ]
    points: dict[str, list[tuple[float | str, float]]] = {}
    for each in drained:
        points.setdefault(each.subject, []).append((f"{each.workers}", 100 * each.used))
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
                x_label="workers",
                y_label="%",
                points=points,
                kind="bars",
            ),
        ),
    )

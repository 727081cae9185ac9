"""Money: dollars a million mails, from counted requests and measured durations."""

from __future__ import annotations

import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass

from bench.fleet.lane import Asked, Lane
from bench.fleet.plan import Plan
from bench.fleet.tally import numbered
from bench.money import prices
from bench.money.bill import Bill, bill, function_dollars, task_dollars
from bench.results import CELERY, OURS, Bound, Findings, Plot, Run, Table
from bench.subjects import Subject, lambda_like, peer
from bench.surroundings import METERED, Surroundings, surroundings

LATENCY_MS = 150
WARM_UP_MAILS = 40
UNTHROTTLED, BACKLOG = "unthrottled", "backlog"
_MOST = {UNTHROTTLED: 2.0, BACKLOG: 3.0}
_EMPTY_SECONDS = 120.0
# The template's own.
LIMIT, WINDOW_SECONDS, WORKERS = 100, 60.0, 5
ABOUT = f"""\
Dollars that AWS charges for a million accepted mails, by list prices of us-east-1
({prices.AS_OF}; the table stands in `bench/money/prices.py`), without the free tier. Requests are
counted at the emulated AWS, units of DynamoDB by the size of each item, log bytes as written with
the lines that Lambda adds, and the time of functions by the handler's own at 256 MB on arm64, with
a provider that answers in {LATENCY_MS} ms; its CPU counts sevenfold, for 256 MB come with a seventh
of a processor. Celery's worker is no function: it is billed as the smallest Fargate task on ARM
that holds it, for as long as it ran with all of a processor. What putting a message on the queue
costs is the same for all, and not in here; nor is the polling of an idle queue, some $0.26 a month.

*Unthrottled*: a full queue and no limit. *Backlog*: more mail on the queue than may be sent, at the
default limit of {LIMIT} in {WINDOW_SECONDS:.0f} s with the default of {WORKERS} workers; waiting,
empty receives and messages handed back cost, too. The burst into the first window is left out."""
IN_VAIN = """\
A message that naive or recipe called for in vain stays hidden for six minutes, as the Lambda guide
sets queues up: all of a backlog is tried in the first of them, little is accepted in the rest, and
what was asked in vain is paid for by the few that were."""
# Of each subject: mails that were accepted, and what a million cost; None when there were none.
Cases = dict[str, tuple[int, Bill | None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale:
    """Args:
    mails: Of the unthrottled case.
    backlog: Messages on each queue; none in the short run, which has no minutes to wait.
    before: From when on the backlog is measured.
    seconds: For how long.
    """

    mails: int
    backlog: int
    before: float
    seconds: float


# Whole windows, because slots become free in the rhythm in which they were taken.
SHORT = Scale(mails=100, backlog=0, before=0, seconds=0)
FULL = Scale(mails=1_000, backlog=2_000, before=20, seconds=3 * WINDOW_SECONDS)


def measure(run: Run) -> Findings:
    """All subjects side by side: they wait more than they work."""
    run.say("building the artefacts")
    subjects = (*lambda_like(), peer(CELERY, "worker"))
    scale = FULL if run.full else SHORT
    with surroundings(run.folder, latency_ms=LATENCY_MS, emulator=METERED) as around:
        cases = {UNTHROTTLED: _unthrottled(run, subjects, around, scale)}
        if scale.backlog:
            cases[BACKLOG] = _backlog(run, subjects, around, scale)
    return _findings(cases)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Mark:
    """How far a lane had come at an instant."""

    at: float
    asked: Asked
    compute: float
    log_bytes: int
    mails: int


def _unthrottled(
    run: Run, subjects: Sequence[Subject], around: Surroundings, scale: Scale
) -> Cases:
    plan = Plan(workers=4)
    found: Cases = {}
    around.sandbox.control("PUT", "/profile", plan.profile())
    with ExitStack() as stack:
        lanes = _lanes(UNTHROTTLED, subjects, around, plan, run, stack)
        for lane in lanes:
            lane.put(numbered(-number) for number in range(1, WARM_UP_MAILS + 1))
            lane.start()
        _empty(lanes)
        for lane in lanes:
            run.say(f"unthrottled: {lane.subject.name}")
            before = _mark(lane)
            lane.put(numbered(number) for number in range(scale.mails))
            _empty([lane])
            found[lane.subject.name] = _billed(lane, before)
    return found


def _backlog(run: Run, subjects: Sequence[Subject], around: Surroundings, scale: Scale) -> Cases:
    plan = Plan(workers=WORKERS, limit=LIMIT, window_seconds=WINDOW_SECONDS)
    around.sandbox.control("PUT", "/profile", plan.profile())
    with ExitStack() as stack:
        lanes = _lanes(BACKLOG, subjects, around, plan, run, stack)
        for lane in lanes:
            lane.put(numbered(number) for number in range(scale.backlog))
            lane.start()
        _wait(run, "the first window", scale.before)
        before = {lane.name: _mark(lane) for lane in lanes}
        _wait(run, "a standing backlog", scale.seconds)
        return {lane.subject.name: _billed(lane, before[lane.name]) for lane in lanes}


def _lanes(
    case: str,
    subjects: Sequence[Subject],
    around: Surroundings,
    plan: Plan,
    run: Run,
    stack: ExitStack,
) -> list[Lane]:
    return [
        stack.enter_context(Lane(f"{case}-{one.name}", one, around, plan, run.folder))
        for one in subjects
    ]


def _mark(lane: Lane) -> _Mark:
    return _Mark(
        at=time.monotonic(),
        asked=lane.asked(),
        compute=function_dollars(lane.workers.invocations()),
        log_bytes=lane.workers.log_bytes(),
        mails=len(lane.accepted()),
    )


def _billed(lane: Lane, before: _Mark) -> tuple[int, Bill | None]:
    """Accepted mails since then, and what they cost; None when there were none."""
    after = _mark(lane)
    compute = after.compute - before.compute
    if lane.subject.name == CELERY:
        compute = task_dollars(after.at - before.at)
    mails = after.mails - before.mails
    if not mails:
        return 0, None
    log_bytes = after.log_bytes - before.log_bytes
    return mails, bill(
        after.asked.since(before.asked), compute=compute, log_bytes=log_bytes, mails=mails
    )


def _empty(lanes: Sequence[Lane]) -> None:
    deadline = time.monotonic() + _EMPTY_SECONDS
    while any(lane.waiting() for lane in lanes) and time.monotonic() < deadline:
        time.sleep(0.1)


def _wait(run: Run, what: str, seconds: float) -> None:
    ends = time.monotonic() + seconds
    while (left := ends - time.monotonic()) > 0:
        run.say(f"{what}: {left:.0f} s")
        time.sleep(min(left, 1))


def _findings(cases: dict[str, Cases]) -> Findings:
    bounds, rows = [], []
    points: dict[str, list[tuple[float | str, float]]] = {}
    for case, subjects in cases.items():
        for subject, (mails, cost) in subjects.items():
            rows.append((f"{case}: {subject}", f"{mails:,}", *_dollars(cost)))
            if cost is not None:
                points.setdefault(subject, []).append((case, cost.total))
        ours = subjects[OURS][1]
        if ours is not None:
            claim = f"dollars a million mails, {case}"
            bounds.append(Bound(claim=claim, value=ours.total, limit=_MOST[case]))
    return Findings(
        title="Dollars a million mails",
        about=ABOUT,
        rounds=1,
        bounds=tuple(bounds),
        tables=(
            Table(
                title="Dollars a million accepted mails",
                columns=(
                    "",
                    "mails measured",
                    "SQS",
                    "DynamoDB",
                    "Lambda or Fargate",
                    "logs",
                    "secrets",
                    "in all",
                ),
                rows=tuple(rows),
            ),
        ),
        plots=(
            Plot(
                name="money",
                title="AWS for a million accepted mails",
                x_label="",
                y_label="dollars",
                points=points,
                kind="bars",
            ),
        ),
        notes=(IN_VAIN,) if BACKLOG in cases else ("A backlog is measured in the full run.",),
    )


def _dollars(cost: Bill | None) -> tuple[str, ...]:
    if cost is None:
        return ("", "", "", "", "", "none accepted")
    parts = (cost.queue, cost.state, cost.compute, cost.logs, cost.secrets, cost.total)
    return tuple(f"{part:.2f}" for part in parts)

"""Latency: from the queue to the provider's acceptance, at a tenth of the allowed rate."""

from __future__ import annotations

import statistics
import time
from collections.abc import Sequence
from contextlib import ExitStack

from bench.fleet.lane import Lane
from bench.fleet.plan import Plan
from bench.fleet.producer import put_evenly
from bench.fleet.tally import number_of, numbered
from bench.results import Findings, Plot, Run, Series
from bench.subjects import lambda_like
from bench.surroundings import METERED, surroundings

LATENCY_MS = 50
LIMIT, WINDOW_SECONDS = 600, 10.0
LOAD = 0.1
_SECONDS, _FULL_SECONDS = 10, 60
_WARM_UP_MAILS = 20
_EMPTY_SECONDS = 60.0
MEDIAN, P99 = "median", "99th percentile"
ABOUT = f"""\
From the moment before a message is put on the queue to the moment at which the provider accepted
its mail; the time for its answer is not in it. {LIMIT} calls are allowed in
{WINDOW_SECONDS:.0f} seconds, and a tenth of that comes, evenly. Two warm workers serve each queue.
All subjects get the same mails at the same time, so that the machine's noise hits them alike. What
the emulated queue takes is in the figures."""


def measure(run: Run) -> Findings:
    """All subjects side by side."""
    run.say("building the artefacts")
    subjects = lambda_like()
    seconds = _FULL_SECONDS if run.full else _SECONDS
    mails = int(LIMIT / WINDOW_SECONDS * LOAD * seconds)
    plan = Plan(workers=2, limit=LIMIT, window_seconds=WINDOW_SECONDS)
    found: dict[str, list[float]] = {}
    with (
        surroundings(run.folder, latency_ms=LATENCY_MS, emulator=METERED) as around,
        ExitStack() as stack,
    ):
        around.sandbox.control("PUT", "/profile", plan.profile())
        lanes = [
            stack.enter_context(Lane(f"latency-{one.name}", one, around, plan, run.folder))
            for one in subjects
        ]
        for lane in lanes:
            lane.start()
            lane.put(numbered(-number) for number in range(1, _WARM_UP_MAILS + 1))
        wait_until_empty(lanes, seconds=_EMPTY_SECONDS)
        run.say(f"{mails} mails in {seconds} s")
        moments = put_evenly(lanes, range(mails), seconds=seconds)
        wait_until_empty(lanes, seconds=_EMPTY_SECONDS)
        for lane in lanes:
            emails = [email for email in lane.accepted() if number_of(email) >= 0]
            found[lane.subject.name] = [
                (email["acceptedAt"] - moments[number_of(email)]) * 1000 for email in emails
            ]
    return _findings(found, mails)


def wait_until_empty(lanes: Sequence[Lane], *, seconds: float) -> None:
    """Returns when nothing waits on any queue, or the time is over."""
    deadline = time.monotonic() + seconds
    while any(lane.waiting() for lane in lanes) and time.monotonic() < deadline:
        time.sleep(0.2)


def _findings(found: dict[str, list[float]], mails: int) -> Findings:
    figures = [
        (quantity, subject, value)
        for subject, times in found.items()
        for quantity, value in (
            (MEDIAN, statistics.median(times)),
            (P99, statistics.quantiles(times, n=100)[98]),
        )
    ]
    points: dict[str, list[tuple[float | str, float]]] = {}
    for quantity, subject, value in figures:
        points.setdefault(subject, []).append((quantity, value))
    return Findings(
        title="Latency at a tenth of the rate",
        about=ABOUT,
        rounds=1,
        series=tuple(
            Series(quantity=quantity, subject=subject, unit="ms", values=(value,))
            for quantity, subject, value in figures
        ),
        plots=(
            Plot(
                name="latency",
                title="From the queue to the provider's acceptance",
                x_label="",
                y_label="ms",
                points=points,
                kind="bars",
            ),
        ),
        notes=(f"{mails} mails a subject.",),
    )

"""Trouble: lost answers, an outage and killed workers, the same for all."""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass

from bench.fleet.lane import Lane
from bench.fleet.plan import Plan
from bench.fleet.producer import put_evenly
from bench.fleet.tally import Tally, tally
from bench.results import CELERY, OURS, Bound, Findings, Plot, Run, Table
from bench.subjects import lambda_like, peer
from bench.surroundings import METERED, Surroundings, surroundings

LATENCY_MS = 50
LOST_EVERY = 20
KILL_SECONDS = 5.0
WORKERS = 2
_MAILS_A_SECOND = 8
_SEND = "POST /emails/send"


@dataclass(frozen=True, slots=True, kw_only=True)
class Script:
    """Args:
    seconds: For which mails come, and workers are killed.
    down: From when to when the provider answers 503 to everything.
    drain_seconds: The longest wait for the queues afterwards.
    """

    seconds: float
    down: tuple[float, float]
    drain_seconds: float


SHORT = Script(seconds=12, down=(4, 8), drain_seconds=90)
FULL = Script(seconds=90, down=(15, 75), drain_seconds=180)
PLAN = Plan(workers=WORKERS, timeout_seconds=10, provider_timeout_seconds=1)


def measure(run: Run) -> Findings:
    """All subjects side by side, on one provider."""
    run.say("building the artefacts")
    subjects = (*lambda_like(), peer(CELERY, "worker"))
    script = FULL if run.full else SHORT
    mails = int(script.seconds * _MAILS_A_SECOND)
    with (
        surroundings(run.folder, latency_ms=LATENCY_MS, emulator=METERED) as around,
        ExitStack() as stack,
    ):
        lanes = [
            stack.enter_context(Lane(f"trouble-{one.name}", one, around, PLAN, run.folder))
            for one in subjects
        ]
        for lane in lanes:
            lane.start()
        fault = {"route": _SEND, "fault": "accept_then_drop", "times": None, "every": LOST_EVERY}
        around.sandbox.control("POST", "/faults", fault)
        troubles = _Troubles(script, around, lanes, run)
        put_evenly(lanes, range(mails), seconds=script.seconds, meanwhile=troubles)
        around.sandbox.control("DELETE", "/faults")
        _drain(lanes, script, run)
        tallies = {
            lane.subject.name: tally(
                lane.accepted(), put=mails, dead_letters=lane.dead_letters(), waiting=lane.waiting()
            )
            for lane in lanes
        }
    return _findings(tallies, script)


class _Troubles:
    """What happens while mails come."""

    def __init__(
        self, script: Script, around: Surroundings, lanes: Sequence[Lane], run: Run
    ) -> None:
        self._script = script
        self._around = around
        self._lanes = lanes
        self._run = run
        self._next_kill = KILL_SECONDS
        self._begins, self._ends = script.down

    def __call__(self, seconds: float) -> None:
        self._run.say(f"{seconds:.0f} of {self._script.seconds:.0f} s")
        if seconds >= self._next_kill:
            self._next_kill += KILL_SECONDS
            for lane in self._lanes:
                lane.workers.kill_one()
        if seconds >= self._begins:
            self._begins = math.inf
            for route in (_SEND, "GET /emails"):
                rule = {"route": route, "fault": "status:503", "times": None}
                self._around.sandbox.control("POST", "/faults", rule)
        if seconds >= self._ends:
            self._ends = math.inf
            self._around.sandbox.control("DELETE", "/faults")
            fault = {"route": _SEND, "fault": "accept_then_drop", "times": None}
            self._around.sandbox.control("POST", "/faults", fault | {"every": LOST_EVERY})


def _drain(lanes: Sequence[Lane], script: Script, run: Run) -> None:
    deadline = time.monotonic() + script.drain_seconds
    while (left := sum(lane.waiting() for lane in lanes)) and time.monotonic() < deadline:
        run.say(f"{left} messages wait, {deadline - time.monotonic():.0f} s at most")
        time.sleep(0.5)


def _findings(tallies: dict[str, Tally], script: Script) -> Findings:
    ours = tallies[OURS]
    began, ended = script.down
    return Findings(
        title="Behaviour under trouble",
        about=(
            f"Mails come for {script.seconds:.0f} s, {_MAILS_A_SECOND} a second. Every"
            f" {LOST_EVERY}th call is accepted and its answer dropped; for {ended - began:.0f} s"
            f" the provider answers 503 to all; every {KILL_SECONDS:.0f} s one of the {WORKERS}"
            " workers, or Celery's one with its two processes, is killed by SIGKILL and another"
            " started. All subjects see the same at the same time. The provider's list of accepted"
            " mails is the judge; a mail is lost when it was neither accepted nor is on a queue,"
            " the dead-letter queue included. A message of a killed worker comes back after a"
            " minute."
        ),
        rounds=1,
        bounds=(
            Bound(claim="mails sent twice", value=ours.repeated, limit=0),
            Bound(claim="mails lost", value=ours.lost, limit=0),
        ),
        tables=(
            Table(
                title="What became of the mails",
                columns=(
                    "",
                    "mails",
                    "accepted",
                    "sent twice",
                    "lost",
                    "set aside",
                    "still waiting",
                ),
                rows=tuple(
                    (
                        subject,
                        f"{each.put:,}",
                        f"{each.accepted:,}",
                        str(each.repeated),
                        str(each.lost),
                        str(each.dead_letters),
                        str(each.waiting),
                    )
                    for subject, each in tallies.items()
                ),
            ),
        ),
        plots=(
            Plot(
                name="trouble",
                title="Sent twice and lost, under the same trouble",
                x_label="",
                y_label="mails",
                points={
                    subject: [
                        ("sent twice", each.repeated),
                        ("lost or set aside", each.lost + each.dead_letters),
                    ]
                    for subject, each in tallies.items()
                },
                kind="bars",
            ),
        ),
    )

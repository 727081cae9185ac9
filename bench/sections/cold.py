"""Cold start: from the start of a process to what it is there for, from built artefacts."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from bench.cold import Cold, aws_trust, cold, instructions, trusting
from bench.import_times import imports
from bench.mails import batch
from bench.results import NAIVE, OURS, RECIPE, Bound, Findings, Plot, Run, Series
from bench.subjects import Subject, lambda_like, ours, peer
from bench.surroundings import SECRET, Surroundings, surroundings

_ROUNDS, _FULL_ROUNDS = 3, 24
_AT_ONCE = 2
FIRST_MAIL, DONE, CPU, PEAK = "first mail accepted", "handler returned", "CPU", "peak memory"
TEN, USAGE, ROTATION = "batch of ten", "publish_usage", "rotate_keys"
EXECUTED, INSTRUCTIONS = "instructions executed", "millions"
_QUANTITIES = {
    "first_mail_ms": (FIRST_MAIL, "ms"),
    "done_ms": (DONE, "ms"),
    "cpu_ms": (CPU, "ms"),
    "peak_mib": (PEAK, "MiB"),
}
ABOUT = """\
From the start of a process to the first mail that the provider accepted, all over TLS, AWS too. The
layer and the functions are those that the SAM CLI builds, the peers are installed from their locks
and have valid bytecode as well; each runs in an interpreter that has nothing else than what Lambda
provides, with the variables that Lambda sets, for an invocation whose trace is not sampled. One
message is in the batch unless a row says ten. `publish_usage` publishes one round of both
providers' usage; `rotate_keys` signs in and looks for keys that should be gone. Instructions are
counted by callgrind: they repeat within a thousandth where times do not."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Work:
    """What is done in a cold process, and by whom. `prefix` begins the names of its figures."""

    prefix: str
    subjects: tuple[Subject, ...]
    event: Callable[[], Any]
    quantities: tuple[str, ...]
    counted: bool = True


def measure(run: Run) -> Findings:
    """Processes take turns; their instructions are counted once, for they do not vary, and in the
    full run alone, for it takes minutes."""
    run.say("building the artefacts")
    works = _works()
    rounds = _FULL_ROUNDS if run.full else _ROUNDS
    with surroundings(run.folder, tls=True) as around:
        series = _times(run, works, around, rounds)
        if run.full:
            series += _counts(run, works, around)
    return Findings(
        title="Cold start",
        about=ABOUT,
        rounds=rounds,
        series=tuple(series),
        bounds=(*_bounds(series), _layer()),
        tables=(imports(ours()),),
        plots=(_plot(series),),
        notes=_notes(run),
    )


def _works() -> tuple[_Work, ...]:
    senders, done = lambda_like(), ("done_ms", "cpu_ms", "peak_mib")
    retire = {"action": "retire", "secretArn": SECRET}
    return (
        _Work(
            prefix="",
            subjects=senders,
            event=lambda: batch(1),
            quantities=("first_mail_ms", *done),
        ),
        _Work(
            prefix=f"{TEN}: ",
            subjects=senders,
            event=lambda: batch(10),
            quantities=("first_mail_ms", *done),
            counted=False,
        ),
        _Work(
            prefix=f"{USAGE}: ",
            subjects=(ours(USAGE), peer(NAIVE, "usage")),
            event=dict,
            quantities=done,
        ),
        _Work(
            prefix=f"{ROTATION}: ",
            subjects=(ours(ROTATION), peer(NAIVE, "rotation")),
            event=lambda: retire,
            quantities=done,
        ),
    )


def _times(run: Run, works: tuple[_Work, ...], around: Surroundings, rounds: int) -> list[Series]:
    found: dict[tuple[_Work, str], list[Cold]] = {}
    for number in range(rounds + 1):
        run.say(f"round {number + 1} of {rounds + 1}")
        for work in works:
            # Whoever comes first in one round is last in the next.
            for subject in work.subjects[:: 1 if number % 2 else -1]:
                trusted, settings = _trusted(run, subject)
                one = cold(trusted, work.event(), around, run.folder, settings)
                # The first round fills the caches of the machine.
                if number:
                    found.setdefault((work, subject.name), []).append(one)
    return [
        Series(
            quantity=work.prefix + _QUANTITIES[field][0],
            subject=name,
            unit=_QUANTITIES[field][1],
            values=tuple(getattr(one, field) for one in processes),
        )
        for (work, name), processes in found.items()
        for field in work.quantities
    ]


def _counts(run: Run, works: tuple[_Work, ...], around: Surroundings) -> list[Series]:
    if not shutil.which("valgrind"):
        return []
    run.say("counting instructions")
    counted = [(work, subject) for work in works if work.counted for subject in work.subjects]
    settled = [(work, *_trusted(run, subject)) for work, subject in counted]
    # What runs beside it changes how long a process takes, not what it executes.
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        counts = pool.map(
            lambda one: instructions(one[1], one[0].event(), around, run.folder, one[2]), settled
        )
        return [
            Series(
                quantity=f"{work.prefix}{EXECUTED}",
                subject=subject.name,
                unit=INSTRUCTIONS,
                values=(count,),
            )
            for (work, subject), count in zip(counted, counts, strict=True)
        ]


def _trusted(run: Run, subject: Subject) -> tuple[Subject, dict[str, str]]:
    return trusting(subject, run.folder), aws_trust(subject, run.folder)


def _bounds(series: list[Series]) -> list[Bound]:
    found = {(one.quantity, one.subject): one for one in series}
    limits = [
        (FIRST_MAIL, NAIVE, 1.15),
        (FIRST_MAIL, RECIPE, 0.6),
        (EXECUTED, NAIVE, 1.15),
        (EXECUTED, RECIPE, 0.6),
        (PEAK, NAIVE, 1.15),
        (f"{USAGE}: {DONE}", NAIVE, 1.2),
        (f"{USAGE}: {EXECUTED}", NAIVE, 1.2),
        (f"{ROTATION}: {DONE}", NAIVE, 1.2),
        (f"{ROTATION}: {EXECUTED}", NAIVE, 1.2),
    ]
    return [
        Bound(
            claim=f"{quantity}, times {peer}",
            value=found[quantity, OURS].beside(found[quantity, peer]),
            limit=limit,
        )
        for quantity, peer, limit in limits
        if (quantity, OURS) in found
    ]


def _notes(run: Run) -> tuple[str, ...]:
    if not run.full:
        return ("Instructions are counted in the full run.",)
    return () if shutil.which("valgrind") else ("No instructions: valgrind is not installed.",)


def _layer() -> Bound:
    layer = ours().path[1]
    unpacked = sum(file.stat().st_size for file in layer.rglob("*") if file.is_file())
    return Bound(claim="the layer unzipped, MB", value=unpacked / 1e6, limit=6)


def _plot(series: list[Series]) -> Plot:
    shown = (FIRST_MAIL, CPU, f"{TEN}: {DONE}")
    points: dict[str, list[tuple[float | str, float]]] = {}
    for one in series:
        if one.quantity in shown:
            points.setdefault(one.subject, []).append((one.quantity, one.median))
    return Plot(
        name="cold-start",
        title="A cold process of send_email beside its peers",
        x_label="",
        y_label="ms, median",
        points=points,
        kind="bars",
    )

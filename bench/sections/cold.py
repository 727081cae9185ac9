"""Cold start: from the start of a process to what it is there for, from built artefacts."""

from __future__ import annotations

import shutil
from dataclasses import fields

from bench.cold import Cold, aws_trust, cold, instructions, trusting
from bench.mails import batch
from bench.results import NAIVE, OURS, RECIPE, Bound, Findings, Plot, Run, Series
from bench.subjects import Subject, lambda_like
from bench.surroundings import Surroundings, surroundings

_ROUNDS, _FULL_ROUNDS = 7, 25
FIRST_MAIL, DONE, CPU, PEAK = "first mail accepted", "handler returned", "CPU", "peak memory"
TEN = "batch of ten"
INSTRUCTIONS = "instructions, in millions"
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
provides. One message is in the batch unless a row says ten. Instructions are counted by callgrind:
they repeat within a thousandth where times do not."""


def measure(run: Run) -> Findings:
    """Processes take turns; their instructions are counted once, for they do not vary."""
    run.say("building the artefacts")
    subjects = lambda_like()
    rounds = _FULL_ROUNDS if run.full else _ROUNDS
    with surroundings(run.folder, tls=True) as around:
        series = _times(run, subjects, around, rounds)
        series += _counts(run, subjects, around)
    return Findings(
        title="Cold start",
        about=ABOUT,
        rounds=rounds,
        series=tuple(series),
        bounds=tuple(_bounds(series)),
        plots=(_plot(series),),
        notes=() if shutil.which("valgrind") else ("No instructions: valgrind is not installed.",),
    )


def _times(
    run: Run, subjects: tuple[Subject, ...], around: Surroundings, rounds: int
) -> list[Series]:
    found: dict[tuple[str, int], list[Cold]] = {}
    for number in range(rounds + 1):
        run.say(f"round {number + 1} of {rounds + 1}")
        for subject in subjects:
            for mails in (1, 10):
                trusted = trusting(subject, run.folder)
                settings = aws_trust(subject, run.folder)
                one = cold(trusted, batch(mails), around, run.folder, settings)
                # The first round fills the caches of the machine.
                if number:
                    found.setdefault((subject.name, mails), []).append(one)
    return [
        Series(
            quantity=quantity if mails == 1 else f"{TEN}: {quantity}",
            subject=name,
            unit=unit,
            values=tuple(getattr(one, field.name) for one in processes),
        )
        for (name, mails), processes in found.items()
        for field in fields(Cold)
        if field.name in _QUANTITIES
        for quantity, unit in (_QUANTITIES[field.name],)
    ]


def _counts(run: Run, subjects: tuple[Subject, ...], around: Surroundings) -> list[Series]:
    if not shutil.which("valgrind"):
        return []
    series = []
    for subject in subjects:
        run.say(f"counting the instructions of {subject.name}")
        trusted, settings = trusting(subject, run.folder), aws_trust(subject, run.folder)
        count = instructions(trusted, batch(1), around, run.folder, settings)
        series.append(
            Series(quantity="executed", subject=subject.name, unit=INSTRUCTIONS, values=(count,))
        )
    return series


def _bounds(series: list[Series]) -> list[Bound]:
    found = {(one.quantity, one.subject): one for one in series}
    limits = [
        (FIRST_MAIL, NAIVE, 1.15),
        (FIRST_MAIL, RECIPE, 0.6),
        ("executed", NAIVE, 1.15),
        ("executed", RECIPE, 0.6),
        (PEAK, NAIVE, 1.15),
    ]
    names = {FIRST_MAIL: "to the first mail", "executed": "instructions", PEAK: "peak memory"}
    return [
        Bound(
            claim=f"{names[quantity]}, times {peer}",
            value=found[quantity, OURS].beside(found[quantity, peer]),
            limit=limit,
        )
        for quantity, peer, limit in limits
        if (quantity, OURS) in found
    ]


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

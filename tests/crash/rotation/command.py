"""The command: the long matrix of rotations, or one run again."""

from __future__ import annotations

import argparse
import sys
import time
from itertools import islice

from tests.crash.crew import Crew
from tests.crash.resources import read_resources
from tests.crash.rotation.faults import FAULTS
from tests.crash.rotation.matrix import Matrix, missing, required_points, scouts, short
from tests.crash.rotation.plan import Cell
from tests.crash.rotation.report import write_report
from tests.crash.rotation.run import Result
from tests.crash.rotation.sabotage import NAMES
from tests.crash.rotation.worker import work

_PROGRESS_SECONDS = 10.0
_MOST_ATTEMPTS = 8
# More stories than this say nothing new.
_MOST_STORIES = 10


def main(arguments: list[str]) -> int:
    """The exit status: 0 when no promise was broken and every point was struck."""
    parser = argparse.ArgumentParser(prog="python -m tests.crash.rotation", description=__doc__)
    parser.add_argument("--runs", type=int, default=3_000)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--write", action="store_true", help="the tables in docs/crash-matrix.md")
    parser.add_argument("--fault", choices=FAULTS, help="one run under this fault")
    parser.add_argument("--point", default="", help="one run that is killed here")
    parser.add_argument(
        "--sabotage", choices=NAMES, default="", help="one run of a rotation that is broken so"
    )
    options = parser.parse_args(arguments)
    resources = read_resources()
    if options.fault:
        cell = Cell(options.fault, options.point, options.seed, options.sabotage)
        with Crew[Cell, Result](1, resources, work) as crew:
            return max(_show(result) for result in crew.run([cell]))
    began = time.monotonic()
    with Crew[Cell, Result](options.workers, resources, work) as crew:
        matrix = _run_matrix(crew, options.runs, options.seed)
    seconds = time.monotonic() - began
    for point in (unstruck := missing(required_points(), matrix.kills)):
        _say(f"no process was killed at {point}")
    _say(
        f"{matrix.results} rotations, {sum(matrix.kills.values())} kills in {matrix.processes} "
        f"processes, {len(matrix.violated)} runs with violations; {seconds:.0f} s"
    )
    if options.write:
        write_report(matrix, seconds=seconds, seed=options.seed)
    return 1 if matrix.violated or unstruck else 0


def _run_matrix(crew: Crew[Cell, Result], runs: int, seed: int) -> Matrix:
    matrix = Matrix()
    shown_at = began = time.monotonic()
    for result in crew.run(scouts(seed)):
        _take(matrix, result)
    for result in crew.run(islice(matrix.cells(seed), max(0, runs - matrix.results))):
        _take(matrix, result)
        now = time.monotonic()
        if now - shown_at >= _PROGRESS_SECONDS:
            shown_at = now
            left = (runs - matrix.results) / (matrix.results / (now - began))
            _say(
                f"{matrix.results} of {runs} rotations, {left / 60:.0f} min left, "
                f"{sum(matrix.kills.values())} kills, {len(matrix.violated)} violations"
            )
    # Again for the points that few faults lead to, and that no kill has struck by chance.
    for attempt in range(_MOST_ATTEMPTS):
        for result in crew.run(short(matrix, seed + attempt)):
            _take(matrix, result)
    return matrix


def _take(matrix: Matrix, result: Result) -> None:
    matrix.add(result)
    if result.violations and len(matrix.violated) <= _MOST_STORIES:
        _show(result)


def _show(result: Result) -> int:
    verdict = "; ".join(dict.fromkeys(result.violations)) or "all is well"
    _say(f"{result.cell.command()}\n  {verdict}")
    _say(f"  killed at {result.killed}, {result.invocations} invocations, {result.seconds:.2f} s")
    if result.story:
        _say(result.story)
    return 1 if result.violations else 0


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()

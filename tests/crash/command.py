"""The command: the long matrix, or one run again."""

from __future__ import annotations

import argparse
import sys
import time
from itertools import chain, islice

from tests.crash.crew import Crew
from tests.crash.faults import FAULTS
from tests.crash.matrix import Matrix, missing, required_points, scouts, short
from tests.crash.plan import Cell
from tests.crash.report import write_report
from tests.crash.resources import read_resources
from tests.crash.run import Result
from tests.crash.sabotage import NAMES
from tests.crash.worker import work

_PROGRESS_SECONDS = 10.0
# More stories than this say nothing new.
_MOST_STORIES = 10
_MOST_ATTEMPTS = 8


def main(arguments: list[str]) -> int:
    """The exit status: 0 when no promise was broken and every point was struck."""
    parser = argparse.ArgumentParser(prog="python -m tests.crash", description=__doc__)
    parser.add_argument("--runs", type=int, default=10_000)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--write", action="store_true", help="the tables in the docs")
    parser.add_argument("--fault", choices=FAULTS, help="one run under this fault")
    parser.add_argument("--point", default="", help="one run that is killed here")
    parser.add_argument("--recovering", action="store_true", help="one run, as it was printed")
    parser.add_argument("--thorough", action="store_true", help="one run, as it was printed")
    parser.add_argument("--times", type=int, default=1, help="repeat that one run")
    parser.add_argument(
        "--sabotage", choices=NAMES, default="", help="one run of a sender that is broken so"
    )
    options = parser.parse_args(arguments)
    resources = read_resources()
    if options.fault:
        cell = Cell(
            options.fault,
            options.point,
            options.seed,
            recovering=options.recovering,
            thorough=options.thorough,
            sabotage=options.sabotage,
        )
        with Crew[Cell, Result](1, resources, work) as crew:
            return max(_show(result) for result in crew.run([cell] * options.times))
    began = time.monotonic()
    with Crew[Cell, Result](options.workers, resources, work) as crew:
        matrix = _run_matrix(crew, options.runs, options.seed)
    seconds = time.monotonic() - began
    for point in (unstruck := missing(required_points(), matrix.kills)):
        _say(f"no process was killed at {point}")
    _say(
        f"{matrix.results} runs, {sum(matrix.kills.values())} kills in {matrix.processes} "
        f"processes, {len(matrix.violated)} runs with violations; {seconds:.0f} s, "
        f"{matrix.results / seconds:.1f} runs/s"
    )
    if options.write:
        write_report(matrix, seconds=seconds, seed=options.seed)
    return 1 if matrix.violated or unstruck else 0


def _run_matrix(crew: Crew[Cell, Result], runs: int, seed: int) -> Matrix:
    matrix = Matrix()
    shown_at = began = time.monotonic()
    for result in crew.run(scouts(seed)):
        _take(matrix, result)
    cells = islice(matrix.cells(seed), max(0, runs - matrix.results))
    for result in crew.run(chain(cells)):
        _take(matrix, result)
        now = time.monotonic()
        if now - shown_at >= _PROGRESS_SECONDS:
            shown_at = now
            rate = matrix.results / (now - began)
            left = (runs - matrix.results) / rate
            _say(
                f"{matrix.results} of {runs} runs, {rate:.1f}/s, {left / 60:.0f} min left, "
                f"{sum(matrix.kills.values())} kills, {len(matrix.violated)} violations"
            )
    for attempt in range(1, _MOST_ATTEMPTS + 1):
        for result in crew.run(_late(matrix, seed, attempt)):
            _take(matrix, result)
    return matrix


def _late(matrix: Matrix, seed: int, attempt: int) -> list[Cell]:
    """Again for the points that few faults lead to, and that no kill has struck by chance."""
    return short(matrix, seed, attempt=attempt) if missing(matrix.points, matrix.kills) else []


def _take(matrix: Matrix, result: Result) -> None:
    matrix.add(result)
    if result.violations and len(matrix.violated) <= _MOST_STORIES:
        _show(result)


def _show(result: Result) -> int:
    verdict = "; ".join(result.violations) or "all is well"
    _say(f"{result.cell.command()}\n  {verdict}")
    _say(f"  killed at {result.killed}, {dict(result.endings)}, {result.seconds:.2f} s")
    if result.story:
        _say(result.story)
    return 1 if result.violations else 0


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()

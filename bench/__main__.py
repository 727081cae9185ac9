"""`python -m bench [--full] [--section NAME ...] [--write]`: formarelay beside its peers."""

from __future__ import annotations

import argparse
import signal
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.table import Table as RichTable

from bench import report
from bench.results import Findings, Run, Table
from bench.sections import SECTIONS, section
from bench.tables import all_tables

HELD, NOT_HELD = 0, 1


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the sections in turn; 1 when a target was not held that could have been."""
    options = _parser().parse_args(arguments)
    console = Console(highlight=False, markup=False)
    status = HELD
    began = time.monotonic()
    for name in options.section or SECTIONS:
        section_began = time.monotonic()
        findings = _measured(name, console, full=options.full)
        _print(findings, console)
        console.print(f"({name}: {time.monotonic() - section_began:.0f} s)")
        if options.write:
            report.write(name, findings, full=options.full)
        if not all(bound.held or bound.out_of_reach for bound in findings.bounds):
            status = NOT_HELD
    console.print(f"{time.monotonic() - began:.0f} s in all, nothing left running")
    return status


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--full", action="store_true", help="many rounds, large sizes (minutes)")
    parser.add_argument(
        "--section", action="extend", nargs="+", choices=SECTIONS, help="only these; default: all"
    )
    parser.add_argument(
        "--write", action="store_true", help="into bench/results and docs/performance.md"
    )
    return parser


def _measured(name: str, console: Console, *, full: bool) -> Findings:
    with (
        tempfile.TemporaryDirectory(prefix=f"formarelay-bench-{name}-") as folder,
        console.status(f"{name}: begins") as status,
    ):
        run = Run(full=full, say=lambda text: status.update(f"{name}: {text}"), folder=Path(folder))
        return section(name)(run)


def _print(findings: Findings, console: Console) -> None:
    console.rule(findings.title)
    for one in all_tables(findings):
        console.print(_rich(one))
    for note in findings.notes:
        console.print(f"- {note}")


def _rich(table: Table) -> RichTable:
    drawn = RichTable(title=table.title, title_justify="left", box=None)
    for place, column in enumerate(table.columns):
        drawn.add_column(column, justify="left" if place == 0 else "right")
    for row in table.rows:
        drawn.add_row(*row)
    return drawn


if __name__ == "__main__":
    # Like Ctrl-C: whatever was started is stopped.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    sys.exit(main())

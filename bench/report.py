"""Findings as files: `bench/results/*.json`, pictures, and the parts of `docs/performance.md`."""

from __future__ import annotations

import json
import os
import platform
import statistics
from dataclasses import asdict
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from typing import Any

from bench.plots import draw
from bench.results import Bound, Findings, Plot
from bench.tables import all_tables, bounds_table
from tests.support.generated import table, write_between

ROOT = Path(__file__).parents[1]
RESULTS = ROOT / "bench" / "results"
PICTURES = ROOT / "docs" / "performance"
PAGE = ROOT / "docs" / "performance.md"
_NAMED = ("boto3", "requests", "urllib3", "msgspec", "aws-lambda-powertools", "ministack")


def write(name: str, findings: Findings, *, full: bool) -> None:
    """Keeps what a section found, in all three forms."""
    RESULTS.mkdir(exist_ok=True)
    document = as_document(findings, full=full)
    text = json.dumps(document, indent=1, ensure_ascii=False) + "\n"
    (RESULTS / f"{name}.json").write_text(text, "utf-8")
    for plot in findings.plots:
        draw(plot, PICTURES)
    write_between(PAGE, chapter(findings, document), begin=mark(name), end=_end(name))
    write_between(PAGE, targets(), begin=mark("targets"), end=_end("targets"))


def as_document(findings: Findings, *, full: bool) -> dict[str, Any]:
    """What the JSON file of a section holds."""
    return {
        "measured": datetime.now(UTC).strftime("%Y-%m-%d"),
        "full": full,
        "machine": machine(),
        "versions": {name: metadata.version(name) for name in _NAMED},
        "rounds": findings.rounds,
        "series": [
            asdict(one) | {"median": one.median, "spread": _spread(one.values)}
            for one in findings.series
        ],
        "bounds": [asdict(bound) | {"held": bound.held} for bound in findings.bounds],
        "tables": [asdict(one) for one in findings.tables],
    }


def machine() -> dict[str, Any]:
    """What the figures depend on."""
    return {
        "python": platform.python_version(),
        "system": platform.system(),
        "processor": platform.machine(),
        "cores": os.cpu_count(),
        "load": round(os.getloadavg()[0], 1),
    }


def chapter(findings: Findings, document: dict[str, Any]) -> str:
    """The generated part of the page for one section."""
    facts = document["machine"]
    kind = "" if document["full"] else " Short run."
    parts = [
        findings.about,
        (
            f"Measured {document['measured']} with Python {facts['python']} on {facts['cores']}"
            f" cores ({facts['processor']}), load average {facts['load']};"
            f" {findings.rounds} round{'' if findings.rounds == 1 else 's'}.{kind}"
        ),
    ]
    for one in all_tables(findings):
        parts += [f"**{one.title}**", table([one.columns, *one.rows])]
    parts += [_picture(plot) for plot in findings.plots]
    parts += [f"- {note}" for note in findings.notes]
    return "\n\n".join(parts)


def targets() -> str:
    """Every target of every section that was ever written, held or not."""
    rows: list[tuple[str, ...]] = [("section", "target", "limit", "measured", "")]
    for file in sorted(RESULTS.glob("*.json")):
        for fields in json.loads(file.read_text("utf-8"))["bounds"]:
            del fields["held"]
            row = bounds_table((Bound(**fields),)).rows[0]
            rows.append((file.stem, *row))
    return table(rows)


def mark(name: str) -> str:
    """Where the part of a section begins in the page."""
    return f"<!-- bench: {name} -->"


def _end(name: str) -> str:
    return f"<!-- end of {name} -->"


def _picture(plot: Plot) -> str:
    return f"![{plot.title}](performance/{plot.name}.svg)"


def _spread(values: tuple[float, ...]) -> float:
    """The middle half's width."""
    if len(values) < 2:
        return 0.0
    low, _, high = statistics.quantiles(values, n=4, method="inclusive")
    return high - low

"""Where the time of a handler's import goes, by package."""

from __future__ import annotations

import re
import subprocess
import sys
from collections import Counter

from bench.results import Table
from bench.subjects import Subject

_LINE = re.compile(r"import time:\s+(\d+) \|\s+\d+ \|\s*(\S+)")
_PROGRAM = "import sys; sys.path[:0] = sys.argv[1].split(':'); __import__(sys.argv[2])"
_ROUNDS = 5
_ROWS = 10


def imports(subject: Subject) -> Table:
    """The dearest packages, each without what it imports of others; the best of some rounds."""
    best: Counter[str] = Counter()
    modules: Counter[str] = Counter()
    for _ in range(_ROUNDS):
        times, modules = _once(subject)
        for package, microseconds in times.items():
            best[package] = min(best.get(package, microseconds), microseconds)
    return Table(
        title=f"Import of {subject.handler} by package, least of {_ROUNDS} rounds",
        columns=("package", "modules", "ms"),
        rows=tuple(
            (package, str(modules[package]), f"{microseconds / 1000:.1f}")
            for package, microseconds in best.most_common(_ROWS)
        ),
    )


def _once(subject: Subject) -> tuple[Counter[str], Counter[str]]:
    path = ":".join(map(str, subject.path))
    finished = subprocess.run(
        [
            *(str(subject.python), "-I", "-S", "-X", "importtime"),
            *("-c", _PROGRAM, path, subject.handler),
        ],
        env={"AWS_DEFAULT_REGION": "us-east-1", "POWERTOOLS_METRICS_NAMESPACE": "formarelay"},
        capture_output=True,
        text=True,
        check=True,
    )
    times: Counter[str] = Counter()
    modules: Counter[str] = Counter()
    for microseconds, name in _LINE.findall(finished.stderr):
        package = name.partition(".")[0]
        if package in sys.stdlib_module_names or package.startswith("_"):
            package = "the standard library"
        times[package] += int(microseconds)
        modules[package] += 1
    return times, modules

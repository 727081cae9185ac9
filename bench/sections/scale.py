"""Scale: what a mail costs after many others, and beside a million items in the state table."""

from __future__ import annotations

import json
import statistics
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import requests

from bench import scale_process
from bench.fleet.lane import Lane
from bench.fleet.meter import ITEMS_PATH
from bench.fleet.plan import Plan
from bench.fleet.tally import numbered
from bench.results import OURS, Bound, Findings, Plot, Run, Table
from bench.subjects import ours
from bench.surroundings import METERED, Surroundings, surroundings

PROGRAM = Path(scale_process.__file__)
MOST_TIMES = 1.1
ITEMS = 1_000_000
_SECONDS = 900.0
# Mails around each mark that are measured.
_AROUND = 1_000
ABOUT = """\
One process, as one container that lives long, sends one batch of ten after the other. AWS answers
inside botocore's transport, so that nothing but the process itself can grow; its CPU is its own.
What a mail costs after so many others is the least of ten parts of a hundred mails before the mark:
the machine's noise only adds. Then a worker sends through the emulated AWS, once beside an empty
state table, once beside a million items in it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """What a hundred mails took.

    Args:
        cpu_seconds: Of the process.
        requests: Of AWS.
        sent_bytes: Bodies of those requests.
        peak_kib: The most memory of the process so far.
    """

    cpu_seconds: float
    requests: int
    sent_bytes: int
    peak_kib: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """Of a mail.

    Args:
        cpu_ms: Of the process.
        requests: Of AWS.
        sent_bytes: Bodies of those requests.
        peak_mib: The most memory of the process so far.
    """

    cpu_ms: float
    requests: float
    sent_bytes: float
    peak_mib: float


def cost_at(parts: Sequence[Part], mark: int) -> Cost:
    """What a mail cost in the last thousand before so many had been sent."""
    last = mark // scale_process.PART
    around = parts[last - _AROUND // scale_process.PART : last]
    mails = scale_process.PART
    return Cost(
        cpu_ms=min(part.cpu_seconds for part in around) * 1000 / mails,
        requests=statistics.median(part.requests for part in around) / mails,
        sent_bytes=statistics.median(part.sent_bytes for part in around) / mails,
        peak_mib=around[-1].peak_kib / 1024,
    )


def measure(run: Run) -> Findings:
    """The long process first, then the full table."""
    run.say("building the artefacts")
    ours()
    # The first thousand warms the process up.
    marks = (2_000, 11_000, 101_000) if run.full else (2_000, 4_000)
    with surroundings(run.folder, emulator=METERED) as around:
        parts = _long_life(run, around, marks[-1])
        costs = {mark - _AROUND: cost_at(parts, mark) for mark in marks}
        tables = {
            items: _beside(run, around, items, 2_000 if run.full else 300) for items in (0, ITEMS)
        }
    return _findings(costs, parts, tables)


def _long_life(run: Run, around: Surroundings, mails: int) -> list[Part]:
    report = run.folder / "parts"
    secret = json.dumps({"api_key": around.api_key, "key_id": "bench"})
    # Its log would be a hundred megabytes.
    with subprocess.Popen(
        ours().command(PROGRAM, str(report), str(mails)),
        env=around.environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            assert process.stdin is not None  # noqa: S101 (asked for by PIPE)
            process.stdin.write(secret)
            process.stdin.close()
            process.stdin = None
            while process.poll() is None:
                run.say(f"{len(_parts(report)) * scale_process.PART:,} of {mails:,} mails")
                time.sleep(1)
            if process.returncode:
                assert process.stderr is not None  # noqa: S101 (asked for by PIPE)
                raise RuntimeError(f"the process failed: {process.stderr.read()[-2000:]}")
        finally:
            process.kill()
    return _parts(report)


def _parts(report: Path) -> list[Part]:
    if not report.exists():
        return []
    return [Part(**json.loads(line)) for line in report.read_text().splitlines() if line[-1] == "}"]


def _beside(run: Run, around: Surroundings, items: int, mails: int) -> tuple[float, float, float]:
    """CPU, requests and units of a mail with so many items in the state table."""
    run.say(f"{items:,} items in the state table")
    plan = Plan(workers=1)
    with Lane(f"scale-{items}", ours(), around, plan, run.folder) as lane:
        answer = requests.post(
            f"{around.aws_url}{ITEMS_PATH}?{lane.state_table}={items}", timeout=_SECONDS
        )
        answer.raise_for_status()
        lane.put(numbered(-number) for number in range(1, 201))
        lane.start()
        _empty(lane)
        before, cpu_before = lane.asked(), _cpu_seconds(lane)
        lane.put(numbered(number) for number in range(mails))
        _empty(lane)
        asked = lane.asked().since(before)
        cpu_seconds = _cpu_seconds(lane) - cpu_before
    return cpu_seconds * 1000 / mails, asked.total / mails, asked.write_units / mails


def _empty(lane: Lane) -> None:
    deadline = time.monotonic() + _SECONDS
    while lane.waiting() and time.monotonic() < deadline:
        time.sleep(0.1)


def _cpu_seconds(lane: Lane) -> float:
    return sum(each.cpu_seconds for each in lane.workers.invocations())


def _findings(
    costs: dict[int, Cost], parts: list[Part], tables: dict[int, tuple[float, float, float]]
) -> Findings:
    first, last = costs[min(costs)], costs[max(costs)]
    empty, full = tables[0], tables[ITEMS]
    count = f"{max(costs):,}"
    mails = scale_process.PART
    return Findings(
        title="Scale",
        about=ABOUT,
        rounds=1,
        bounds=(
            Bound(
                claim=f"CPU a mail after {count}, times that after 1,000",
                value=last.cpu_ms / first.cpu_ms,
                limit=MOST_TIMES,
            ),
            Bound(
                claim=f"AWS requests a mail after {count}, times those after 1,000",
                value=last.requests / first.requests,
                limit=MOST_TIMES,
            ),
            Bound(
                claim=f"peak memory after {count}, times that after 1,000",
                value=last.peak_mib / first.peak_mib,
                limit=MOST_TIMES,
            ),
            Bound(
                claim=f"CPU a mail beside {ITEMS:,} items, times that beside none",
                value=full[0] / empty[0],
                limit=MOST_TIMES,
            ),
            Bound(
                claim=f"write units a mail beside {ITEMS:,} items, times those beside none",
                value=full[2] / empty[2],
                limit=MOST_TIMES,
            ),
        ),
        tables=(
            Table(
                title="A mail after many others",
                columns=("mails before", "CPU ms", "AWS requests", "bytes to AWS", "peak MiB"),
                rows=tuple(
                    (
                        f"{mark:,}",
                        f"{cost.cpu_ms:.2f}",
                        f"{cost.requests:.2f}",
                        f"{cost.sent_bytes:,.0f}",
                        f"{cost.peak_mib:.1f}",
                    )
                    for mark, cost in costs.items()
                ),
            ),
            Table(
                title="A mail beside many items in the state table",
                columns=("items", "CPU ms", "AWS requests", "write units"),
                rows=tuple(
                    (f"{items:,}", f"{cpu:.2f}", f"{asked:.2f}", f"{units:.2f}")
                    for items, (cpu, asked, units) in tables.items()
                ),
            ),
        ),
        plots=(
            Plot(
                name="scale",
                title="CPU of a mail in one long-lived process",
                x_label="mails before",
                y_label="ms",
                points={
                    OURS: [
                        (number * mails, statistics.median(p.cpu_seconds for p in group) * 10)
                        for number, group in _groups(parts)
                    ]
                },
            ),
        ),
    )


def _groups(parts: list[Part]) -> list[tuple[int, list[Part]]]:
    """Some fifty points of the plot."""
    size = max(1, len(parts) // 50)
    return [(start, parts[start : start + size]) for start in range(size, len(parts), size)]

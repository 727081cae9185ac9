"""Which runs there are: every point that is on the way, under every fault."""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import cycle

from tests.crash.adapters import find_adapters, find_sweep_adapters
from tests.crash.faults import FAULTS
from tests.crash.plan import Cell
from tests.crash.points import ANY_MOMENT
from tests.crash.run import Result

# What Lambda does around each invocation.
_POLLER = {"Poller.receive", "Poller.delete"}
# Faults that only meet what they are aimed at when the process dies there, or nowhere.
_TELLING = (
    ("list-late", "MailProvider.send/forma-mail:answered"),
    ("queue-down", ""),
)


def required_points() -> list[str]:
    """Before and after every call that is an effect, in the order of their names."""
    adapters = [*find_adapters(), *find_sweep_adapters()]
    calls = {f"{each.port}.{method}" for each in adapters for method in each.methods}
    return [f"{call}:{edge}" for call in sorted(calls | _POLLER) for edge in ("before", "after")]


def scouts(seed: int, faults: Iterable[str] = FAULTS) -> list[Cell]:
    """Runs without a kill at a point, which show the points that are on the way."""
    return [
        Cell(fault, "", seed, recovering=recovering, thorough=True)
        for fault in faults
        for recovering in (False, True)
    ]


@dataclass(slots=True, repr=False)
class Matrix:
    """The points by fault, from the results of the scouts, and what came of all runs so far."""

    reached: dict[tuple[str, bool], set[str]] = field(default_factory=dict)
    results: int = 0
    processes: int = 0
    kills: Counter[str] = field(default_factory=Counter)
    struck: Counter[tuple[str, str]] = field(default_factory=Counter)
    by_fault: defaultdict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    violated: list[Result] = field(default_factory=list)

    def add(self, result: Result) -> None:
        cell = result.cell
        self.results += 1
        self.processes += result.processes
        self.kills.update(result.killed)
        if result.struck:
            self.struck[cell.point, cell.fault] += 1
        counts = self.by_fault[cell.fault]
        counts["runs"] += 1
        counts["kills"] += len(result.killed)
        counts["violations"] += bool(result.violations)
        counts["repeated dead letters"] += result.repeated_dead_letters
        for ending, count in result.endings.items():
            counts[ending] += count
        if result.violations:
            self.violated.append(result)
        if not cell.point and cell.thorough:
            self.reached[cell.fault, cell.recovering] = set(result.passed)

    @property
    def points(self) -> list[str]:
        """All points that were seen, or that the ports demand, and any moment."""
        seen = set().union(*self.reached.values()) | set(required_points())
        return [*sorted(seen, key=_call_first), ANY_MOMENT]

    def cells(self, seed: int) -> Iterator[Cell]:
        """Without end, each combination of point and fault once a pass, in random order."""
        rng = random.Random(seed)
        combinations = [
            (point, fault, ways)
            for point in self.points
            for fault in FAULTS
            if (ways := self.ways(point, fault))
        ]
        while True:
            rng.shuffle(combinations)
            for point, fault, ways in combinations:
                seed += 1
                yield Cell(
                    fault, point, seed, recovering=rng.choice(ways), thorough=rng.random() < 0.1
                )

    def ways(self, point: str, fault: str) -> list[bool]:
        """With which values of `recovering` a point is on the way under a fault."""
        return [
            recovering
            for recovering in (False, True)
            if point == ANY_MOMENT or point in self.reached.get((fault, recovering), ())
        ]


def short(matrix: Matrix, seed: int, *, attempt: int) -> list[Cell]:
    """A cell for every point and every fault that no kill has struck yet.

    The first attempt takes few messages, and lets the faults take turns at the points. What was not
    struck then gets all kinds of messages, and at each attempt another fault that leads there.
    """
    rng = random.Random(seed + attempt)
    scouted = sorted({fault for fault, _ in matrix.reached})
    anywhere = matrix.reached["none", False]
    turns = cycle(FAULTS)
    cells = []
    for number, point in enumerate(missing(matrix.points, matrix.kills)):
        leading = [fault for fault in scouted if matrix.ways(point, fault)]
        if point in anywhere and attempt == 0:
            cells.append(Cell(next(turns), point, rng.getrandbits(32)))
        elif leading:
            fault = leading[(number + attempt) % len(leading)]
            recovering = matrix.ways(point, fault)[0]
            cells.append(Cell(fault, point, rng.getrandbits(32), recovering, thorough=True))
    if attempt == 0:
        cells += [
            Cell(fault, point, rng.getrandbits(32), thorough=True) for fault, point in _TELLING
        ]
    else:
        points = sorted(anywhere)
        cells += [
            Cell(fault, rng.choice(points), rng.getrandbits(32), thorough=True)
            for fault in FAULTS
            if not matrix.by_fault[fault]["kills"]
        ]
    return cells


def missing(points: Iterable[str], kills: Counter[str]) -> list[str]:
    return [point for point in points if not kills[point]]


def _call_first(point: str) -> tuple[str, list[str]]:
    call, _, rest = point.partition("/")
    call, _, edge = call.partition(":")
    order = ["before", "half-written", "written", "answered", "after"]
    service, _, stage = rest.partition(":")
    position = order.index(stage or edge)
    edges = {"before": "0", "after": "2"}
    return call, [edges.get(edge, "1"), service, str(position)]

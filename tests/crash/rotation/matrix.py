"""Which runs there are: every point that is on the way, under every fault."""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field

from tests.crash.adapters import find_adapters
from tests.crash.points import ANY_MOMENT
from tests.crash.rotation.faults import FAULTS
from tests.crash.rotation.plan import Cell
from tests.crash.rotation.run import Result

# Without an effect: what they return was asked for before.
_PURE = frozenset({"PairIssuer.pair_of"})


def required_points() -> list[str]:
    """Before and after every call that is an effect, in the order of their names."""
    from rotate_keys import application, ports

    adapters = find_adapters(application, with_ports=ports)
    calls = {f"{each.port}.{method}" for each in adapters for method in each.methods} - _PURE
    return [f"{call}:{edge}" for call in sorted(calls) for edge in ("before", "after")]


def scouts(seed: int) -> list[Cell]:
    """Runs without a kill, which show the points that are on the way under each fault."""
    return [Cell(fault, "", seed) for fault in FAULTS]


@dataclass(slots=True, repr=False)
class Matrix:
    """The points by fault, from the results so far, and what came of the runs."""

    reached: defaultdict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    results: int = 0
    processes: int = 0
    kills: Counter[str] = field(default_factory=Counter)
    by_fault: defaultdict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    most_keys: Counter[str] = field(default_factory=Counter)
    violated: list[Result] = field(default_factory=list)

    def add(self, result: Result) -> None:
        fault = result.cell.fault
        self.results += 1
        self.processes += result.processes
        self.kills.update(result.killed)
        self.reached[fault] |= set(result.passed)
        self.most_keys[fault] = max(self.most_keys[fault], result.most_keys)
        counts = self.by_fault[fault]
        counts["runs"] += 1
        counts["kills"] += len(result.killed)
        counts["invocations"] += result.invocations
        counts["persons"] += result.persons
        counts["violations"] += bool(result.violations)
        if result.violations:
            self.violated.append(result)

    @property
    def points(self) -> list[str]:
        """All points that were seen, or that the ports demand, and any moment."""
        seen = set().union(*self.reached.values()) | set(required_points())
        pure = {point for point in seen if point.partition(":")[0] in _PURE}
        return [*sorted(seen - pure), ANY_MOMENT]

    def cells(self, seed: int) -> Iterator[Cell]:
        """Without end, each combination of point and fault once a pass, in random order."""
        rng = random.Random(seed)
        while True:
            combinations = [
                (point, fault)
                for point in self.points
                for fault in FAULTS
                if point == ANY_MOMENT or point in self.reached[fault]
            ]
            rng.shuffle(combinations)
            for point, fault in combinations:
                seed += 1
                yield Cell(fault, point, seed)


def short(matrix: Matrix, seed: int) -> list[Cell]:
    """A cell for every point before or after a call that no kill has struck yet, under any fault
    that leads there."""
    rng = random.Random(seed)
    cells = []
    for point in missing(required_points(), matrix.kills):
        leading = [fault for fault in FAULTS if point in matrix.reached[fault]]
        if leading:
            cells.append(Cell(rng.choice(leading), point, rng.getrandbits(32)))
    return cells


def missing(points: list[str], kills: Counter[str]) -> list[str]:
    return [point for point in points if not kills[point]]

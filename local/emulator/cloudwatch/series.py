"""Time series: the points of a metric, one figure for each period."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from local.emulator.cloudwatch.points import MODULE, Point
from local.emulator.cloudwatch.refusals import MetricRefusedError
from local.emulator.internals import ModuleFunction

_CALCULATE = ModuleFunction(module=MODULE, name="_calc_stats", parameters=("points",))
_VALUE = ModuleFunction(
    module=MODULE, name="_stat_value", parameters=("stats", "stat_name", "points")
)
INTERNALS = (_CALCULATE, _VALUE)

_BASIC = ("SampleCount", "Average", "Sum", "Minimum", "Maximum")
_PERCENTILE = re.compile(r"p(100|\d{1,2}(\.\d{1,10})?)")


@dataclass(frozen=True)
class Windows:
    """Periods one after the other; the first begins at `start` (epoch seconds), and each lasts
    `period` seconds and holds its beginning, but not its end."""

    start: float
    period: int
    count: int

    @classmethod
    def covering(cls, start: float, end: float, period: int) -> Windows:
        """Whole periods since 1970 that begin from `start` on and before `end`, as AWS aligns
        them."""
        first = math.floor(start / period) * period
        return cls(first, period, max(0, math.ceil((end - first) / period)))

    @classmethod
    def until(cls, end: float, period: int, count: int) -> Windows:
        return cls(end - period * count, period, count)

    def starts(self) -> list[float]:
        return [self.start + self.period * index for index in range(self.count)]

    def containing(self, timestamp: float) -> float | None:
        """The beginning of the period that holds this moment."""
        index = math.floor((timestamp - self.start) / self.period)
        return self.start + self.period * index if 0 <= index < self.count else None


@dataclass(frozen=True)
class Series:
    """Values by the beginnings of their periods, oldest first; where there are none, none is
    stored."""

    windows: Windows
    values: Mapping[float, float]

    @classmethod
    def of(cls, windows: Windows, values: Mapping[float, float]) -> Series:
        """Leaves out what is no number: a division by zero, the logarithm of a negative value."""
        finite = {at: value for at, value in values.items() if math.isfinite(value)}
        return cls(windows, dict(sorted(finite.items())))


def check_statistic(name: str) -> None:
    """Raises MetricRefusedError for one that is not computed here."""
    if name not in _BASIC and not _PERCENTILE.fullmatch(name):
        raise MetricRefusedError(
            f"The statistic {name} is not supported here: use {', '.join(_BASIC)} or a percentile "
            "such as p99 or p99.9."
        )


def aggregate(points: Iterable[Point], windows: Windows, statistic: str) -> Series:
    """A percentile has no value where CloudWatch cannot compute it: of negative values, and of
    statistic sets."""
    grouped: dict[float, list[Point]] = {}
    for point in points:
        at = windows.containing(point["Timestamp"])
        if at is not None:
            grouped.setdefault(at, []).append(point)
    values = {at: _figure(group, statistic) for at, group in grouped.items()}
    return Series.of(windows, {at: value for at, value in values.items() if value is not None})


def _figure(points: list[Point], statistic: str) -> float | None:
    figures = _CALCULATE.read()(points)
    value: float | None = _VALUE.read()(figures, statistic, points) if figures else None
    return value

"""The functions of metric math that are supported here; the others are refused by name."""

from __future__ import annotations

import itertools
import math
import statistics
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from local.emulator.cloudwatch.arithmetic import Value, combine, common_windows, value_at
from local.emulator.cloudwatch.refusals import MetricRefusedError
from local.emulator.cloudwatch.series import Series

Function = Callable[..., Value]
# What FILL may be told instead of a number.
REPEAT, LINEAR = "REPEAT", "LINEAR"


def _series(value: Any, *, name: str) -> Series:
    if not isinstance(value, Series):
        raise MetricRefusedError(f"{name} needs a time series.")
    return value


def _each(name: str, change: Callable[..., Series]) -> Function:
    """A function of a series, which a list takes one by one."""

    def apply(value: Value, *more: Any) -> Value:
        if isinstance(value, tuple):
            return tuple(change(one, *more) for one in value)
        return change(_series(value, name=name), *more)

    return apply


def _reduced(name: str, figure: Callable[[Sequence[float]], float]) -> Function:
    """A number of one series; a series of a list, of what its members have at each time."""

    def apply(value: Value) -> Value:
        if not isinstance(value, tuple):
            points = list(_series(value, name=name).values.values())
            return figure(points) if points else math.nan
        if not value:
            raise MetricRefusedError(f"{name} needs at least one metric.")
        times = {at for one in value for at in one.values}
        grouped = {at: [one.values[at] for one in value if at in one.values] for at in times}
        return Series.of(
            common_windows(list(value)), {at: figure(points) for at, points in grouped.items()}
        )

    return apply


def _steps(change: Callable[[float, float], float]) -> Callable[[Series], Series]:
    """What changes from one point to the next: of values, and of seconds."""

    def apply(series: Series) -> Series:
        points = list(series.values.items())
        pairs = itertools.pairwise(points)
        return Series.of(
            series.windows,
            {at: change(value - before, at - then) for (then, before), (at, value) in pairs},
        )

    return apply


def _running_sum(series: Series) -> Series:
    total, values = 0.0, {}
    for at, value in series.values.items():
        total += value
        values[at] = total
    return Series.of(series.windows, values)


def _fill(series: Series, filler: Any) -> Series:
    if filler == LINEAR:
        return Series.of(series.windows, _interpolated(series))
    values: dict[float, float] = {}
    last = math.nan
    for at in series.windows.starts():
        missing = last if filler == REPEAT else value_at(filler, at)
        last = values[at] = series.values.get(at, missing)
    return Series.of(series.windows, values)


def _interpolated(series: Series) -> dict[float, float]:
    points = list(series.values.items())
    values = dict(points)
    for (then, before), (later, after) in itertools.pairwise(points):
        for at in series.windows.starts():
            if then < at < later:
                values[at] = before + (after - before) * (at - then) / (later - then)
    return values


def choose(condition: Value, then: Value, otherwise: Value = math.nan) -> Value:
    """IF: where the condition has no point, neither has the result."""
    if isinstance(condition, tuple):
        raise MetricRefusedError("IF needs a time series or a number as its condition.")
    if not isinstance(condition, Series):
        return then if condition else otherwise
    values = {
        at: value_at(then if holds else otherwise, at) for at, holds in condition.values.items()
    }
    return Series.of(condition.windows, values)


def _period(series: Value) -> Value:
    return float(_series(series, name="PERIOD").windows.period)


def _count(metrics: Value) -> Value:
    return float(len(metrics)) if isinstance(metrics, tuple) else 1.0


def _moment(part: Callable[[datetime], float]) -> Callable[[Series], Series]:
    def apply(series: Series) -> Series:
        times = {at: part(datetime.fromtimestamp(at, UTC)) for at in series.values}
        return Series.of(series.windows, times)

    return apply


def _pointwise(operation: Callable[[float], float]) -> Function:
    return lambda value: combine(operation, value)


_OF_POINTS: Mapping[str, Callable[[float], float]] = {
    "ABS": abs,
    "CEIL": math.ceil,
    "FLOOR": math.floor,
    "LOG": math.log,
    "LOG10": math.log10,
}
_OF_SERIES: Mapping[str, Callable[..., Series]] = {
    "RATE": _steps(lambda change, seconds: change / seconds),
    "DIFF": _steps(lambda change, _: change),
    "DIFF_TIME": _steps(lambda _, seconds: seconds),
    "RUNNING_SUM": _running_sum,
    "FILL": _fill,
    "EPOCH": _moment(lambda at: at.timestamp()),
    "MINUTE": _moment(lambda at: at.minute),
    "HOUR": _moment(lambda at: at.hour),
    "DAY": _moment(lambda at: at.isoweekday()),
    "DATE": _moment(lambda at: at.day),
    "MONTH": _moment(lambda at: at.month),
    "YEAR": _moment(lambda at: at.year),
}
_FIGURES: Mapping[str, Callable[[Sequence[float]], float]] = {
    "AVG": statistics.fmean,
    "SUM": math.fsum,
    "MIN": min,
    "MAX": max,
    "STDDEV": statistics.pstdev,
    "DATAPOINT_COUNT": len,
}
FUNCTIONS: Mapping[str, Function] = {
    **{name: _pointwise(operation) for name, operation in _OF_POINTS.items()},
    **{name: _each(name, change) for name, change in _OF_SERIES.items()},
    **{name: _reduced(name, figure) for name, figure in _FIGURES.items()},
    "IF": choose,
    "PERIOD": _period,
    "METRIC_COUNT": _count,
}

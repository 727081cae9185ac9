"""What metric math computes with: numbers, series, and lists of series, point by point.

Two series meet only where both have a point. What cannot be computed is no point.
"""

from __future__ import annotations

import math
from collections.abc import Callable

from local.emulator.cloudwatch.refusals import MetricRefusedError
from local.emulator.cloudwatch.series import Series, Windows

Value = float | Series | tuple[Series, ...]


def combine(operation: Callable[..., float], *operands: Value) -> Value:
    """Applies `operation` to numbers: to each point of a series, and to each series of a list."""
    lists = [operand for operand in operands if isinstance(operand, tuple)]
    if len(lists) > 1:
        raise MetricRefusedError("Two lists of metrics cannot be combined with each other.")
    if lists:
        return tuple(
            _as_series(combine(operation, *_with(operands, lists[0], one))) for one in lists[0]
        )
    series = [operand for operand in operands if isinstance(operand, Series)]
    if not series:
        return safely(operation, *operands)
    shared = set.intersection(*(set(each.values) for each in series))
    values = {
        at: safely(operation, *(value_at(operand, at) for operand in operands)) for at in shared
    }
    return Series.of(common_windows(series), values)


def value_at(operand: Value, at: float) -> float:
    """A number is the same at any time."""
    if isinstance(operand, Series):
        return operand.values.get(at, math.nan)
    if isinstance(operand, tuple):
        raise MetricRefusedError("A list of metrics cannot be used here.")
    return operand


def safely(operation: Callable[..., float], *numbers: object) -> float:
    """Not a number where the operation has no result."""
    try:
        result = operation(*numbers)
    except (ArithmeticError, ValueError):
        return math.nan
    return math.nan if isinstance(result, complex) else float(result)


def common_windows(series: list[Series]) -> Windows:
    """The coarsest: finer points meet them only at their beginnings."""
    return max((each.windows for each in series), key=lambda windows: windows.period)


def _with(operands: tuple[Value, ...], whole: Value, one: Series) -> list[Value]:
    return [one if operand is whole else operand for operand in operands]


def _as_series(value: Value) -> Series:
    if not isinstance(value, Series):
        raise MetricRefusedError("A list of metrics holds time series only.")
    return value

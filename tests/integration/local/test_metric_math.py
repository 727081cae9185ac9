"""Metric math: what expressions mean, and which are refused."""

from __future__ import annotations

import math
from typing import Any

import pytest

from local.emulator.cloudwatch import expressions
from local.emulator.cloudwatch.evaluation import Evaluation
from local.emulator.cloudwatch.queries import Queries
from local.emulator.cloudwatch.refusals import MetricRefusedError
from local.emulator.cloudwatch.series import Series, Windows

# 2021-09-01 is a Wednesday.
START = 1_630_457_400.0
WINDOWS = Windows(START, 60, 4)
METRICS = {
    "used": [1.0, 3.0, None, 9.0],
    "limit": [10.0, 10.0, 10.0, 10.0],
    "flat": [2.0, 2.0, 2.0, 2.0],
    "low": [-1.0, 0.0, 1.5, 4.0],
    "none": [None, None, None, None],
}


def _series(values: list[float | None]) -> Series:
    pairs = zip(WINDOWS.starts(), values, strict=True)
    return Series.of(WINDOWS, {at: value for at, value in pairs if value is not None})


def _value(text: str) -> Any:
    """A number, or what the series has at each time."""
    metrics = {name: _series(values) for name, values in METRICS.items()}
    evaluation = Evaluation(metrics, metrics=metrics, windows=WINDOWS)
    value = evaluation.evaluate(expressions.parse(text))
    if isinstance(value, tuple):
        return [_drawn(each) for each in value]
    return _drawn(value) if isinstance(value, Series) else value


def _drawn(series: Series) -> list[float | None]:
    return [series.values.get(at) for at in WINDOWS.starts()]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("used + 1", [2, 4, None, 10]),
        ("limit - used", [9, 7, None, 1]),
        ("100 * used / limit", [10, 30, None, 90]),
        ("-low", [1, 0, -1.5, -4]),
        ("flat ^ 3", [8, 8, 8, 8]),
        ("1 / low", [-1, None, 1 / 1.5, 0.25]),
        ("(used + 1) * 2", [4, 8, None, 20]),
        ("used+limit*2", [21, 23, None, 29]),
        ("used > 2", [0, 1, None, 1]),
        ("used >= 3", [0, 1, None, 1]),
        ("used < 3", [1, 0, None, 0]),
        ("used <= 3", [1, 1, None, 0]),
        ("used == 3", [0, 1, None, 0]),
        ("used != 3", [1, 0, None, 1]),
        ("used > 2 AND low < 2", [0, 1, None, 0]),
        ("used > 2 && low < 2", [0, 1, None, 0]),
        ("low > 2 OR used == 1", [1, 0, None, 1]),
        ("low > 2 || used == 1 || flat == 2", [1, 1, None, 1]),
        ("none + 1", [None, None, None, None]),
        ("1.5e1 * flat", [30, 30, 30, 30]),
    ],
)
def test_operators(text: str, expected: list[float | None]) -> None:
    assert _value(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("ABS(low)", [1, 0, 1.5, 4]),
        ("CEIL(low)", [-1, 0, 2, 4]),
        ("FLOOR(low)", [-1, 0, 1, 4]),
        ("LOG10(limit)", [1, 1, 1, 1]),
        ("LOG(low)", [None, None, math.log(1.5), math.log(4)]),
        ("RATE(used)", [None, 2 / 60, None, 6 / 120]),
        ("DIFF(used)", [None, 2, None, 6]),
        ("DIFF_TIME(used)", [None, 60, None, 120]),
        ("RUNNING_SUM(used)", [1, 4, None, 13]),
        ("FILL(used, 0)", [1, 3, 0, 9]),
        ("FILL(used, REPEAT)", [1, 3, 3, 9]),
        ("FILL(used, LINEAR)", [1, 3, 6, 9]),
        ("FILL(used, low)", [1, 3, 1.5, 9]),
        ("FILL(none, 0)", [0, 0, 0, 0]),
        ("FILL(none, REPEAT)", [None, None, None, None]),
        ("IF(used > 2, limit, flat)", [2, 10, None, 10]),
        ("IF(used > 2, used)", [None, 3, None, 9]),
        ("IF(FILL(used, 0) > 2, 1, 0)", [0, 1, 0, 1]),
        ("IF(limit, used, 0)", [1, 3, None, 9]),
        ("TIME_SERIES(7)", [7, 7, 7, 7]),
        ("used - AVG(limit)", [-9, -7, None, -1]),
        ("MAX([used, flat])", [2, 3, 2, 9]),
        ("MIN([used, flat])", [1, 2, 2, 2]),
        ("SUM([used, flat])", [3, 5, 2, 11]),
        ("AVG([used, limit])", [5.5, 6.5, 10, 9.5]),
        ('SUM(METRICS("l"))', [11, 12, 13.5, 16]),
        ("DATAPOINT_COUNT([used, flat])", [2, 2, 1, 2]),
        ("HOUR(flat) * 100 + MINUTE(flat)", [50, 51, 52, 53]),
        ("DAY(used)", [3, 3, None, 3]),
        ("YEAR(flat) * 10000 + MONTH(flat) * 100 + DATE(flat)", [20_210_901] * 4),
        ("EPOCH(flat) - 1630457400", [0, 60, 120, 180]),
        ("IF(RATE(used) > 0, (limit - used) / RATE(used), 9999)", [None, 210, None, 20]),
        ("[used, low] * 2", [[2, 6, None, 18], [-2, 0, 3, 8]]),
        ("RATE([flat])", [[None, 0, 0, 0]]),
    ],
)
def test_functions_of_series(text: str, expected: list[Any]) -> None:
    assert _value(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("AVG(used)", 13 / 3),
        ("SUM(used)", 13),
        ("MIN(used)", 1),
        ("MAX(used)", 9),
        ("STDDEV(flat)", 0),
        ("DATAPOINT_COUNT(used)", 3),
        ("PERIOD(used)", 60),
        ("METRIC_COUNT(METRICS())", 5),
        ("METRIC_COUNT([used, flat])", 2),
        ("2 ^ 3 ^ 2", 512),
        ("IF(1 > 2, 3, 4)", 4),
        ("1e308 * 10", math.inf),
    ],
)
def test_expressions_of_numbers(text: str, expected: float) -> None:
    assert _value(text) == expected


@pytest.mark.parametrize("text", ["SUM(none)", "1 / 0", "(-8) ^ 0.5", "10 ^ 1000"])
def test_numbers_that_do_not_exist(text: str) -> None:
    assert math.isnan(_value(text))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "Error in expression"),
        ("used +", "Error in expression 'used \\+'"),
        ("used ** 2", r"\* is no part"),
        ("used // 2", "/ is no part"),
        ("used % 2", "% is no part"),
        ("used.real", r"\. is no part"),
        ("used if flat else 0", "if is no part"),
        ("used and flat", "and is no part"),
        ("1 < used < 3", "cannot be chained"),
        ("used, flat", "no expression of metric math"),
        ("(lambda)()", "lambda is no part"),
        ("(used)(1)", "used is not supported here"),
        ("f'{used}'", "no expression of metric math|Error"),
        ("RATE(3)", "RATE needs a time series"),
        ("RATE()", "RATE was given wrong arguments"),
        ("ABS(used, 1)", "ABS was given wrong arguments"),
        ("[used] + [flat]", "Two lists"),
        ("[used, 1]", "'1' is no time series"),
        ("IF([used], 1, 0)", "IF needs"),
        ("FILL(used, [flat])", "cannot be used here"),
        ("METRICS(used)", "a part of the ids"),
        ("TIME_SERIES(used)", "needs a number"),
        ("SUM([])", "at least one metric"),
        ("'text'", "has no meaning here"),
        ("TRUE", "has no meaning here"),
        ("True", "True is no part"),
        ("used[0]", "no expression of metric math"),
    ],
)
def test_refused_expression(text: str, message: str) -> None:
    with pytest.raises(MetricRefusedError, match=message):
        _value(text)


def _metric(name: str, **more: Any) -> dict[str, Any]:
    metric = {"Namespace": "math", "MetricName": name, "Dimensions": []}
    return {"Id": name, "MetricStat": {"Metric": metric, "Period": 60, "Stat": "Sum"} | more}


def _expression(name: str, text: str) -> dict[str, Any]:
    return {"Id": name, "Expression": text}


def test_expressions_build_on_each_other_in_any_order() -> None:
    queries = Queries.of([_expression("b", "a * 2"), _expression("a", "m + 1"), _metric("m")])

    assert queries.order.index("m") < queries.order.index("a") < queries.order.index("b")
    assert queries.returned == ["b", "a", "m"]


@pytest.mark.parametrize(
    ("queries", "message"),
    [
        ([_expression("a", "b"), _expression("b", "a")], "refer to each other"),
        ([_expression("a", "m + 1")], "refers to unknown ids: m"),
        ([_metric("m"), _metric("m")], "an Id of its own"),
        ([_metric("M")], "must begin with a lower-case letter"),
        ([{"Id": "m"}], "either Expression or MetricStat"),
        ([_metric("m") | {"Expression": "1"}], "either Expression or MetricStat"),
        ([_metric("m", Stat="tm90")], "The statistic tm90 is not supported here"),
        ([_metric("m", Stat="p101")], "The statistic p101 is not supported here"),
        ([_metric("m", Period=90)], "The period 90 must be"),
        ([_metric("m", Period=0)], "The period 0 must be positive"),
        ([_metric("m"), _expression("a", "ANOMALY_DETECTION_BAND(m)")], "is not supported here"),
        ([_metric("m"), _expression("a", "SEARCH('{x}', 'Sum')")], "SEARCH is not supported"),
        ([_metric("m"), _expression("a", "SUM(m)")], "is a number and must be a time series"),
        ([_metric("m", Metric={"MetricName": "x"})], "Namespace and MetricName"),
    ],
)
def test_refused_queries(queries: list[dict[str, Any]], message: str) -> None:
    with pytest.raises(MetricRefusedError, match=message):
        Queries.of(queries)

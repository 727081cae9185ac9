"""Metric data queries: metrics and expressions that refer to each other, as alarms and dashboards
have them."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from typing import Any

from local.emulator.cloudwatch import expressions
from local.emulator.cloudwatch.arithmetic import Value
from local.emulator.cloudwatch.evaluation import Evaluation
from local.emulator.cloudwatch.points import Metric, points_of
from local.emulator.cloudwatch.refusals import MetricRefusedError
from local.emulator.cloudwatch.series import Series, Windows, aggregate, check_statistic

DEFAULT_PERIOD_SECONDS = 60
_ID = re.compile(r"[a-z][A-Za-z0-9_]*")
_HIGH_RESOLUTION_SECONDS = (1, 5, 10, 20, 30)

Query = Mapping[str, Any]
WindowsOf = Callable[[int], Windows]


@dataclass(frozen=True)
class Queries:
    """Queries that were found to fit together, in the order in which they were given."""

    by_id: Mapping[str, Query]
    order: tuple[str, ...]

    @classmethod
    def of(cls, given: list[Query]) -> Queries:
        """Raises MetricRefusedError for the first thing that does not fit."""
        by_id = {_checked_id(query): query for query in given}
        if len(by_id) != len(given):
            raise MetricRefusedError("Every query needs an Id of its own.")
        needs = {name: _needs(query, known=by_id) for name, query in by_id.items()}
        try:
            order = tuple(TopologicalSorter(needs).static_order())
        except CycleError as error:
            raise MetricRefusedError(f"Expressions refer to each other: {error.args[1]}") from None
        queries = cls(by_id, order)
        queries.evaluate(lambda period: Windows(0.0, period, 0))
        return queries

    @property
    def returned(self) -> list[str]:
        return [name for name, query in self.by_id.items() if query.get("ReturnData", True)]

    @property
    def periods(self) -> set[int]:
        """Of the metrics, in seconds."""
        return {_period(query) for query in self.by_id.values() if "MetricStat" in query}

    def evaluate(self, windows_of: WindowsOf) -> dict[str, list[Series]]:
        """The series of every query that returns data; more than one if the result is a list."""
        values: dict[str, Value] = {}
        metrics: dict[str, Series] = {}
        coarsest = windows_of(max(self.periods, default=DEFAULT_PERIOD_SECONDS))
        for name, query in self.by_id.items():
            if "MetricStat" in query:
                values[name] = metrics[name] = _measured(query["MetricStat"], windows_of)
        for name in (name for name in self.order if name not in metrics):
            evaluation = Evaluation(values, metrics=metrics, windows=coarsest)
            values[name] = evaluation.evaluate(expressions.parse(self.by_id[name]["Expression"]))
        return {name: _as_result(name, values[name]) for name in self.returned}


def _checked_id(query: Query) -> str:
    name = str(query.get("Id", ""))
    if not _ID.fullmatch(name):
        raise MetricRefusedError(
            f"The Id '{name}' must begin with a lower-case letter and hold letters, digits and _."
        )
    if bool(query.get("Expression")) == bool(query.get("MetricStat")):
        raise MetricRefusedError(f"The query {name} needs either Expression or MetricStat.")
    return name


def _needs(query: Query, *, known: Mapping[str, Query]) -> set[str]:
    if not query.get("Expression"):
        _check_metric(query["MetricStat"])
        return set()
    tree = expressions.parse(query["Expression"])
    named = expressions.names(tree)
    missing = ", ".join(sorted(named - set(known)))
    if missing:
        raise MetricRefusedError(f"'{query['Expression']}' refers to unknown ids: {missing}.")
    return named


def _check_metric(measured: Query) -> None:
    metric = measured.get("Metric") or {}
    if not metric.get("Namespace") or not metric.get("MetricName"):
        raise MetricRefusedError("A MetricStat needs a Metric with Namespace and MetricName.")
    check_statistic(str(measured.get("Stat") or ""))
    check_period(measured.get("Period"))


def check_period(period: object) -> None:
    """Raises MetricRefusedError for one that AWS refuses."""
    if not isinstance(period, int) or (period not in _HIGH_RESOLUTION_SECONDS and period % 60):
        raise MetricRefusedError(
            f"The period {period} must be 1, 5, 10, 20, 30 or a multiple of 60 seconds."
        )
    if period <= 0:
        raise MetricRefusedError(f"The period {period} must be positive.")


def _period(query: Query) -> int:
    period: int = query["MetricStat"]["Period"]
    return period


def metric_of(described: Query) -> Metric:
    """From the API's form, where dimensions are a list."""
    dimensions = {each["Name"]: each["Value"] for each in described.get("Dimensions") or ()}
    return Metric(described["Namespace"], described["MetricName"], dimensions)


def _measured(measured: Query, windows_of: WindowsOf) -> Series:
    windows, unit = windows_of(measured["Period"]), measured.get("Unit")
    points = points_of(metric_of(measured["Metric"])) if windows.count else []
    chosen = [point for point in points if unit in (None, point["Unit"])]
    return aggregate(chosen, windows, measured["Stat"])


def _as_result(name: str, value: Value) -> list[Series]:
    if isinstance(value, float):
        raise MetricRefusedError(f"The result of {name} is a number and must be a time series.")
    return list(value) if isinstance(value, tuple) else [value]

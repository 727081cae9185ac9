"""What an alarm watches: one metric, or several and an expression, as queries in either case."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from local.emulator.cloudwatch.judgement import Rule
from local.emulator.cloudwatch.queries import DEFAULT_PERIOD_SECONDS, Queries, Query
from local.emulator.cloudwatch.reasons import Observation
from local.emulator.cloudwatch.refusals import MetricRefusedError
from local.emulator.cloudwatch.series import Series, Windows

Alarm = Mapping[str, Any]

# What describes the one metric of an alarm that has no Metrics.
SINGLE = (
    "MetricName",
    "Namespace",
    "Dimensions",
    "Statistic",
    "ExtendedStatistic",
    "Unit",
    "Period",
)
_LIMIT_METRICS = 10
_ALARM_PERIODS = (10, 20, 30)


@dataclass(frozen=True)
class Definition:
    """An alarm that can be evaluated."""

    queries: Queries
    rule: Rule
    period: int

    @classmethod
    def of(cls, alarm: Alarm) -> Definition:
        """From PutMetricAlarm's parameters, or the stored alarm. Raises MetricRefusedError."""
        queries = Queries.of(metric_queries(alarm))
        if len(queries.returned) != 1:
            raise MetricRefusedError("Exactly one query of an alarm must return data.")
        if len(queries.by_id) > 1 and len(queries.periods) != 1:
            raise MetricRefusedError("All metrics of an alarm must have the same period.")
        metrics = [query for query in queries.by_id.values() if "MetricStat" in query]
        if not 1 <= len(metrics) <= _LIMIT_METRICS:
            raise MetricRefusedError(f"An alarm watches 1 to {_LIMIT_METRICS} metrics.")
        (period,) = queries.periods
        if period % 60 and period not in _ALARM_PERIODS:
            raise MetricRefusedError(
                f"An alarm's period is 10, 20, 30 or a multiple of 60 seconds: {period}."
            )
        definition = cls(queries, Rule.of(alarm), period)
        definition.result(Windows(0.0, period, 0))
        return definition

    def observe(self, *, now: float) -> list[Observation]:
        """The figures of the evaluation range, newest first; the periods end at `now`."""
        windows = Windows.until(now, self.period, self.rule.range_periods)
        values = self.result(windows).values
        return [Observation(at, values.get(at)) for at in reversed(windows.starts())]

    def result(self, windows: Windows) -> Series:
        """Raises MetricRefusedError unless it is one series."""
        (results,) = self.queries.evaluate(lambda _: windows).values()
        if len(results) != 1:
            raise MetricRefusedError("An alarm watches one time series, not several.")
        return results[0]


def metric_queries(alarm: Alarm) -> list[Query]:
    """The alarm's own Metrics, or one query for its metric."""
    if not alarm.get("Metrics"):
        return [_single(alarm)]
    mixed = sorted(name for name in SINGLE if alarm.get(name))
    if mixed:
        raise MetricRefusedError(f"An alarm has either Metrics or {', '.join(mixed)}.")
    queries: list[Query] = alarm["Metrics"]
    return queries


def _single(alarm: Alarm) -> Query:
    if not alarm.get("MetricName") or not alarm.get("Namespace"):
        raise MetricRefusedError("An alarm needs Metrics, or MetricName and Namespace.")
    metric = {name: alarm.get(name) for name in ("Namespace", "MetricName", "Dimensions")}
    measured = {
        "Metric": metric,
        "Period": alarm.get("Period") or DEFAULT_PERIOD_SECONDS,
        "Stat": alarm.get("ExtendedStatistic") or alarm.get("Statistic"),
        "Unit": alarm.get("Unit"),
    }
    return {"Id": "m1", "MetricStat": measured, "ReturnData": True}

"""Which state an alarm is in, by its data points: M out of N, and what missing ones mean.

The rules are those of AWS's user guide. It looks at more points than the alarm asks for, so that a
late one does no harm: two more in the guide's examples, and here.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from local.emulator.cloudwatch.refusals import MetricRefusedError

OK, ALARM, INSUFFICIENT_DATA = "OK", "ALARM", "INSUFFICIENT_DATA"
TREATMENTS = ("missing", "notBreaching", "breaching", "ignore")
_SPARE_PERIODS = 2

COMPARISONS: Mapping[str, tuple[Callable[[float, float], bool], str]] = {
    "GreaterThanOrEqualToThreshold": (operator.ge, "greater than or equal to"),
    "GreaterThanThreshold": (operator.gt, "greater than"),
    "LessThanThreshold": (operator.lt, "less than"),
    "LessThanOrEqualToThreshold": (operator.le, "less than or equal to"),
}


@dataclass(frozen=True)
class Rule:
    """When the alarm is to ring: `needed` of the newest `periods` points breach the threshold."""

    periods: int
    needed: int
    threshold: float
    comparison: str
    treatment: str

    @classmethod
    def of(cls, alarm: Mapping[str, Any]) -> Rule:
        """From PutMetricAlarm's parameters. Raises MetricRefusedError for those that AWS refuses,
        and for what is not evaluated here."""
        periods = int(alarm.get("EvaluationPeriods") or 0)
        needed = int(alarm.get("DatapointsToAlarm") or periods)
        comparison = str(alarm.get("ComparisonOperator"))
        treatment = str(alarm.get("TreatMissingData") or TREATMENTS[0])
        if not 1 <= needed <= periods:
            raise MetricRefusedError(
                "DatapointsToAlarm must be at least 1 and at most EvaluationPeriods: "
                f"{needed} of {periods}."
            )
        if comparison not in COMPARISONS:
            raise MetricRefusedError(
                f"The ComparisonOperator {comparison} is not supported here: use one of "
                f"{', '.join(COMPARISONS)}."
            )
        if treatment not in TREATMENTS:
            raise MetricRefusedError(
                f"TreatMissingData must be one of {', '.join(TREATMENTS)}: {treatment}."
            )
        if alarm.get("Threshold") is None:
            raise MetricRefusedError("An alarm needs a Threshold.")
        return cls(periods, needed, float(alarm["Threshold"]), comparison, treatment)

    @property
    def range_periods(self) -> int:
        """How many periods are looked at."""
        return self.periods + _SPARE_PERIODS

    def breaches(self, value: float) -> bool:
        compare, _ = COMPARISONS[self.comparison]
        return compare(value, self.threshold)


def judge(points: Sequence[float | None], rule: Rule) -> str | None:
    """The state by the points of the evaluation range, newest first; None to keep the present."""
    known = [rule.breaches(point) for point in points if point is not None][: rule.periods]
    if not known:
        return {"missing": INSUFFICIENT_DATA, "notBreaching": OK, "breaching": ALARM}.get(
            rule.treatment
        )
    missing = rule.periods - len(known)
    breaching = sum(known) + (missing if rule.treatment == "breaching" else 0)
    if breaching >= rule.needed or _rings_early(points, known, rule):
        return ALARM
    retains = rule.treatment == "ignore" and missing and all(known)
    return None if retains else OK


def _rings_early(points: Sequence[float | None], known: list[bool], rule: Rule) -> bool:
    """With fewer points than needed: all there are breach, and the oldest is old enough."""
    if rule.treatment != "missing" or not all(known):
        return False
    oldest = max(age for age, point in enumerate(points, start=1) if point is not None)
    return oldest >= rule.needed

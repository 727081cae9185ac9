"""Why an alarm changed, in the words and the data of AWS."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from local.emulator.cloudwatch.judgement import ALARM, COMPARISONS, OK, Rule

_TREATED = {"breaching": "[Breaching]", "notBreaching": "[NonBreaching]"}


@dataclass(frozen=True)
class Observation:
    """The figure of one period; None when nothing was measured in it."""

    start: float
    value: float | None


def timestamp(moment: float) -> str:
    """As in the messages of alarms: `2021-09-01T00:50:20.123+0000`."""
    return datetime.fromtimestamp(moment, UTC).isoformat(timespec="milliseconds")[:-6] + "+0000"


def describe(observed: Sequence[Observation], rule: Rule, *, state: str) -> str:
    """Why `state` is the new one. `observed` newest first, all of the evaluation range."""
    known = [each for each in observed if each.value is not None][: rule.periods]
    missing = rule.periods - len(known)
    if not known and rule.treatment in _TREATED:
        return (
            f"Threshold Crossed: no datapoints were received for {_many(missing, 'period')} and "
            f"{_many(missing, 'missing datapoint')} {_was(missing)} treated as "
            f"{_TREATED[rule.treatment]}."
        )
    if not known:
        return f"Insufficient Data: {_many(missing, 'datapoint')} {_was(missing)} unknown."
    wanted = state == ALARM
    agreeing = [each for each in known if rule.breaches(each.value or 0.0) == wanted]
    figures = ", ".join(_figure(each) for each in agreeing)
    _, words = COMPARISONS[rule.comparison]
    minimum = rule.needed if wanted else rule.periods - rule.needed + 1
    return (
        f"Threshold Crossed: {len(agreeing)} out of the last {rule.periods} datapoints "
        f"[{figures}] {_was(len(agreeing))} {'' if wanted else 'not '}{words} the threshold "
        f"({rule.threshold}) (minimum {_many(minimum, 'datapoint')} for "
        f"{OK if wanted else ALARM} -> {state} transition)."
    )


def data(
    observed: Sequence[Observation], rule: Rule, *, period: int, now: float, statistic: str | None
) -> dict[str, Any]:
    """What DescribeAlarms and events call the reason's data."""
    known = [each for each in observed if each.value is not None][: rule.periods]
    evaluated = [{"timestamp": timestamp(each.start), "value": each.value} for each in known]
    return {
        "version": "1.0",
        "queryDate": timestamp(now),
        **({"startDate": timestamp(known[-1].start)} if known else {}),
        **({"statistic": statistic} if statistic else {}),
        "period": period,
        "recentDatapoints": [each.value for each in reversed(known)],
        "threshold": rule.threshold,
        "evaluatedDatapoints": evaluated,
    }


def _figure(observed: Observation) -> str:
    moment = datetime.fromtimestamp(observed.start, UTC)
    return f"{observed.value} ({moment:%d/%m/%y %H:%M:%S})"


def _many(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def _was(count: int) -> str:
    return "was" if count == 1 else "were"

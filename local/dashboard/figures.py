"""The figures of a widget, from the local stack's CloudWatch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from local.dashboard.lines import Line

if TYPE_CHECKING:
    from mypy_boto3_cloudwatch import CloudWatchClient


@dataclass(frozen=True)
class Curve:
    """A line with its figures, oldest first."""

    label: str
    times: Sequence[datetime]
    values: Sequence[float]
    color: str | None
    right: bool


def read_curves(
    cloudwatch: CloudWatchClient, lines: Sequence[Line], *, start: datetime, end: datetime
) -> list[Curve]:
    """In the order of the lines; those that are not shown are missing. Raises botocore's
    ClientError for what CloudWatch refuses."""
    if not lines:
        return []
    queries: Any = [dict(line.query) for line in lines]
    answer = cloudwatch.get_metric_data(
        MetricDataQueries=queries, StartTime=start, EndTime=end, ScanBy="TimestampAscending"
    )
    by_id = {line.id: line for line in lines}
    return [
        Curve(
            label=result["Label"],
            times=result["Timestamps"],
            values=result["Values"],
            color=by_id[result["Id"]].color,
            right=by_id[result["Id"]].right,
        )
        for result in answer["MetricDataResults"]
    ]


def read_alarm_states(cloudwatch: CloudWatchClient, arns: Sequence[str]) -> Mapping[str, str]:
    """By the alarms' names; one that does not exist is `missing`."""
    names = [arn.rpartition(":")[2] for arn in arns]
    if not names:
        return {}
    answer = cloudwatch.describe_alarms(
        AlarmNames=names, AlarmTypes=["MetricAlarm", "CompositeAlarm"]
    )
    states = {
        alarm["AlarmName"]: str(alarm["StateValue"])
        for alarm in (*answer["MetricAlarms"], *answer["CompositeAlarms"])
    }
    return {name: states.get(name, "missing") for name in names}

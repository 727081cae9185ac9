"""AWS::CloudWatch::Alarm with all its properties: metric math, and numbers from parameters.

The emulator alone refuses Metrics, and takes any property for a known one.
"""

from __future__ import annotations

from typing import Any

from local.emulator.cloudwatch import alarms
from local.emulator.cloudwatch.alarms import configure
from local.emulator.cloudwatch.definition import Definition
from local.emulator.internals import PROVISIONERS, ModuleFunction
from local.emulator.property_types import as_boolean, as_integer, as_number, refuse_unknown

_RECORD = ModuleFunction(
    module=PROVISIONERS, name="_cw_metric_alarm_record", parameters=("name", "props")
)
INTERNALS = (*alarms.INTERNALS, _RECORD)

Properties = dict[str, Any]

_PROPERTIES = frozenset(
    {
        "ActionsEnabled",
        "AlarmActions",
        "AlarmDescription",
        "AlarmName",
        "ComparisonOperator",
        "DatapointsToAlarm",
        "Dimensions",
        "EvaluateLowSampleCountPercentile",
        "EvaluationPeriods",
        "ExtendedStatistic",
        "InsufficientDataActions",
        "MetricName",
        "Metrics",
        "Namespace",
        "OKActions",
        "Period",
        "Statistic",
        "Tags",
        "Threshold",
        "TreatMissingData",
        "Unit",
    }
)
_INTEGERS = ("DatapointsToAlarm", "EvaluationPeriods", "Period")
# What the emulator's function wants to see of an alarm whose metrics it does not know.
_PLACEHOLDERS = {"MetricName": "-", "Namespace": "-"}


def typed(properties: Properties) -> Properties:
    """PutMetricAlarm's parameters. Raises ValueError naming the bad property."""
    refuse_unknown(properties, known=_PROPERTIES, resource="AWS::CloudWatch::Alarm")
    result = dict(properties)
    for name in _INTEGERS:
        if name in properties:
            result[name] = as_integer(properties[name], name=name)
    if "Threshold" in properties:
        result["Threshold"] = as_number(properties["Threshold"], name="Threshold")
    if "ActionsEnabled" in properties:
        result["ActionsEnabled"] = as_boolean(properties["ActionsEnabled"], name="ActionsEnabled")
    if properties.get("Metrics"):
        result["Metrics"] = [_typed_query(query) for query in properties["Metrics"]]
    return result


def _typed_query(query: Properties) -> Properties:
    result = dict(query)
    if "ReturnData" in query:
        result["ReturnData"] = as_boolean(query["ReturnData"], name="ReturnData")
    if "Period" in query:
        result["Period"] = as_integer(query["Period"], name="Period")
    if "MetricStat" in query:
        measured = query["MetricStat"]
        period = as_integer(measured.get("Period"), name="Period")
        result["MetricStat"] = {**measured, "Period": period}
    return result


def _without_metrics(request: Properties) -> Properties:
    if "Metrics" not in request:
        return request
    return {name: request[name] for name in request if name != "Metrics"} | _PLACEHOLDERS


def apply() -> None:
    record = _RECORD.read()

    def record_checked(name: str, props: Properties) -> Any:
        request = typed(props)
        Definition.of(request)
        alarm = record(name, _without_metrics(request))
        configure(alarm, request)
        return alarm

    _RECORD.write(record_checked)

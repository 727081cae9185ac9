"""What an alarm tells when its state changes: the message to topics, and the event on the bus."""

from __future__ import annotations

import functools
import json
from collections.abc import Mapping
from typing import Any

from botocore.loaders import create_loader

from local.emulator.cloudwatch.definition import metric_queries
from local.emulator.cloudwatch.reasons import timestamp

Alarm = Mapping[str, Any]

ACTIONS = {
    "ALARM": "AlarmActions",
    "OK": "OKActions",
    "INSUFFICIENT_DATA": "InsufficientDataActions",
}


@functools.cache
def region_title(region: str) -> str:
    """As `US East (N. Virginia)`; the region itself when the SDK does not know it."""
    for partition in create_loader().load_data("endpoints")["partitions"]:
        if region in partition["regions"]:
            return str(partition["regions"][region]["description"])
    return region


def subject(alarm: Alarm, *, region: str) -> str:
    text = f'{alarm["StateValue"]}: "{alarm["AlarmName"]}" in {region_title(region)}'
    # The limit of SNS.
    return text[:100]


def notification(alarm: Alarm, *, old: str, account: str, region: str) -> str:
    """The JSON text that topics get."""
    common = {
        "AlarmName": alarm["AlarmName"],
        "AlarmDescription": alarm.get("AlarmDescription") or None,
        "AWSAccountId": account,
        "AlarmConfigurationUpdatedTimestamp": timestamp(
            alarm["AlarmConfigurationUpdatedTimestamp"]
        ),
        "NewStateValue": alarm["StateValue"],
        "NewStateReason": alarm["StateReason"],
        "StateChangeTime": timestamp(alarm["StateUpdatedTimestamp"]),
        "Region": region_title(region),
        "AlarmArn": alarm["AlarmArn"],
        "OldStateValue": old,
        **{name: alarm.get(name) or [] for name in ACTIONS.values()},
    }
    own = _composite(alarm) if "AlarmRule" in alarm else {"Trigger": _trigger(alarm)}
    return json.dumps(common | own)


def _composite(alarm: Alarm) -> dict[str, Any]:
    reason = json.loads(alarm.get("StateReasonData") or "{}")
    children = [
        {"Arn": child["arn"], "State": {key.title(): child["state"][key] for key in child["state"]}}
        for child in reason.get("triggeringAlarms", ())
    ]
    return {"AlarmRule": alarm["AlarmRule"], "TriggeringChildren": children}


def _trigger(alarm: Alarm) -> dict[str, Any]:
    rule = {
        "EvaluationPeriods": alarm["EvaluationPeriods"],
        "DatapointsToAlarm": alarm.get("DatapointsToAlarm") or alarm["EvaluationPeriods"],
        "ComparisonOperator": alarm["ComparisonOperator"],
        "Threshold": alarm["Threshold"],
        "TreatMissingData": alarm.get("TreatMissingData") or "missing",
        "EvaluateLowSampleCountPercentile": alarm.get("EvaluateLowSampleCountPercentile") or "",
    }
    if alarm.get("Metrics"):
        return rule | {"Metrics": [_query(query) for query in alarm["Metrics"]]}
    extended = alarm.get("ExtendedStatistic")
    statistic = (
        {"StatisticType": "ExtendedStatistic", "ExtendedStatistic": extended}
        if extended
        else {"StatisticType": "Statistic", "Statistic": alarm["Statistic"].upper()}
    )
    return {
        "MetricName": alarm["MetricName"],
        "Namespace": alarm["Namespace"],
        **statistic,
        "Unit": alarm.get("Unit"),
        "Dimensions": _named(alarm),
        "Period": alarm["Period"],
        **rule,
    }


def _query(query: Alarm) -> dict[str, Any]:
    plain = {key: query[key] for key in ("Expression", "Id", "Label", "Period") if query.get(key)}
    plain["ReturnData"] = query.get("ReturnData", True)
    if "MetricStat" in query:
        metric = query["MetricStat"]["Metric"]
        plain["MetricStat"] = query["MetricStat"] | {
            "Metric": metric | {"Dimensions": _named(metric)}
        }
    return plain


def _named(described: Alarm) -> list[dict[str, str]]:
    """In messages, unlike in requests, dimensions begin in lower case."""
    dimensions = described.get("Dimensions") or ()
    return [{"value": each["Value"], "name": each["Name"]} for each in dimensions]


def event_detail(alarm: Alarm, *, previous: Mapping[str, Any]) -> dict[str, Any]:
    """The `detail` of `CloudWatch Alarm State Change`."""
    state = {
        "value": alarm["StateValue"],
        "reason": alarm["StateReason"],
        "reasonData": alarm.get("StateReasonData"),
        "timestamp": timestamp(alarm["StateUpdatedTimestamp"]),
    }
    configuration: dict[str, Any] = (
        {"alarmRule": alarm["AlarmRule"]}
        if "AlarmRule" in alarm
        else {"metrics": [_event_query(query) for query in metric_queries(alarm)]}
    )
    if alarm.get("AlarmDescription"):
        configuration["description"] = alarm["AlarmDescription"]
    return {
        "alarmName": alarm["AlarmName"],
        "state": {name: value for name, value in state.items() if value is not None},
        "previousState": dict(previous),
        "configuration": configuration,
    }


def _event_query(query: Alarm) -> dict[str, Any]:
    own: dict[str, Any] = {"id": query["Id"], "returnData": query.get("ReturnData", True)}
    if not query.get("MetricStat"):
        label = {"label": query["Label"]} if query.get("Label") else {}
        return own | {"expression": query["Expression"]} | label
    measured = query["MetricStat"]
    metric = measured["Metric"]
    dimensions = {each["Name"]: each["Value"] for each in metric.get("Dimensions") or ()}
    return own | {
        "metricStat": {
            "metric": {
                "namespace": metric["Namespace"],
                "name": metric["MetricName"],
                "dimensions": dimensions,
            },
            "period": measured["Period"],
            "stat": measured["Stat"],
        }
    }

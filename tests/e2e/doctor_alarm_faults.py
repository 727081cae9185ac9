"""Faults of the stack's alarms: each stays as it is, and would not wake anybody."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

from tests.e2e.doctor_faults import Fault
from tests.e2e.patient import Patient

# What PutMetricAlarm takes of what DescribeAlarms gives.
_SETTINGS = {
    "ActionsEnabled",
    "AlarmActions",
    "AlarmDescription",
    "AlarmName",
    "ComparisonOperator",
    "DatapointsToAlarm",
    "Dimensions",
    "EvaluationPeriods",
    "Metrics",
    "MetricName",
    "Namespace",
    "OKActions",
    "Period",
    "Statistic",
    "Threshold",
    "TreatMissingData",
}


def _described(patient: Patient, alarm: str) -> dict[str, Any]:
    answer = patient.client("cloudwatch").describe_alarms(AlarmNames=[patient.parts[alarm]])
    (found,) = answer["MetricAlarms"]
    return {name: value for name, value in found.items() if name in _SETTINGS}


def _alarm(alarm: str, **changes: Any) -> Callable[[Patient], AbstractContextManager[None]]:
    """The alarm with other settings for a while."""

    @contextmanager
    def plant(patient: Patient) -> Iterator[None]:
        before = _described(patient, alarm)
        patient.client("cloudwatch").put_metric_alarm(**before | changes)
        try:
            yield
        finally:
            patient.client("cloudwatch").put_metric_alarm(**before)

    return plant


@contextmanager
def deleted(patient: Patient) -> Iterator[None]:
    before = _described(patient, "OrphanKeysAlarm")
    patient.client("cloudwatch").delete_alarms(AlarmNames=[before["AlarmName"]])
    try:
        yield
    finally:
        patient.client("cloudwatch").put_metric_alarm(**before)


@contextmanager
def muted(patient: Patient) -> Iterator[None]:
    watch, name = patient.client("cloudwatch"), patient.parts["DeadLettersAlarm"]
    watch.disable_alarm_actions(AlarmNames=[name])
    try:
        yield
    finally:
        watch.enable_alarm_actions(AlarmNames=[name])


@contextmanager
def ringing(patient: Patient) -> Iterator[None]:
    # One that keeps its state while there is no figure.
    watch, name = patient.client("cloudwatch"), patient.parts["EmailQuotaWarningAlarm"]
    watch.set_alarm_state(AlarmName=name, StateValue="ALARM", StateReason="planted")
    try:
        yield
    finally:
        watch.set_alarm_state(AlarmName=name, StateValue="OK", StateReason="taken back")


ALARM_FAULTS = {
    "an alarm deleted": Fault("alarm-needed", "no alarm watches keys that nobody has", deleted),
    "an alarm that is gone": Fault("stack-resources", "OrphanKeysAlarm does not exist", deleted),
    "an alarm on another stack": Fault(
        "alarm-metric",
        "watches UsagePublished of formarelay/other",
        _alarm("UsageSilentAlarm", Namespace="formarelay/other"),
    ),
    "an alarm on another queue": Fault(
        "alarm-metric",
        "of the QueueName old",
        _alarm("OldestMessageAlarm", Dimensions=[{"Name": "QueueName", "Value": "old"}]),
    ),
    "silence that is taken for health": Fault(
        "alarm-missing-data",
        "treats missing data as notBreaching, not as breaching",
        _alarm("UsageSilentAlarm", TreatMissingData="notBreaching"),
    ),
    "an alarm without a runbook": Fault(
        "alarm-runbook", "does not say", _alarm("GateClosedAlarm", AlarmDescription="closed")
    ),
    "an alarm that tells nobody": Fault(
        "alarm-actions", "has no action", _alarm("GateClosedAlarm", AlarmActions=[])
    ),
    "an alarm that is muted": Fault("alarm-actions", "are switched off", muted),
    "an alarm that tells a stranger": Fault(
        "alarm-topic",
        "which is not of this stack",
        _alarm("GateClosedAlarm", AlarmActions=["arn:aws:sns:us-east-1:000000000000:stranger"]),
    ),
    "an alarm that rings": Fault("alarm-state", "email-quota-warning has been ringing", ringing),
}

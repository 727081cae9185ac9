"""Alarms watch exactly their metric, by M out of N, with metric math, and all the time.

The emulator alone ignores an alarm's dimensions, DatapointsToAlarm, TreatMissingData and Metrics,
and looks at alarms only when somebody puts a metric.
"""

from __future__ import annotations

import json
import logging
import time
from typing import Any

from local.emulator.cloudwatch import series
from local.emulator.cloudwatch.definition import SINGLE, Definition
from local.emulator.cloudwatch.judgement import judge
from local.emulator.cloudwatch.points import LOCK, MODULE
from local.emulator.cloudwatch.reasons import data, describe
from local.emulator.cloudwatch.refusals import MetricRefusedError
from local.emulator.internals import ModuleFunction, ModuleStore

API = ("params", "cbor_data", "is_cbor", "is_json")
ALARMS = ModuleStore(module=MODULE, name="_alarms")
_PUT = ModuleFunction(module=MODULE, name="_put_metric_alarm", parameters=API)
_EVALUATE = ModuleFunction(module=MODULE, name="_evaluate_alarm", parameters=("alarm",))
_EVALUATE_ALL = ModuleFunction(module=MODULE, name="_evaluate_all_alarms", parameters=())
_RECORD = ModuleFunction(
    module=MODULE,
    name="_record_history",
    parameters=("alarm_name", "old_state", "new_state", "reason", "alarm_type", "reason_data"),
)
_DISPATCH = ModuleFunction(
    module=MODULE,
    name="_dispatch_alarm_actions",
    parameters=("alarm", "old_state", "new_state", "reason"),
)
_PARENTS = ModuleFunction(
    module=MODULE, name="_evaluate_parent_alarms", parameters=("child", "seen")
)
_ERROR = ModuleFunction(
    module=MODULE, name="_error", parameters=("code", "message", "status", "use_json", "use_cbor")
)
INTERNALS = (
    *series.INTERNALS,
    ALARMS,
    _PUT,
    _EVALUATE,
    _EVALUATE_ALL,
    _RECORD,
    _DISPATCH,
    _PARENTS,
    _ERROR,
)

_BAD_REQUEST = 400
_OK = 200
_log = logging.getLogger("cloudwatch")

Request = dict[str, Any]


def evaluate_all(*, now: float) -> None:
    """All alarms of the account and region that the caller works for."""
    for alarm in ALARMS.read().values():
        try:
            evaluate(alarm, now=now)
        except Exception:  # noqa: BLE001 (one alarm's fault must not end the watch over all others)
            _log.exception("alarm %s cannot be evaluated", alarm.get("AlarmName"))


def evaluate(alarm: Request, *, now: float) -> None:
    """Looks at the figures up to `now` (epoch seconds), and changes the alarm's state if they say
    so."""
    definition = Definition.of(alarm)
    with LOCK:
        observed = definition.observe(now=now)
    rule = definition.rule
    state = judge([each.value for each in observed], rule)
    if state is None or state == alarm["StateValue"]:
        return
    statistic = alarm.get("ExtendedStatistic") or alarm.get("Statistic")
    _move(
        alarm,
        state,
        reason=describe(observed, rule, state=state),
        reason_data=data(observed, rule, period=definition.period, now=now, statistic=statistic),
    )


def _move(alarm: Request, state: str, *, reason: str, reason_data: Request) -> None:
    old, now = alarm["StateValue"], time.time()
    alarm["StateValue"] = state
    alarm["StateReason"] = reason
    alarm["StateReasonData"] = json.dumps(reason_data)
    alarm["StateUpdatedTimestamp"] = alarm["StateTransitionedTimestamp"] = now
    _RECORD.read()(alarm["AlarmName"], old, state, reason, "MetricAlarm", reason_data)
    _DISPATCH.read()(alarm, old, state, reason)
    _PARENTS.read()(alarm)


def configure(alarm: Request, request: Request) -> None:
    """Gives the emulator's record what it drops of the request, and takes off what is made up."""
    low_samples = request.get("EvaluateLowSampleCountPercentile")
    if low_samples:
        alarm["EvaluateLowSampleCountPercentile"] = low_samples
    if request.get("Metrics"):
        alarm["Metrics"] = request["Metrics"]
        for name in SINGLE:
            alarm.pop(name, None)
    elif request.get("ExtendedStatistic"):
        alarm.pop("Statistic", None)


def apply() -> None:
    put = _PUT.read()

    def put_metric_alarm(
        params: Request, cbor_data: Request, is_cbor: bool, is_json: bool = False
    ) -> Any:
        # Requests in the old form-encoded protocol stay the emulator's: no SDK sends them any more.
        if not (is_cbor or is_json):
            return put(params, cbor_data, is_cbor, is_json)
        try:
            Definition.of(cbor_data)
        except MetricRefusedError as refused:
            return _ERROR.read()(refused.code, str(refused), _BAD_REQUEST, is_json, is_cbor)
        with LOCK:
            answer = put(params, cbor_data, is_cbor, is_json)
            if answer[0] == _OK:
                configure(ALARMS.read()[cbor_data["AlarmName"]], cbor_data)
        return answer

    _PUT.write(put_metric_alarm)
    # The ticker evaluates, and nobody else.
    _EVALUATE.write(lambda _alarm: None)
    _EVALUATE_ALL.write(lambda: None)

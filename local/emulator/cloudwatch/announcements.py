"""A change of an alarm's state reaches its topics and the default event bus.

The emulator alone tells topics less than AWS does, and the bus nothing. Only topics are served:
AWS also knows functions and other services as actions.
"""

from __future__ import annotations

import json
from typing import Any
from uuid import uuid4

from local.emulator.cloudwatch.messages import ACTIONS, event_detail, notification, subject
from local.emulator.cloudwatch.points import MODULE
from local.emulator.internals import ModuleFunction

_DISPATCH = ModuleFunction(
    module=MODULE,
    name="_dispatch_alarm_actions",
    parameters=("alarm", "old_state", "new_state", "reason"),
)
_IS_TOPIC = ModuleFunction(module=MODULE, name="_is_sns_action_arn", parameters=("action",))
_HISTORY = ModuleFunction(module=MODULE, name="_history_entries", parameters=())
_PUBLISH = ModuleFunction(
    module="ministack.services.sns",
    name="_fanout",
    parameters=(
        "topic_arn",
        "msg_id",
        "message",
        "subject",
        "message_structure",
        "message_attributes",
        "message_group_id",
        "message_dedup_id",
    ),
)
_PUT_EVENTS = ModuleFunction(
    module="ministack.services.eventbridge",
    name="_put_events",
    parameters=("data", "allow_aws_source"),
)
INTERNALS = (_DISPATCH, _IS_TOPIC, _HISTORY, _PUBLISH, _PUT_EVENTS)


def apply() -> None:
    def announce(alarm: dict[str, Any], old_state: str, _new_state: str, _reason: str) -> None:
        if alarm.get("ActionsEnabled", True):
            _notify(alarm, old=old_state)
        entry = {
            "Source": "aws.cloudwatch",
            "DetailType": "CloudWatch Alarm State Change",
            "Resources": [alarm["AlarmArn"]],
            "Detail": json.dumps(event_detail(alarm, previous=_previous(alarm, old=old_state))),
        }
        _PUT_EVENTS.read()({"Entries": [entry]}, allow_aws_source=True)

    _DISPATCH.write(announce)


def _notify(alarm: dict[str, Any], *, old: str) -> None:
    _, _, _, region, account, *_ = alarm["AlarmArn"].split(":")
    for action in alarm.get(ACTIONS[alarm["StateValue"]]) or ():
        if _IS_TOPIC.read()(action):
            message = notification(alarm, old=old, account=account, region=region)
            _PUBLISH.read()(action, str(uuid4()), message, subject(alarm, region=region))


def _previous(alarm: dict[str, Any], *, old: str) -> dict[str, Any]:
    """From the history, whose last entry is the change that is announced."""
    states = [
        (entry["Timestamp"], json.loads(entry["HistoryData"])["newState"])
        for entry in _HISTORY.read()()
        if (entry["AlarmName"], entry["HistoryItemType"]) == (alarm["AlarmName"], "StateUpdate")
    ]
    if len(states) == 1:
        return {"value": old}
    at, state = states[-2]
    reason_data = state.get("stateReasonData")
    return {
        "value": old,
        "reason": state["stateReason"],
        **({} if reason_data is None else {"reasonData": json.dumps(reason_data)}),
        "timestamp": at.replace("Z", ".000+0000"),
    }

"""The alarms: that they exist, would fire, and that somebody would hear them."""

from __future__ import annotations

from collections.abc import Iterator

from relayctl.doctor.check import Severity, check
from relayctl.doctor.fact import seen
from relayctl.doctor.snapshot import Snapshot

_RESTORE = "Restore the actions of the alarm as in the template: the stack's own topic."


@check(
    "alarm-actions",
    "Every alarm tells somebody",
    reason="An alarm without an action is a lamp in an empty room.",
    fix=_RESTORE,
    severity=Severity.CRITICAL,
)
def actions(snapshot: Snapshot) -> Iterator[str]:
    for _, alarm in seen(snapshot.alarms):
        if not alarm.actions:
            yield f"{alarm.name} has no action"
        elif not alarm.actions_enabled:
            yield f"the actions of {alarm.name} are switched off"


@check(
    "alarm-topic",
    "Every topic that an alarm tells exists, and is the stack's own",
    reason="CloudWatch drops what it cannot deliver.",
    fix=_RESTORE,
    severity=Severity.CRITICAL,
)
def topic(snapshot: Snapshot) -> Iterator[str]:
    topics = {facts.arn for _, facts in seen(snapshot.topics)}
    for _, alarm in seen(snapshot.alarms):
        for action in alarm.actions:
            if ":sns:" in action and action not in topics:
                yield f"{alarm.name} tells {action}, which is not of this stack"


@check(
    "alarm-subscription",
    "Somebody confirmed a subscription to each topic",
    reason="Until somebody does, every alarm is told to nobody.",
    fix=(
        "Subscribe whoever is on call to the topic, and confirm by the link in the mail that comes."
    ),
    severity=Severity.CRITICAL,
)
def subscription(snapshot: Snapshot) -> Iterator[str]:
    for name, facts in seen(snapshot.topics):
        if not facts.confirmed:
            waiting = f"; {facts.pending} wait to be confirmed" if facts.pending else ""
            yield f"{name} has no confirmed subscription{waiting}"


@check(
    "alarm-state",
    "No alarm is ringing",
    reason="Something is wrong now.",
    fix="See the alarm's section in the runbook.",
    severity=Severity.WARNING,
)
def state(snapshot: Snapshot) -> Iterator[str]:
    for _, alarm in seen(snapshot.alarms):
        if alarm.state == "ALARM":
            minutes = (snapshot.now - alarm.state_since) / 60
            yield f"{alarm.name} has been ringing for {minutes:.0f} minutes"


CHECKS = (actions, topic, subscription, state)

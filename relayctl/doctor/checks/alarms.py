"""The alarms: that they exist, would fire, and that somebody would hear them."""

from __future__ import annotations

from collections.abc import Iterator

from relayctl.doctor.check import Severity, check
from relayctl.doctor.fact import seen
from relayctl.doctor.models import AlarmFacts, MetricFacts
from relayctl.doctor.policy import ANYBODY
from relayctl.doctor.snapshot import Snapshot

_RESTORE = "Restore the actions of the alarm as in the template: the stack's own topic."

# What has to be watched, by metric.
NEEDED = {
    "QuotaUsedPercent": "the quota",
    "QuotaShortfallHours": "the forecast of the quota",
    "UsagePublished": "that usage is published at all",
    "ApproximateNumberOfMessagesVisible": "dead letters",
    "ApproximateAgeOfOldestMessage": "the age of the oldest message",
    "Unknown": "calls without a trustworthy answer",
    "OldestUnknownAgeSeconds": "mails whose outcome stays unknown",
    "GateClosed": "the gate",
    "HandedBackKeyRefused": "refused keys",
    "RotationFailed": "rotations that fail",
    "RotationOpenSeconds": "rotations that do not end",
    "KeyAgeDays": "the age of the keys",
    "KeyDaysToExpiry": "keys that end",
    "OrphanKeys": "keys that nobody has",
    "Errors": "functions that fail",
}
# Silence of these is the alarm itself, or no all-clear; of all others, it is one.
MISSING_DATA = {
    "UsagePublished": "breaching",
    "QuotaUsedPercent": "ignore",
    "QuotaShortfallHours": "ignore",
    "KeyAgeDays": "ignore",
    "OldestUnknownAgeSeconds": "ignore",
}
# Usage is published every five minutes.
FIRST_FIGURE_SECONDS = 600
_CLOUDWATCH, _EVENTBRIDGE = "cloudwatch.amazonaws.com", "events.amazonaws.com"


@check(
    "alarm-needed",
    "All that can go wrong unseen has an alarm",
    reason="Nobody looks at a dashboard at night.",
    fix="Restore the alarm as in the template.",
    severity=Severity.CRITICAL,
)
def needed(snapshot: Snapshot) -> Iterator[str]:
    watched = {metric.name for _, alarm in seen(snapshot.alarms) for metric in alarm.metrics}
    for name, meaning in NEEDED.items():
        if name not in watched:
            yield f"no alarm watches {meaning} ({name})"


@check(
    "alarm-metric",
    "Every alarm watches metrics of this stack",
    reason="A metric of another name has no figures, and its alarm never rings.",
    fix="Restore namespace and dimensions of the alarm as in the template.",
    severity=Severity.CRITICAL,
)
def metrics(snapshot: Snapshot) -> Iterator[str]:
    ours = f"formarelay/{snapshot.stack.name}"
    for _, alarm in seen(snapshot.alarms):
        for metric in alarm.metrics:
            if metric.namespace != ours and not metric.namespace.startswith("AWS/"):
                yield f"{alarm.name} watches {metric.name} of {metric.namespace}, not of {ours}"
            for dimension, value in _strangers(metric, snapshot):
                yield f"{alarm.name} watches {metric.name} of the {dimension} {value}"


@check(
    "alarm-missing-data",
    "What every alarm does without figures was chosen for it",
    reason="A publisher that died must ring, and a quota that nobody knows is no all-clear.",
    fix="Restore TreatMissingData of the alarm as in the template.",
    severity=Severity.WARNING,
)
def missing_data(snapshot: Snapshot) -> Iterator[str]:
    for _, alarm in seen(snapshot.alarms):
        wanted = _wanted_of(alarm)
        if alarm.metrics and alarm.missing_data != wanted:
            yield f"{alarm.name} treats missing data as {alarm.missing_data}, not as {wanted}"


@check(
    "alarm-runbook",
    "Every alarm names its section of the runbook",
    reason="Whoever it wakes should not have to search.",
    fix="Restore the description of the alarm as in the template.",
    severity=Severity.WARNING,
)
def runbook(snapshot: Snapshot) -> Iterator[str]:
    for _, alarm in seen(snapshot.alarms):
        if "runbook.md#" not in alarm.description:
            yield f"{alarm.name} does not say where its runbook is"


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
    topics = {
        resource.physical_id
        for resource in snapshot.stack.resources.values()
        if resource.kind == "AWS::SNS::Topic"
    }
    for _, alarm in seen(snapshot.alarms):
        for action in alarm.actions:
            if ":sns:" in action and action not in topics:
                yield f"{alarm.name} tells {action}, which is not of this stack"


@check(
    "topic-policy",
    "What tells a topic something may do so, and not everybody may",
    reason="CloudWatch and EventBridge drop what a topic's policy refuses, and nobody hears of it.",
    fix="Restore the policy of the topic as in the template.",
    severity=Severity.CRITICAL,
)
def publishers(snapshot: Snapshot) -> Iterator[str]:
    told_by = {
        _CLOUDWATCH: {action for _, alarm in seen(snapshot.alarms) for action in alarm.actions},
        _EVENTBRIDGE: {target for _, rule in seen(snapshot.rules) for target in rule.targets},
    }
    for name, facts in seen(snapshot.topics):
        publishing = [one for one in facts.statements if one.allows and one.covers("sns:Publish")]
        for service, topics in told_by.items():
            allowed = any({service, ANYBODY} & set(one.principals) for one in publishing)
            if facts.arn in topics and not allowed:
                yield f"{service} may not publish to {name}"
        if any(ANYBODY in one.principals and not one.conditions for one in publishing):
            yield f"everybody may publish to {name}"


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
    for name, facts in seen(snapshot.subscriptions):
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
    for name, alarm in seen(snapshot.alarms):
        if alarm.state == "ALARM" and not _awaits_its_first_figure(name, alarm, snapshot):
            minutes = (snapshot.now - alarm.state_since) / 60
            yield f"{alarm.name} has been ringing for {minutes:.0f} minutes"


def _strangers(metric: MetricFacts, snapshot: Snapshot) -> Iterator[tuple[str, str]]:
    """Dimensions that name a queue or function which is not of this stack."""
    queues = {queue.arn.rpartition(":")[2] for _, queue in seen(snapshot.queues)}
    functions = {function.name for _, function in seen(snapshot.functions)}
    for dimension, known in (("QueueName", queues), ("FunctionName", functions)):
        value = metric.dimensions.get(dimension)
        if value is not None and value not in known:
            yield dimension, value


def _awaits_its_first_figure(name: str, alarm: AlarmFacts, snapshot: Snapshot) -> bool:
    """Whether silence makes it ring, and it is too new for anything else."""
    age = snapshot.now - snapshot.stack.resources[name].updated_at
    return alarm.missing_data == "breaching" and age < FIRST_FIGURE_SECONDS


def _wanted_of(alarm: AlarmFacts) -> str:
    wanted = {MISSING_DATA.get(metric.name, "notBreaching") for metric in alarm.metrics}
    return wanted.pop() if len(wanted) == 1 else "notBreaching"


CHECKS = (
    needed,
    metrics,
    missing_data,
    runbook,
    actions,
    topic,
    publishers,
    subscription,
    state,
)

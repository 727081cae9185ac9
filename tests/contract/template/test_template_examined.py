"""The doctor's checks on the template itself, before anything is deployed."""

from __future__ import annotations

import copy

import pytest

from relayctl.doctor.check import State
from relayctl.doctor.registry import CHECKS
from tests.support.resolved_template import ResolvedTemplate
from tests.support.template import load_template, translate
from tests.support.template_snapshot import template_snapshot

TRANSLATED = translate(load_template())
# What only a deployed stack can tell.
DEPLOYED = {
    "oldest-message",
    "usage-published",
    "limit-learned",
    "gate-open",
    "secret-age",
    "secret-shape",
    "rotation-pending",
    "provider-reachable",
    "key-accepted",
    "key-rights",
    "provider-clock",
    "alarm-subscription",
}


def examined(template, **parameters):
    snapshot = template_snapshot(ResolvedTemplate(template, parameters))
    return [check.examine(snapshot) for check in CHECKS]


@pytest.mark.parametrize("target", ["aws", "local"])
def test_nothing_is_wrong_with_the_template(target):
    results = examined(TRANSLATED, DeployTarget=target)
    assert [one for one in results if one.state is State.FINDING] == []
    unseen = {one.check.id for one in results if one.state is State.UNSEEN}
    assert unseen == DEPLOYED


def test_on_aws_no_check_is_excused():
    assert [one for one in examined(TRANSLATED) if one.state is State.NOT_APPLICABLE] == []


def changed(*path, value):
    """The template with one property changed; `None` takes it away."""
    template = copy.deepcopy(TRANSLATED)
    target = template["Resources"]
    for key in path[:-1]:
        target = target[key]
    if value is None:
        del target[path[-1]]
    else:
        target[path[-1]] = value
    return template


QUEUE = ("EmailQueue", "Properties")
FUNCTION = ("SendEmailFunction", "Properties")
MAPPING = ("SendEmailFunctionMail", "Properties")
TABLE = ("StateTable", "Properties")
SILENCE = ("UsageSilentAlarm", "Properties")
GRANT = ("SendEmailRole", "Properties", "Policies", 0, "PolicyDocument", "Statement", 0)


@pytest.mark.parametrize(
    ("id_", "path", "value"),
    [
        ("queue-visibility", (*QUEUE, "VisibilityTimeout"), 100),
        ("queue-retention", (*QUEUE, "MessageRetentionPeriod"), None),
        ("queue-receives", (*QUEUE, "RedrivePolicy", "maxReceiveCount"), 5),
        ("queue-dead-letters", (*QUEUE, "RedrivePolicy"), None),
        ("queue-encryption", (*QUEUE, "SqsManagedSseEnabled"), False),
        ("queue-tls", ("DeadLetterQueuePolicy",), None),
        ("dead-letter-sources", ("DeadLetterQueue", "Properties", "RedriveAllowPolicy"), None),
        ("mapping-enabled", (*MAPPING, "Enabled"), False),
        ("mapping-partial", (*MAPPING, "FunctionResponseTypes"), None),
        ("mapping-batch", (*MAPPING, "BatchSize"), 100),
        ("mapping-concurrency", (*MAPPING, "ScalingConfig"), None),
        ("reserved-concurrency", (*FUNCTION, "ReservedConcurrentExecutions"), 1),
        ("function-timeout", (*FUNCTION, "Timeout"), 30),
        ("function-layer", (*FUNCTION, "Layers"), []),
        ("function-secrets", (*FUNCTION, "Environment", "Variables", "API_KEY"), "x"),
        ("log-retention", ("SendEmailLogGroup", "Properties", "RetentionInDays"), None),
        ("role-actions", (*GRANT, "Action"), "sqs:*"),
        ("role-resources", (*GRANT, "Resource"), "*"),
        ("role-managed", ("SendEmailRole", "Properties", "ManagedPolicyArns"), ["arn:Full"]),
        ("table-active", (*TABLE, "BillingMode"), "PROVISIONED"),
        ("table-expiry", (*TABLE, "TimeToLiveSpecification"), None),
        ("table-recovery", (*TABLE, "PointInTimeRecoverySpecification"), None),
        ("table-encryption", (*TABLE, "SSESpecification"), None),
        ("rotation-enabled", ("FormaMailRotationSchedule",), None),
        ("rotation-permission", ("RotateKeysPermission",), None),
        ("schedules-enabled", ("PublishUsageFunctionPublish", "Properties", "State"), "DISABLED"),
        ("alarm-needed", ("OrphanKeysAlarm", "Properties", "MetricName"), "Others"),
        ("alarm-metric", (*SILENCE, "Namespace"), "formarelay"),
        ("alarm-missing-data", (*SILENCE, "TreatMissingData"), None),
        ("alarm-runbook", (*SILENCE, "AlarmDescription"), "silent"),
        ("alarm-actions", (*SILENCE, "AlarmActions"), None),
        ("topic-policy", ("AlarmTopicPolicy",), None),
    ],
)
def test_a_fault_in_the_template_is_found(id_, path, value):
    results = examined(changed(*path, value=value))
    assert id_ in {one.check.id for one in results if one.state is State.FINDING}


@pytest.mark.parametrize(
    ("id_", "parameters"),
    [
        ("queue-visibility", {"SendTimeoutSeconds": "120"}),
        ("function-timeout", {"ProviderTimeoutSeconds": "60"}),
        ("function-log-level", {"LogLevel": "DEBUG"}),
        ("provider-https", {"FormalooBaseUrl": "http://127.0.0.1:8000"}),
    ],
)
def test_parameters_that_do_not_go_together_are_found(id_, parameters):
    results = examined(TRANSLATED, **parameters)
    assert [one.check.id for one in results if one.state is State.FINDING] == [id_]

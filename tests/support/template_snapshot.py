"""The doctor's snapshot of a stack that is not deployed: what the template says it would be."""

from __future__ import annotations

import json
from typing import Any

from relayctl.doctor.fact import Fact
from relayctl.doctor.looking.alarms import read_alarm
from relayctl.doctor.looking.functions import read_function, read_mapping
from relayctl.doctor.looking.queues import read_queue
from relayctl.doctor.models import (
    FunctionFacts,
    QueueFacts,
    Resource,
    RoleFacts,
    RuleFacts,
    SecretFacts,
    TableFacts,
    TopicFacts,
)
from relayctl.doctor.policy import Statement, statements
from relayctl.doctor.snapshot import Snapshot, StackFacts
from tests.support.resolved_template import STACK, ResolvedTemplate

NOW = 1_800_000_000.0
DEPLOYED: Fact[Any] = Fact.unseen("only a deployed stack has it")


def template_snapshot(resolved: ResolvedTemplate) -> Snapshot:
    functions = resolved.of("AWS::Lambda::Function")
    return Snapshot(
        now=NOW,
        stack=StackFacts(
            name=STACK,
            status="CREATE_COMPLETE",
            parameters=resolved.parameters,
            resources={
                name: Resource(kind=resource["Type"], physical_id=resolved.reference(name))
                for name, resource in resolved.resources.items()
            },
        ),
        queues={
            name: Fact.known(_queue(resolved, name)) for name in resolved.of("AWS::SQS::Queue")
        },
        mappings=Fact.known(
            tuple(
                read_mapping(_with_state(mapping))
                for mapping in resolved.of("AWS::Lambda::EventSourceMapping").values()
            )
        ),
        functions={name: Fact.known(_function(resolved, name)) for name in functions},
        concurrency={
            name: Fact.known(properties.get("ReservedConcurrentExecutions"))
            for name, properties in functions.items()
        },
        function_policies={name: Fact.known(_callers(resolved, name)) for name in functions},
        log_groups={
            name: Fact.known(properties.get("RetentionInDays"))
            for name, properties in resolved.of("AWS::Logs::LogGroup").items()
        },
        roles={
            name: Fact.known(_role(resolved, name, properties))
            for name, properties in resolved.of("AWS::IAM::Role").items()
        },
        **_table(resolved),
        windows=dict.fromkeys(("forma-mail", "formaloo"), DEPLOYED),
        secrets={
            name: Fact.known(_secret(resolved, name))
            for name in resolved.of("AWS::SecretsManager::Secret")
        },
        secret_versions=dict.fromkeys(resolved.of("AWS::SecretsManager::Secret"), DEPLOYED),
        secret_policies={
            name: Fact.known(_secret_policy(resolved, name))
            for name in resolved.of("AWS::SecretsManager::Secret")
        },
        shapes=dict.fromkeys(resolved.of("AWS::SecretsManager::Secret"), DEPLOYED),
        alarms={
            name: Fact.known(read_alarm({"AlarmName": resolved.reference(name), **properties}))
            for kind in ("Alarm", "CompositeAlarm")
            for name, properties in resolved.of(f"AWS::CloudWatch::{kind}").items()
        },
        topics={
            name: Fact.known(_topic(resolved, name)) for name in resolved.of("AWS::SNS::Topic")
        },
        subscriptions=dict.fromkeys(resolved.of("AWS::SNS::Topic"), DEPLOYED),
        rules={
            name: Fact.known(_rule(properties))
            for name, properties in resolved.of("AWS::Events::Rule").items()
        },
        providers=dict.fromkeys(("forma-mail", "formaloo"), DEPLOYED),
        oldest_message_seconds=DEPLOYED,
        last_usage_at=DEPLOYED,
    )


def _queue(resolved: ResolvedTemplate, name: str) -> QueueFacts:
    properties = resolved.of("AWS::SQS::Queue")[name]
    policies = [
        policy["PolicyDocument"]["Statement"]
        for policy in resolved.of("AWS::SQS::QueuePolicy").values()
        if resolved.reference(name) in policy["Queues"]
    ]
    attributes = {
        "QueueArn": resolved.arn(name),
        # What SQS sets when nobody says anything.
        "VisibilityTimeout": str(properties.get("VisibilityTimeout", 30)),
        "MessageRetentionPeriod": str(properties.get("MessageRetentionPeriod", 345_600)),
        "SqsManagedSseEnabled": str(properties.get("SqsManagedSseEnabled", False)).lower(),
        "Policy": json.dumps({"Statement": [one for policy in policies for one in policy]}),
    }
    for key in ("RedrivePolicy", "RedriveAllowPolicy"):
        if key in properties:
            attributes[key] = json.dumps(properties[key])
    return read_queue(attributes)


def _with_state(mapping: dict[str, Any]) -> dict[str, Any]:
    return {**mapping, "State": "Enabled" if mapping.get("Enabled", True) else "Disabled"}


def _function(resolved: ResolvedTemplate, name: str) -> FunctionFacts:
    properties = resolved.of("AWS::Lambda::Function")[name]
    variables = properties.get("Environment", {}).get("Variables", {})
    return read_function(
        {
            **properties,
            "FunctionName": resolved.reference(name),
            "FunctionArn": resolved.arn(name),
            "Timeout": properties.get("Timeout", 3),
            "Layers": [{"Arn": arn} for arn in properties.get("Layers", [])],
            "Environment": {"Variables": {key: str(value) for key, value in variables.items()}},
        }
    )


def _callers(resolved: ResolvedTemplate, name: str) -> tuple[Statement, ...]:
    """As Lambda writes the policy of a function from its permissions."""
    ours = {resolved.arn(name), resolved.reference(name)}
    documents = [
        {
            "Effect": "Allow",
            "Action": permission["Action"],
            "Principal": {"Service": permission["Principal"]},
            "Condition": {
                "StringEquals": {
                    f"AWS:{key}": permission[key]
                    for key in ("SourceAccount", "SourceArn")
                    if key in permission
                }
            },
        }
        for permission in resolved.of("AWS::Lambda::Permission").values()
        if permission["FunctionName"] in ours
    ]
    return statements({"Statement": documents})


def _role(resolved: ResolvedTemplate, name: str, properties: dict[str, Any]) -> RoleFacts:
    return RoleFacts(
        arn=resolved.arn(name),
        trust=statements(properties["AssumeRolePolicyDocument"]),
        grants=tuple(
            statement
            for policy in properties.get("Policies", [])
            for statement in statements(policy["PolicyDocument"])
        ),
        managed_policies=tuple(properties.get("ManagedPolicyArns", ())),
    )


def _table(resolved: ResolvedTemplate) -> dict[str, Fact[Any]]:
    table = resolved.of("AWS::DynamoDB::Table")["StateTable"]
    expiry = table.get("TimeToLiveSpecification", {})
    recovery = table.get("PointInTimeRecoverySpecification", {})
    return {
        "table": Fact.known(
            TableFacts(
                status="ACTIVE",
                on_demand=table.get("BillingMode") == "PAY_PER_REQUEST",
                encrypted=table.get("SSESpecification", {}).get("SSEEnabled", False),
            )
        ),
        "table_expiry": Fact.known(expiry["AttributeName"] if expiry.get("Enabled") else ""),
        "table_recovery": Fact.known(recovery.get("PointInTimeRecoveryEnabled", False)),
    }


def _secret(resolved: ResolvedTemplate, name: str) -> SecretFacts:
    arn = resolved.arn(name)
    schedules = [
        schedule
        for schedule in resolved.of("AWS::SecretsManager::RotationSchedule").values()
        if schedule["SecretId"] == arn
    ]
    schedule = schedules[0] if schedules else {}
    days = schedule.get("RotationRules", {}).get("AutomaticallyAfterDays")
    return SecretFacts(
        arn=arn,
        rotation_enabled=bool(schedules),
        rotation_function_arn=schedule.get("RotationLambdaARN", ""),
        rotation_days=days,
    )


def _secret_policy(resolved: ResolvedTemplate, name: str) -> tuple[Statement, ...]:
    return tuple(
        statement
        for policy in resolved.of("AWS::SecretsManager::ResourcePolicy").values()
        if policy["SecretId"] == resolved.arn(name)
        for statement in statements(policy["ResourcePolicy"])
    )


def _topic(resolved: ResolvedTemplate, name: str) -> TopicFacts:
    return TopicFacts(
        arn=resolved.arn(name),
        statements=tuple(
            statement
            for policy in resolved.of("AWS::SNS::TopicPolicy").values()
            if resolved.arn(name) in policy["Topics"]
            for statement in statements(policy["PolicyDocument"])
        ),
    )


def _rule(properties: dict[str, Any]) -> RuleFacts:
    return RuleFacts(
        enabled=properties.get("State", "ENABLED") != "DISABLED",
        schedule=properties.get("ScheduleExpression", ""),
        targets=tuple(target["Arn"] for target in properties.get("Targets", [])),
    )

"""A stack about which the doctor has nothing to say, as plain facts."""

from __future__ import annotations

from dataclasses import replace

from relayctl.doctor.checks.alarms import MISSING_DATA, NEEDED
from relayctl.doctor.fact import Fact
from relayctl.doctor.models import (
    AlarmFacts,
    FunctionFacts,
    MappingFacts,
    MetricFacts,
    ProviderFacts,
    QueueFacts,
    Resource,
    RoleFacts,
    RuleFacts,
    SecretFacts,
    ShapeFacts,
    SubscriptionFacts,
    TableFacts,
    TopicFacts,
    VersionFacts,
    WindowFacts,
)
from relayctl.doctor.policy import Statement
from relayctl.doctor.snapshot import Snapshot, StackFacts

NOW = 1_800_000_000.0
DAY = 86_400.0
ACCOUNT = "123456789012"
QUEUE = f"arn:aws:sqs:eu-west-1:{ACCOUNT}:relay-email"
DEAD_LETTERS = f"{QUEUE}-dead-letters"
TOPIC = f"arn:aws:sns:eu-west-1:{ACCOUNT}:relay-alarms"
LAYER = f"arn:aws:lambda:eu-west-1:{ACCOUNT}:layer:FormarelayLayer:7"
FUNCTIONS = {
    "SendEmailFunction": "send_email",
    "RotateKeysFunction": "rotate_keys",
    "PublishUsageFunction": "publish_usage",
}
SECRETS = ("FormaMailSecret", "FormalooSecret", "FormaMailAccountSecret")
FIELDS = (("api_key", "key_id"), ("api_key", "secret_key"), ("email", "password"))

known = Fact.known


def secret_arn(name: str) -> str:
    return f"arn:aws:secretsmanager:eu-west-1:{ACCOUNT}:secret:{name}-abc123"


def function_arn(name: str) -> str:
    return f"arn:aws:lambda:eu-west-1:{ACCOUNT}:function:{FUNCTIONS[name]}"


def healthy() -> Snapshot:
    return Snapshot(
        now=NOW,
        stack=_stack(),
        queues={"EmailQueue": known(_email_queue()), "DeadLetterQueue": known(_dead_letters())},
        mappings=known((_mapping(),)),
        functions={name: known(_function(name)) for name in FUNCTIONS},
        concurrency={name: known(None) for name in FUNCTIONS},
        function_policies={name: known(_callers(name)) for name in FUNCTIONS},
        log_groups={_log_group(name): known(30) for name in FUNCTIONS},
        roles={_role(name): known(_role_facts(name)) for name in FUNCTIONS},
        table=known(TableFacts(status="ACTIVE", on_demand=True, encrypted=True)),
        table_expiry=known("expires_at"),
        table_recovery=known(True),
        windows={"forma-mail": known(WindowFacts()), "formaloo": known(WindowFacts())},
        secrets={name: known(_secret(name)) for name in SECRETS},
        secret_versions={
            name: known(_versions(10 * DAY if name != SECRETS[2] else 300 * DAY))
            for name in SECRETS
        },
        secret_policies={name: known(()) for name in SECRETS},
        shapes={
            name: known(ShapeFacts(fields=frozenset(fields)))
            for name, fields in zip(SECRETS, FIELDS, strict=True)
        },
        alarms={"OtherAlarm": known(ALARM)} | {name: known(_alarm(name)) for name in NEEDED},
        topics={"AlarmTopic": known(TopicFacts(arn=TOPIC, statements=(PUBLISHING,)))},
        subscriptions={"AlarmTopic": known(SubscriptionFacts(confirmed=1, pending=0))},
        rules={
            "Retire": known(RuleFacts(enabled=True, schedule="rate(10 minutes)", targets=("f",)))
        },
        providers={
            "forma-mail": known(ProviderFacts(clock_ahead_seconds=0.4)),
            "formaloo": known(ProviderFacts(clock_ahead_seconds=-0.9)),
        },
        oldest_message_seconds=known(3.0),
        last_usage_at=known(NOW - 200),
    )


RUNBOOK = "Do this. Runbook: docs/runbook.md#other"
ALARM = AlarmFacts(
    name="relay-other",
    state="OK",
    actions=(TOPIC,),
    missing_data="notBreaching",
    description=RUNBOOK,
    metrics=(MetricFacts(namespace="formarelay/relay", name="Other"),),
)
PUBLISHING = Statement(
    allows=True,
    actions=("sns:Publish",),
    principals=("cloudwatch.amazonaws.com",),
    conditions={"StringEquals": {"aws:SourceAccount": (ACCOUNT,)}},
)


def _stack() -> StackFacts:
    resources = {
        "FormarelayLayer7": Resource(kind="AWS::Lambda::LayerVersion", physical_id=LAYER),
        **{
            name: Resource(
                kind="AWS::Lambda::Function", physical_id=physical, updated_at=NOW - 30 * DAY
            )
            for name, physical in FUNCTIONS.items()
        },
        **{
            _role(name): Resource(kind="AWS::IAM::Role", physical_id=f"relay-{_role(name)}")
            for name in FUNCTIONS
        },
        **{
            _log_group(name): Resource(kind="AWS::Logs::LogGroup", physical_id=f"/relay/{name}")
            for name in FUNCTIONS
        },
        "AlarmTopic": Resource(kind="AWS::SNS::Topic", physical_id=TOPIC),
        **{
            name: Resource(kind="AWS::CloudWatch::Alarm", physical_id=f"relay-{name}")
            for name in ("OtherAlarm", *NEEDED)
        },
        **{
            name: Resource(kind="AWS::SecretsManager::Secret", physical_id=secret_arn(name))
            for name in SECRETS
        },
    }
    return StackFacts(
        name="relay",
        status="UPDATE_COMPLETE",
        parameters={
            "DeployTarget": "aws",
            "Runtime": "python3.13",
            "Architecture": "arm64",
            "MaximumConcurrency": "5",
        },
        resources=resources,
    )


def _alarm(metric: str) -> AlarmFacts:
    namespace, dimensions = {
        "ApproximateNumberOfMessagesVisible": (
            "AWS/SQS",
            {"QueueName": "relay-email-dead-letters"},
        ),
        "ApproximateAgeOfOldestMessage": ("AWS/SQS", {"QueueName": "relay-email"}),
        "Errors": ("AWS/Lambda", {"FunctionName": "send_email"}),
    }.get(metric, ("formarelay/relay", {}))
    watched = MetricFacts(namespace=namespace, name=metric, dimensions=dimensions)
    missing = MISSING_DATA.get(metric, "notBreaching")
    return replace(ALARM, name=f"relay-{metric}", missing_data=missing, metrics=(watched,))


def _email_queue() -> QueueFacts:
    owner = Statement(
        allows=True,
        actions=("sqs:SendMessage",),
        resources=(QUEUE,),
        principals=(f"arn:aws:iam::{ACCOUNT}:root",),
    )
    return QueueFacts(
        arn=QUEUE,
        visibility_timeout_seconds=360,
        retention_seconds=1_209_600,
        encrypted=True,
        statements=(owner, _tls_only(QUEUE)),
        dead_letter_arn=DEAD_LETTERS,
        receives=1000,
    )


def _dead_letters() -> QueueFacts:
    return QueueFacts(
        arn=DEAD_LETTERS,
        visibility_timeout_seconds=30,
        retention_seconds=1_209_600,
        encrypted=True,
        statements=(_tls_only(DEAD_LETTERS),),
        redrive_permission="byQueue",
        redrive_sources=(QUEUE,),
    )


def _tls_only(arn: str) -> Statement:
    return Statement(
        allows=False,
        actions=("sqs:*",),
        resources=(arn,),
        principals=("*",),
        conditions={"Bool": {"aws:SecureTransport": ("false",)}},
    )


def _mapping() -> MappingFacts:
    return MappingFacts(
        source_arn=QUEUE,
        state="Enabled",
        batch_size=10,
        response_types=("ReportBatchItemFailures",),
        maximum_concurrency=5,
    )


def _function(name: str) -> FunctionFacts:
    return FunctionFacts(
        name=FUNCTIONS[name],
        arn=function_arn(name),
        runtime="python3.13",
        architecture="arm64",
        timeout_seconds=60,
        role_arn=f"arn:aws:iam::{ACCOUNT}:role/relay-{_role(name)}",
        layers=(LAYER,),
        environment={
            "FORMA_MAIL_API_URL": "https://api.formamail.com/api",
            "FORMALOO_API_URL": "https://api.formaloo.me",
            "FORMA_MAIL_SECRET_ARN": secret_arn("FormaMailSecret"),
            "PROVIDER_TIMEOUT_SECONDS": "20",
            "RATE_LIMIT_CALLS": "100",
            "POWERTOOLS_LOG_LEVEL": "INFO",
        },
        log_group=f"/relay/{name}",
        modified_at=NOW - 30 * DAY,
    )


def _callers(name: str) -> tuple[Statement, ...]:
    if name != "RotateKeysFunction":
        return ()
    return (
        Statement(
            allows=True,
            actions=("lambda:InvokeFunction",),
            principals=("secretsmanager.amazonaws.com",),
            conditions={"StringEquals": {"AWS:SourceAccount": (ACCOUNT,)}},
        ),
    )


def _role(name: str) -> str:
    return name.replace("Function", "Role")


def _log_group(name: str) -> str:
    return name.replace("Function", "LogGroup")


def _role_facts(name: str) -> RoleFacts:
    trust = Statement(
        allows=True, actions=("sts:AssumeRole",), principals=("lambda.amazonaws.com",)
    )
    mail, formaloo, account = (secret_arn(secret) for secret in SECRETS)
    grants = [
        Statement(
            allows=True, actions=("secretsmanager:GetSecretValue",), resources=(mail, formaloo)
        )
    ]
    if name == "RotateKeysFunction":
        grants += [
            Statement(
                allows=True, actions=("secretsmanager:PutSecretValue",), resources=(mail, formaloo)
            ),
            Statement(
                allows=True, actions=("secretsmanager:GetSecretValue",), resources=(account,)
            ),
        ]
    if name == "PublishUsageFunction":
        grants.append(
            Statement(
                allows=True,
                actions=("cloudwatch:PutMetricData",),
                resources=("*",),
                conditions={"StringEquals": {"cloudwatch:namespace": ("formarelay/relay",)}},
            )
        )
    return RoleFacts(
        arn=f"arn:aws:iam::{ACCOUNT}:role/relay-{_role(name)}", trust=(trust,), grants=tuple(grants)
    )


def _secret(name: str) -> SecretFacts:
    is_key = name != "FormaMailAccountSecret"
    return SecretFacts(
        arn=secret_arn(name),
        rotation_enabled=is_key,
        rotation_function_arn=function_arn("RotateKeysFunction") if is_key else "",
        rotation_days=30 if is_key else None,
        next_rotation_at=NOW + 20 * DAY if is_key else 0.0,
    )


def _versions(age: float) -> tuple[VersionFacts, ...]:
    return (
        VersionFacts(version_id="new", stages=("AWSCURRENT", "AWSPENDING"), created_at=NOW - age),
        VersionFacts(version_id="old", stages=("AWSPREVIOUS",), created_at=NOW - 400 * DAY),
    )

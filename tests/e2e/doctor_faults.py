"""Faults to plant in the deployed stack, as a hasty hand or a bad day would, and to take back."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import NamedTuple

from formarelay.aws.limiter import DynamoLimiter
from formarelay.clock import SystemClock
from tests.e2e.patient import Patient

EVERYBODY = {"Effect": "Allow", "Principal": "*"}


class Fault(NamedTuple):
    """The check that must find it, what it must say, and how to plant it."""

    check: str
    says: str
    plant: Callable[[Patient], AbstractContextManager[None]]


def policy(*statements: dict[str, object]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": statements})


def redrive(patient: Patient, **changes: object) -> str:
    target = f"{patient.stack_arn('sqs')}:{patient.dead_letters.rpartition('/')[2]}"
    return json.dumps({"deadLetterTargetArn": target, "maxReceiveCount": 1000, **changes})


@contextmanager
def set_aside(patient: Patient) -> Iterator[None]:
    patient.client("sqs").send_message(QueueUrl=patient.dead_letters, MessageBody="{")
    try:
        yield
    finally:
        patient.client("sqs").purge_queue(QueueUrl=patient.dead_letters)


@contextmanager
def old_message(patient: Patient) -> Iterator[None]:
    datum = {
        "MetricName": "ApproximateAgeOfOldestMessage",
        "Dimensions": [{"Name": "QueueName", "Value": patient.queue.rpartition("/")[2]}],
        "Value": 5000.0,
    }
    # Not to be taken back: it is forgotten with the minute.
    patient.client("cloudwatch").put_metric_data(Namespace="AWS/SQS", MetricData=[datum])
    yield


@contextmanager
def deleted_log_group(patient: Patient) -> Iterator[None]:
    name, logs = patient.parts["SendEmailLogGroup"], patient.client("logs")
    logs.delete_log_group(logGroupName=name)
    try:
        yield
    finally:
        logs.create_log_group(logGroupName=name)
        logs.put_retention_policy(logGroupName=name, retentionInDays=30)


@contextmanager
def endless_logs(patient: Patient) -> Iterator[None]:
    name, logs = patient.parts["SendEmailLogGroup"], patient.client("logs")
    logs.delete_retention_policy(logGroupName=name)
    try:
        yield
    finally:
        logs.put_retention_policy(logGroupName=name, retentionInDays=30)


@contextmanager
def second_source(patient: Patient) -> Iterator[None]:
    lambdas, sqs = patient.client("lambda"), patient.client("sqs")
    url = sqs.create_queue(QueueName="another")["QueueUrl"]
    created = lambdas.create_event_source_mapping(
        FunctionName=patient.sender, EventSourceArn=f"{patient.stack_arn('sqs')}:another"
    )
    try:
        yield
    finally:
        lambdas.delete_event_source_mapping(UUID=created["UUID"])
        sqs.delete_queue(QueueUrl=url)


@contextmanager
def too_few_reserved(patient: Patient) -> Iterator[None]:
    lambdas = patient.client("lambda")
    lambdas.put_function_concurrency(FunctionName=patient.sender, ReservedConcurrentExecutions=1)
    try:
        yield
    finally:
        lambdas.delete_function_concurrency(FunctionName=patient.sender)


@contextmanager
def open_function(patient: Patient) -> Iterator[None]:
    lambdas = patient.client("lambda")
    lambdas.add_permission(
        FunctionName=patient.sender,
        StatementId="planted",
        Action="lambda:InvokeFunction",
        Principal="*",
    )
    try:
        yield
    finally:
        lambdas.remove_permission(FunctionName=patient.sender, StatementId="planted")


@contextmanager
def managed_policy(patient: Patient) -> Iterator[None]:
    iam, role = patient.client("iam"), patient.parts["SendEmailRole"]
    arn = iam.create_policy(
        PolicyName="planted",
        PolicyDocument=policy({"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": "*"}),
    )["Policy"]["Arn"]
    iam.attach_role_policy(RoleName=role, PolicyArn=arn)
    try:
        yield
    finally:
        iam.detach_role_policy(RoleName=role, PolicyArn=arn)
        iam.delete_policy(PolicyArn=arn)


@contextmanager
def open_role(patient: Patient) -> Iterator[None]:
    iam, role = patient.client("iam"), patient.parts["SendEmailRole"]
    before = iam.get_role(RoleName=role)["Role"]["AssumeRolePolicyDocument"]
    everybody = {"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}
    iam.update_assume_role_policy(RoleName=role, PolicyDocument=policy(everybody))
    try:
        yield
    finally:
        iam.update_assume_role_policy(RoleName=role, PolicyDocument=json.dumps(before))


@contextmanager
def foreign_role(patient: Patient) -> Iterator[None]:
    iam = patient.client("iam")
    trust = {
        "Effect": "Allow",
        "Principal": {"Service": "lambda.amazonaws.com"},
        "Action": "sts:AssumeRole",
    }
    arn = iam.create_role(RoleName="foreign", AssumeRolePolicyDocument=policy(trust))["Role"]["Arn"]
    try:
        with patient.function_with(Role=arn):
            yield
    finally:
        iam.delete_role(RoleName="foreign")


@contextmanager
def fixed_capacity(patient: Patient) -> Iterator[None]:
    dynamodb = patient.client("dynamodb")
    dynamodb.update_table(
        TableName=patient.table,
        BillingMode="PROVISIONED",
        ProvisionedThroughput={"ReadCapacityUnits": 1, "WriteCapacityUnits": 1},
    )
    try:
        yield
    finally:
        dynamodb.update_table(TableName=patient.table, BillingMode="PAY_PER_REQUEST")


@contextmanager
def no_expiry(patient: Patient) -> Iterator[None]:
    _set_expiry(patient, is_on=False)
    try:
        yield
    finally:
        _set_expiry(patient, is_on=True)


def _set_expiry(patient: Patient, *, is_on: bool) -> None:
    patient.client("dynamodb").update_time_to_live(
        TableName=patient.table,
        TimeToLiveSpecification={"Enabled": is_on, "AttributeName": "expires_at"},
    )


@contextmanager
def closed_gate(patient: Patient) -> Iterator[None]:
    _limiter(patient).close(reason="key_refused", seconds=60.0)
    try:
        yield
    finally:
        patient.forget_window()


@contextmanager
def learned_limit(patient: Patient) -> Iterator[None]:
    limiter = _limiter(patient)
    reservation = limiter.reserve(1)
    now = SystemClock().monotonic()
    limiter.finish(reservation, ends=[now], limit=40)
    try:
        yield
    finally:
        patient.forget_window()


def _limiter(patient: Patient) -> DynamoLimiter:
    return DynamoLimiter(
        patient.client("dynamodb"),
        table_name=patient.table,
        provider="forma-mail",
        clock=SystemClock(),
        limit_per_window=100,
        window_seconds=60.0,
        longest_call_seconds=10.0,
        clock_skew_seconds=0.05,
    )


@contextmanager
def deleted_secret(patient: Patient) -> Iterator[None]:
    manager, arn = patient.client("secretsmanager"), patient.values["FORMALOO_SECRET_ARN"]
    manager.delete_secret(SecretId=arn, RecoveryWindowInDays=7)
    try:
        yield
    finally:
        manager.restore_secret(SecretId=arn)


@contextmanager
def open_secret(patient: Patient) -> Iterator[None]:
    manager = patient.client("secretsmanager")
    everybody = EVERYBODY | {"Action": "secretsmanager:GetSecretValue", "Resource": "*"}
    manager.put_resource_policy(SecretId=patient.secret, ResourcePolicy=policy(everybody))
    try:
        yield
    finally:
        manager.delete_resource_policy(SecretId=patient.secret)


def _weak_key(permission: str) -> Callable[[Patient], AbstractContextManager[None]]:
    @contextmanager
    def plant(patient: Patient) -> Iterator[None]:
        made = patient.stack.sandbox(
            "POST", "/keys", json={"name": "weak", "permissions": [permission]}
        )
        with patient.secret_with(json.dumps({"api_key": made["apiKey"], "key_id": made["id"]})):
            yield

    return plant


@contextmanager
def no_rotation(patient: Patient) -> Iterator[None]:
    patient.client("secretsmanager").cancel_rotate_secret(SecretId=patient.secret)
    try:
        yield
    finally:
        _rotate_every(patient, days=30)


@contextmanager
def seldom_rotated(patient: Patient) -> Iterator[None]:
    _rotate_every(patient, days=365)
    try:
        yield
    finally:
        _rotate_every(patient, days=30)


def _rotate_every(patient: Patient, *, days: int) -> None:
    manager = patient.client("secretsmanager")
    manager.rotate_secret(
        SecretId=patient.secret,
        RotationLambdaARN=f"{patient.stack_arn('lambda')}:function:{patient.rotation}",
        RotationRules={"AutomaticallyAfterDays": days},
        RotateImmediately=False,
    )

    def tried() -> bool:
        """Secrets Manager tries the function's test step on a version that it takes away again."""
        stages = manager.describe_secret(SecretId=patient.secret)["VersionIdsToStages"].values()
        return ["AWSPENDING"] not in stages

    patient.stack.wait_until(tried, seconds=20)


@contextmanager
def no_rotation_permission(patient: Patient) -> Iterator[None]:
    lambdas = patient.client("lambda")
    document = json.loads(lambdas.get_policy(FunctionName=patient.rotation)["Policy"])
    (statement,) = (
        one
        for one in document["Statement"]
        if one["Principal"]["Service"] == "secretsmanager.amazonaws.com"
    )
    lambdas.remove_permission(FunctionName=patient.rotation, StatementId=statement["Sid"])
    try:
        yield
    finally:
        lambdas.add_permission(
            FunctionName=patient.rotation,
            StatementId=statement["Sid"],
            Action="lambda:InvokeFunction",
            Principal="secretsmanager.amazonaws.com",
            SourceAccount=statement["Condition"]["StringEquals"]["AWS:SourceAccount"],
        )


@contextmanager
def no_schedule(patient: Patient) -> Iterator[None]:
    rule, events = patient.parts["RotateKeysFunctionRetire"], patient.client("events")
    events.disable_rule(Name=rule)
    try:
        yield
    finally:
        events.enable_rule(Name=rule)


@contextmanager
def nobody_on_call(patient: Patient) -> Iterator[None]:
    sns, topic = patient.client("sns"), patient.parts["AlarmTopic"]
    subscriptions = sns.list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"]
    for one in subscriptions:
        sns.unsubscribe(SubscriptionArn=one["SubscriptionArn"])
    try:
        yield
    finally:
        for one in subscriptions:
            sns.subscribe(TopicArn=topic, Protocol=one["Protocol"], Endpoint=one["Endpoint"])


def _topic_with(
    *statements: dict[str, object],
) -> Callable[[Patient], AbstractContextManager[None]]:
    @contextmanager
    def plant(patient: Patient) -> Iterator[None]:
        sns, topic = patient.client("sns"), patient.parts["AlarmTopic"]
        before = sns.get_topic_attributes(TopicArn=topic)["Attributes"]["Policy"]
        sns.set_topic_attributes(
            TopicArn=topic, AttributeName="Policy", AttributeValue=policy(*statements)
        )
        try:
            yield
        finally:
            sns.set_topic_attributes(TopicArn=topic, AttributeName="Policy", AttributeValue=before)

    return plant


@contextmanager
def revoked_key(patient: Patient) -> Iterator[None]:
    made = patient.stack.sandbox(
        "POST", "/keys", json={"name": "dead", "permissions": ["emails:send", "emails:read"]}
    )
    patient.stack.sandbox("POST", f"/keys/{made['id']}/revoke")
    with patient.secret_with(json.dumps({"api_key": made["apiKey"], "key_id": made["id"]})):
        yield


@contextmanager
def wrong_clock(patient: Patient) -> Iterator[None]:
    patient.stack.sandbox("PUT", "/clock", json={"offset_seconds": 605})
    try:
        yield
    finally:
        patient.stack.sandbox("PUT", "/clock", json={"offset_seconds": 0})


def _queue(**attributes: str) -> Callable[[Patient], AbstractContextManager[None]]:
    return lambda patient: patient.queue_with(patient.queue, **attributes)


def _dead_letters(**attributes: str) -> Callable[[Patient], AbstractContextManager[None]]:
    return lambda patient: patient.queue_with(patient.dead_letters, **attributes)


def _mapping(**settings: object) -> Callable[[Patient], AbstractContextManager[None]]:
    return lambda patient: patient.mapping_with(**settings)


def _function(**settings: object) -> Callable[[Patient], AbstractContextManager[None]]:
    return lambda patient: patient.function_with(**settings)


def _variables(**variables: str) -> Callable[[Patient], AbstractContextManager[None]]:
    return lambda patient: patient.function_with(variables=variables)


def _grant(*actions: str, on: str) -> Callable[[Patient], AbstractContextManager[None]]:
    return lambda patient: patient.role_with(actions=list(actions), resources=[on])


FAULTS = {
    "a message set aside": Fault("dead-letters", "about 1 in", set_aside),
    "an old message": Fault("oldest-message", "waited for 83 minutes", old_message),
    "a log group deleted": Fault(
        "stack-resources", "SendEmailLogGroup does not", deleted_log_group
    ),
    "a short visibility timeout": Fault(
        "queue-visibility", "hidden for 100 s", _queue(VisibilityTimeout="100")
    ),
    "four days on the queue": Fault(
        "queue-retention", "for 4 days", _queue(MessageRetentionPeriod="345600")
    ),
    "three receives": Fault(
        "queue-receives",
        "after 3 receives",
        lambda patient: patient.queue_with(
            patient.queue, RedrivePolicy=redrive(patient, maxReceiveCount=3)
        ),
    ),
    "no dead-letter queue": Fault(
        "queue-dead-letters", "has no dead-letter queue", _queue(RedrivePolicy="")
    ),
    "one day as a dead letter": Fault(
        "dead-letter-retention", "for 1 days", _dead_letters(MessageRetentionPeriod="86400")
    ),
    "dead letters of anybody": Fault(
        "dead-letter-sources",
        "takes from every queue",
        _dead_letters(RedriveAllowPolicy='{"redrivePermission": "allowAll"}'),
    ),
    "a queue in the clear": Fault(
        "queue-encryption", "EmailQueue is not encrypted", _queue(SqsManagedSseEnabled="false")
    ),
    "a queue for everybody": Fault(
        "queue-senders",
        "allows sqs:SendMessage to everybody",
        _queue(Policy=policy(EVERYBODY | {"Action": "sqs:SendMessage", "Resource": "*"})),
    ),
    "a mapping switched off": Fault("mapping-enabled", "is Disabl", _mapping(Enabled=False)),
    "a second source": Fault("mapping-single", "is also fed from", second_source),
    "no partial responses": Fault(
        "mapping-partial", "lacks ReportBatchItemFailures", _mapping(FunctionResponseTypes=[])
    ),
    "large batches": Fault(
        "mapping-batch", "up to 100", _mapping(BatchSize=100, MaximumBatchingWindowInSeconds=2)
    ),
    "a filter": Fault(
        "mapping-filter",
        "has filter criteria",
        _mapping(FilterCriteria={"Filters": [{"Pattern": '{"body": {"x": [1]}}'}]}),
    ),
    "another concurrency": Fault(
        "mapping-concurrency", "is 9,", _mapping(ScalingConfig={"MaximumConcurrency": 9})
    ),
    "too little concurrency reserved": Fault(
        "reserved-concurrency", "1 copies may run", too_few_reserved
    ),
    "a short timeout": Fault("function-timeout", "may run for 9 s", _function(Timeout=9)),
    "another runtime": Fault("function-runtime", "is on python3.9", _function(Runtime="python3.9")),
    "no layer": Fault("function-layer", "has no layer instead", _function(Layers=[])),
    "a change by hand": Fault(
        "function-by-hand", "after it was deployed", _function(MemorySize=256)
    ),
    "a key in the environment": Fault(
        "function-secrets", "in NOTE", _variables(NOTE="fm_sk_" + 20 * "a")
    ),
    "plain http": Fault(
        "provider-https", "FORMALOO_API_URL", _variables(FORMALOO_API_URL="http://192.0.2.1")
    ),
    "debugging": Fault("function-log-level", "at DEBUG", _variables(POWERTOOLS_LOG_LEVEL="DEBUG")),
    "endless logs": Fault("log-retention", "never forgets", endless_logs),
    "logs of another name": Fault(
        "log-retention", "logs into /elsewhere", _function(LoggingConfig={"LogGroup": "/elsewhere"})
    ),
    "a function for everybody": Fault("function-callers", "everybody may invoke", open_function),
    "every action": Fault("role-actions", "may do sqs:*", _grant("sqs:*", on="arn:aws:sqs:::q")),
    "every resource": Fault("role-resources", "on everything", _grant("dynamodb:GetItem", on="*")),
    "a managed policy": Fault("role-managed", "policy/planted", managed_policy),
    "a role for everybody": Fault("role-trust", "may be taken on by *", open_role),
    "a role of others": Fault("role-shared", "has the role foreign", foreign_role),
    "a sender that writes secrets": Fault(
        "role-secrets",
        "may do secretsmanager:PutSecretValue",
        _grant("secretsmanager:PutSecretValue", on="arn:aws:secretsmanager:::secret:x"),
    ),
    "fixed capacity": Fault("table-active", "has fixed capacity", fixed_capacity),
    "no expiry": Fault("table-expiry", "forgets nothing", no_expiry),
    "a closed gate": Fault("gate-open", "key_refused", closed_gate),
    "a lower limit": Fault("limit-learned", "allows 40 calls", learned_limit),
    "a secret of another shape": Fault(
        "secret-shape",
        "FormaMailSecret has no key_id",
        lambda patient: patient.secret_with('{"api_key": "x"}'),
    ),
    "a secret that is no JSON": Fault(
        "secret-shape",
        "FormaMailSecret is not a JSON object",
        lambda patient: patient.secret_with("fm_sk_plain"),
    ),
    "a secret to be deleted": Fault(
        "secret-deletion", "FormalooSecret is scheduled", deleted_secret
    ),
    "a secret for everybody": Fault("secret-policy", "to everybody", open_secret),
    "a revoked key": Fault("key-accepted", "forma-mail refuses the key", revoked_key),
    "a key that may not read": Fault("key-rights", "lacks emails:read", _weak_key("emails:send")),
    "a key that may not send": Fault("key-rights", "lacks emails:send", _weak_key("emails:read")),
    "no rotation": Fault("rotation-enabled", "FormaMailSecret is not rotated", no_rotation),
    "a rotation a year": Fault("rotation-interval", "every 365 days", seldom_rotated),
    "a rotation that may not start": Fault(
        "rotation-permission", "Secrets Manager may not invoke", no_rotation_permission
    ),
    "a schedule switched off": Fault(
        "schedules-enabled", "RotateKeysFunctionRetire is off", no_schedule
    ),
    "nobody on call": Fault("alarm-subscription", "no confirmed subscription", nobody_on_call),
    "a topic that takes nothing": Fault(
        "topic-policy", "events.amazonaws.com may not publish", _topic_with()
    ),
    "a topic for everybody": Fault(
        "topic-policy",
        "everybody may publish",
        _topic_with(EVERYBODY | {"Action": "sns:Publish", "Resource": "*"}),
    ),
    "a provider that is down": Fault(
        "provider-reachable",
        "forma-mail: not sent: the connection was refused",
        _variables(FORMA_MAIL_API_URL="http://127.0.0.1:9/api"),
    ),
    "a provider's clock that is wrong": Fault(
        "provider-clock", "clock of forma-mail is 60", wrong_clock
    ),
}

"""What may be wrong with a stack, and what may look like it."""

from __future__ import annotations

from dataclasses import replace

from relayctl.doctor.fact import Fact
from relayctl.doctor.models import ShapeFacts, VersionFacts
from relayctl.doctor.policy import Statement
from tests.support.healthy_stack import (
    ACCOUNT,
    ALARM,
    DAY,
    DEAD_LETTERS,
    LAYER,
    NOW,
    PUBLISHING,
    QUEUE,
    TOPIC,
    secret_arn,
)
from tests.support.stack_faults import (
    both,
    known,
    of_mapping,
    of_part,
    of_resource,
    of_stack,
    of_whole,
    set_part,
    set_whole,
    with_alarm,
    with_grant,
    with_parameters,
    with_variable,
)

ANYBODY = Statement(allows=True, actions=("sqs:SendMessage",), principals=("*",))
KEY = "fm_sk_" + "a1b2c3d4e5f6a7b8c9d0"
ROLE = f"arn:aws:iam::{ACCOUNT}:role"


def everybody_may(fact_field, name):
    def fault(snapshot):
        statements = getattr(snapshot, fact_field)[name].seen()
        return set_part(fact_field, name, (*statements, ANYBODY))(snapshot)

    return fault


def open_queue(snapshot):
    statements = snapshot.queues["EmailQueue"].seen().statements
    return of_part("queues", "EmailQueue", statements=(*statements, ANYBODY))(snapshot)


NAMESPACE = {"StringEquals": {"cloudwatch:namespace": ("formarelay/relay",)}}
BY_SECRETS = Statement(
    allows=True,
    actions=("lambda:InvokeFunction",),
    principals=("secretsmanager.amazonaws.com",),
    conditions={"StringEquals": {"AWS:SourceAccount": (ACCOUNT,)}},
)
CLOSED = of_part("windows", "forma-mail", gate_reason="key_refused", gate_closed_until=NOW + 30)
HALF_DONE = VersionFacts(version_id="new", stages=("AWSPENDING",), created_at=NOW - DAY - 3600)


def with_tls_statement(**changes):
    def fault(snapshot):
        owner, tls_only = snapshot.queues["EmailQueue"].seen().statements
        changed = (owner, replace(tls_only, **changes))
        return of_part("queues", "EmailQueue", statements=changed)(snapshot)

    return fault


def with_metric(**facts):
    return with_alarm(metrics=(replace(ALARM.metrics[0], **facts),))


def without_alarm(name):
    return lambda snapshot: replace(
        snapshot, alarms={key: fact for key, fact in snapshot.alarms.items() if key != name}
    )


def without_rotation(snapshot):
    functions, roles = dict(snapshot.functions), dict(snapshot.roles)
    del functions["RotateKeysFunction"], roles["RotateKeysRole"]
    return replace(snapshot, functions=functions, roles=roles)


def of_age(seconds):
    return VersionFacts(version_id="v", stages=("AWSCURRENT",), created_at=NOW - seconds)


def mapped(*sources):
    return lambda snapshot: set_whole(
        "mappings",
        tuple(replace(snapshot.mappings.seen()[0], source_arn=source) for source in sources),
    )(snapshot)


# What is wrong, which check says so, and what it says.
FAULTS = [
    ("stack-status", of_stack(status="UPDATE_ROLLBACK_COMPLETE"),
     ["the stack is UPDATE_ROLLBACK_COMPLETE"]),
    ("stack-status", of_stack(status="DELETE_FAILED"), ["the stack is DELETE_FAILED"]),
    ("stack-resources", set_part("topics", "AlarmTopic", Fact.unseen("gone", gone=True)),
     ["AlarmTopic does not exist"]),
    ("dead-letters", of_part("queues", "DeadLetterQueue", visible=2, in_flight=1),
     ["about 3 in the dead-letter queue"]),
    ("oldest-message", set_whole("oldest_message_seconds", 3601.0),
     ["the oldest message has waited for 60 minutes"]),
    ("oldest-message",
     both(with_parameters(OldestMessageSeconds="600"), set_whole("oldest_message_seconds", 720.0)),
     ["the oldest message has waited for 12 minutes"]),
    ("usage-published", set_whole("last_usage_at", NOW - 1260),
     ["nothing was published for 21 minutes"]),
    ("usage-published", set_whole("last_usage_at", NOW - 1201),
     ["nothing was published for 20 minutes"]),
    ("usage-published", set_whole("last_usage_at", 0.0),
     ["nothing was published for 43200 minutes"]),
    ("queue-visibility", of_part("queues", "EmailQueue", visibility_timeout_seconds=359),
     ["hidden for 359 s, and the sender may run for 60 s"]),
    ("queue-retention", of_part("queues", "EmailQueue", retention_seconds=345_600),
     ["EmailQueue keeps a message for 4 days"]),
    ("queue-receives", of_part("queues", "EmailQueue", receives=999),
     ["EmailQueue gives a message up after 999 receives"]),
    ("queue-dead-letters", of_part("queues", "EmailQueue", dead_letter_arn="", receives=None),
     ["EmailQueue has no dead-letter queue"]),
    ("queue-dead-letters", of_part("queues", "EmailQueue", dead_letter_arn=QUEUE),
     [f"EmailQueue gives messages up to {QUEUE}, not to {DEAD_LETTERS}"]),
    ("dead-letter-retention", of_part("queues", "DeadLetterQueue", retention_seconds=1_209_599),
     ["DeadLetterQueue keeps a message for 14 days"]),
    ("dead-letter-sources", of_part("queues", "DeadLetterQueue", redrive_permission=""),
     ["DeadLetterQueue takes from every queue"]),
    ("dead-letter-sources", of_part("queues", "DeadLetterQueue", redrive_permission="denyAll"),
     ["DeadLetterQueue takes from no queue"]),
    ("dead-letter-sources", of_part("queues", "DeadLetterQueue", redrive_sources=(QUEUE, "q")),
     [f"DeadLetterQueue takes from {QUEUE}, q, not from {QUEUE} alone"]),
    ("queue-encryption", of_part("queues", "EmailQueue", encrypted=False),
     ["EmailQueue is not encrypted"]),
    ("queue-encryption", of_part("queues", "DeadLetterQueue", encrypted=False),
     ["DeadLetterQueue is not encrypted"]),
    ("queue-tls", of_part("queues", "DeadLetterQueue", statements=()),
     ["DeadLetterQueue takes calls without TLS"]),
    *(
        ("queue-tls", with_tls_statement(**change), ["EmailQueue takes calls without TLS"])
        for change in (
            {"allows": True, "actions": ("sqs:SendMessage",)},
            {"principals": (f"{ROLE}/x",)},
            {"actions": ("sqs:SendMessage",)},
            {"actions": ("sqs:ReceiveMessage",)},
            {"conditions": {"Bool": {"aws:SecureTransport": ("true",)}}},
            {"conditions": {}},
        )
    ),
    ("queue-senders", open_queue, ["EmailQueue allows sqs:SendMessage to everybody"]),
    ("mapping-enabled", of_mapping(state="Disabled"), ["the event source mapping is Disabled"]),
    ("mapping-enabled", set_whole("mappings", ()),
     ["SendEmailFunction has no event source mapping of the email queue"]),
    ("mapping-single", mapped(QUEUE, f"{QUEUE}-other"),
     [f"SendEmailFunction is also fed from {QUEUE}-other"]),
    ("mapping-single", mapped(QUEUE, QUEUE), ["the email queue feeds SendEmailFunction 2 times"]),
    ("mapping-partial", of_mapping(response_types=()),
     ["the event source mapping lacks ReportBatchItemFailures"]),
    ("mapping-batch", of_mapping(batch_size=11), ["a batch has up to 11 messages"]),
    ("mapping-batch", of_mapping(window_seconds=5), ["a batch is waited for 5 s"]),
    ("mapping-filter", of_mapping(filtered=True),
     ["the event source mapping has filter criteria"]),
    ("mapping-concurrency", of_mapping(maximum_concurrency=None),
     ["the event source mapping has no maximum concurrency"]),
    ("mapping-concurrency", of_mapping(maximum_concurrency=6),
     ["the maximum concurrency is 6, and the stack was deployed with 5"]),
    ("reserved-concurrency", set_part("concurrency", "SendEmailFunction", 4),
     ["4 copies may run, and the mapping starts up to 5"]),
    ("reserved-concurrency", set_part("concurrency", "SendEmailFunction", 0),
     ["SendEmailFunction may not run at all: its reserved concurrency is 0"]),
    ("function-active", of_part("functions", "SendEmailFunction", state="Pending"),
     ["SendEmailFunction is Pending"]),
    ("function-active", of_part("functions", "RotateKeysFunction", update_status="Failed"),
     ["the last update of RotateKeysFunction failed"]),
    ("function-timeout", with_variable("SendEmailFunction", "PROVIDER_TIMEOUT_SECONDS", "20s"),
     ["PROVIDER_TIMEOUT_SECONDS of SendEmailFunction is no number"]),
    ("limit-learned",
     both(with_variable("SendEmailFunction", "RATE_LIMIT_CALLS", ""),
          of_part("windows", "forma-mail", learned_limit=99)),
     ["RATE_LIMIT_CALLS of SendEmailFunction is no number"]),
    ("stack-resources", set_part("alarms", "QuotaAlarm", Fact.unseen("gone", gone=True)),
     ["QuotaAlarm does not exist"]),
    ("function-timeout", with_variable("SendEmailFunction", "PROVIDER_TIMEOUT_SECONDS", "25.5"),
     ["SendEmailFunction may run for 60 s and needs 61 s"]),
    ("function-runtime", of_part("functions", "RotateKeysFunction", runtime="python3.12"),
     ["RotateKeysFunction is on python3.12, and the stack was deployed for python3.13"]),
    ("function-runtime", of_part("functions", "SendEmailFunction", architecture="x86_64"),
     ["SendEmailFunction is on x86_64, and the stack was deployed for arm64"]),
    ("function-layer", of_part("functions", "RotateKeysFunction", layers=("layer:6",)),
     [f"RotateKeysFunction has layer:6 instead of {LAYER}"]),
    ("function-layer", of_part("functions", "SendEmailFunction", layers=()),
     [f"SendEmailFunction has no layer instead of {LAYER}"]),
    ("function-by-hand", of_part("functions", "RotateKeysFunction", modified_at=NOW - 29 * DAY),
     ["RotateKeysFunction was changed 86400 s after it was deployed"]),
    ("function-by-hand",
     of_part("functions", "SendEmailFunction", modified_at=NOW - 30 * DAY + 2.6),
     ["SendEmailFunction was changed 3 s after it was deployed"]),
    ("function-secrets", with_variable("SendEmailFunction", "NOTE", f"use {KEY}"),
     ["SendEmailFunction has what looks like a secret in NOTE"]),
    ("function-secrets", with_variable("RotateKeysFunction", "ACCOUNT_PASSWORD", "hunter2"),
     ["RotateKeysFunction has what looks like a secret in ACCOUNT_PASSWORD"]),
    ("provider-https", with_variable("SendEmailFunction", "FORMALOO_API_URL", "http://api.x"),
     ["FORMALOO_API_URL of SendEmailFunction does not begin with https://"]),
    ("provider-https",
     with_variable("RotateKeysFunction", "FORMA_MAIL_API_URL", "http://127.0.0.1:1/api"),
     ["FORMA_MAIL_API_URL of RotateKeysFunction is an address of the function's own machine"]),
    ("function-log-level", with_variable("SendEmailFunction", "POWERTOOLS_LOG_LEVEL", "debug"),
     ["SendEmailFunction logs at DEBUG"]),
    ("log-retention", set_part("log_groups", "SendEmailLogGroup", None),
     ["SendEmailLogGroup never forgets"]),
    ("log-retention", of_part("functions", "SendEmailFunction", log_group="/aws/lambda/x"),
     ["SendEmailFunction logs into /aws/lambda/x"]),
    ("function-callers", everybody_may("function_policies", "SendEmailFunction"),
     ["everybody may invoke SendEmailFunction"]),
    ("role-actions", with_grant("SendEmailRole", "sqs:*"), ["SendEmailRole may do sqs:*"]),
    ("role-resources", with_grant("SendEmailRole", "sqs:SendMessage", resources=("*",)),
     ["SendEmailRole may do sqs:SendMessage on everything"]),
    ("role-resources", with_grant("PublishUsageRole", "cloudwatch:PutMetricData", resources=("*",)),
     ["PublishUsageRole may do cloudwatch:PutMetricData on everything"]),
    ("role-resources",
     with_grant("PublishUsageRole", "cloudwatch:PutMetricData", "cloudwatch:SetAlarmState",
                resources=("*",), conditions=NAMESPACE),
     ["PublishUsageRole may do cloudwatch:PutMetricData, cloudwatch:SetAlarmState on everything"]),
    ("role-managed", of_part("roles", "RotateKeysRole", managed_policies=("arn:Admin",)),
     ["RotateKeysRole has arn:Admin"]),
    ("role-trust",
     of_part("roles", "SendEmailRole",
             trust=(Statement(allows=True, actions=("sts:AssumeRole",), principals=("a:root",)),)),
     ["SendEmailRole may be taken on by a:root"]),
    ("role-shared", of_part("functions", "SendEmailFunction", role_arn=f"{ROLE}/service/other"),
     ["SendEmailFunction has the role other, which is not of this stack"]),
    ("role-shared",
     of_part("functions", "PublishUsageFunction", role_arn=f"{ROLE}/relay-SendEmailRole"),
     ["SendEmailFunction shares SendEmailRole", "PublishUsageFunction shares SendEmailRole"]),
    ("role-secrets",
     with_grant("SendEmailRole", "secretsmanager:PutSecretValue",
                resources=(secret_arn("FormaMailSecret"),)),
     ["SendEmailRole may do secretsmanager:PutSecretValue"]),
    ("role-secrets",
     with_grant("PublishUsageRole", "secretsmanager:GetSecretValue",
                resources=(secret_arn("FormaMailAccountSecret"),)),
     ["PublishUsageRole may read FormaMailAccountSecret"]),
    ("table-active", of_whole("table", status="ARCHIVED"), ["StateTable is ARCHIVED"]),
    ("table-active", of_whole("table", on_demand=False), ["StateTable has fixed capacity"]),
    ("table-expiry", set_whole("table_expiry", ""), ["StateTable forgets nothing"]),
    ("table-expiry", set_whole("table_expiry", "ttl"), ["StateTable forgets by ttl"]),
    ("table-recovery", set_whole("table_recovery", False),
     ["StateTable has no point-in-time recovery"]),
    ("table-encryption", of_whole("table", encrypted=False),
     ["StateTable is encrypted with DynamoDB's own key"]),
    ("limit-learned", of_part("windows", "forma-mail", learned_limit=99),
     ["the provider allows 99 calls in a window, and 100 are configured"]),
    ("gate-open", CLOSED,
     ["forma-mail is not called for another 30 s: key_refused"]),
    ("gate-open",
     of_part("windows", "formaloo", gate_reason="rotating", gate_closed_until=NOW + 0.6),
     ["formaloo is not called for another 1 s: rotating"]),
    ("secret-shape", set_part("shapes", "FormaMailSecret", ShapeFacts(problem="has no value")),
     ["FormaMailSecret has no value"]),
    ("secret-shape",
     set_part("shapes", "FormalooSecret", ShapeFacts(fields=frozenset({"api_key", "more"}))),
     ["FormalooSecret has no secret_key"]),
    ("secret-age", set_part("secret_versions", "FormalooSecret", (of_age(91 * DAY),)),
     ["the key in FormalooSecret is 91 days old"]),
    ("secret-age", set_part("secret_versions", "FormalooSecret", (of_age(90.6 * DAY),)),
     ["the key in FormalooSecret is 91 days old"]),
    ("secret-deletion", of_part("secrets", "FormalooSecret", deleted_at=NOW - 5),
     ["FormalooSecret is scheduled for deletion"]),
    ("secret-policy", everybody_may("secret_policies", "FormaMailSecret"),
     ["FormaMailSecret allows sqs:SendMessage to everybody"]),
    ("rotation-enabled", of_part("secrets", "FormalooSecret", rotation_enabled=False),
     ["FormalooSecret is not rotated"]),
    ("rotation-enabled", of_part("secrets", "FormaMailSecret", rotation_function_arn="f:other"),
     ["FormaMailSecret is rotated by f:other"]),
    ("rotation-enabled", of_part("secrets", "FormaMailSecret", rotation_function_arn=""),
     ["FormaMailSecret is rotated by nobody"]),
    ("rotation-enabled", without_rotation, ["the stack has no RotateKeysFunction"]),
    ("rotation-interval", of_part("secrets", "FormaMailSecret", rotation_days=91),
     ["FormaMailSecret is rotated every 91 days"]),
    ("rotation-overdue", of_part("secrets", "FormaMailSecret", next_rotation_at=NOW - 3 * DAY),
     ["FormaMailSecret should have been rotated 3 days ago"]),
    ("rotation-pending", set_part("secret_versions", "FormalooSecret", (HALF_DONE,)),
     ["a version of FormalooSecret has been pending for 25 hours"]),
    ("rotation-permission",
     set_part("function_policies", "RotateKeysFunction", (replace(BY_SECRETS, allows=False),)),
     ["Secrets Manager may not invoke RotateKeysFunction"]),
    ("rotation-permission", set_part("function_policies", "RotateKeysFunction", ()),
     ["Secrets Manager may not invoke RotateKeysFunction"]),
    ("schedules-enabled", of_part("rules", "Retire", enabled=False), ["Retire is off"]),
    ("schedules-enabled", of_part("rules", "Retire", targets=()), ["Retire starts nothing"]),
    ("provider-reachable",
     of_part("providers", "formaloo", unreachable="not sent: timed out"),
     ["formaloo: not sent: timed out"]),
    ("key-accepted", of_part("providers", "forma-mail", refused=True),
     ["forma-mail refuses the key"]),
    ("key-rights", of_part("providers", "forma-mail", lacking=("emails:read",)),
     ["the key of forma-mail lacks emails:read"]),
    ("provider-clock", of_part("providers", "forma-mail", clock_ahead_seconds=5.1),
     ["the clock of forma-mail is 5 s ahead"]),
    ("provider-clock", of_part("providers", "formaloo", clock_ahead_seconds=-600.0),
     ["the clock of formaloo is 600 s behind"]),
    ("alarm-needed", without_alarm("GateClosed"), ["no alarm watches the gate (GateClosed)"]),
    ("alarm-needed", without_alarm("UsagePublished"),
     ["no alarm watches that usage is published at all (UsagePublished)"]),
    ("alarm-metric", with_metric(namespace="formarelay"),
     ["relay-other watches Other of formarelay, not of formarelay/relay"]),
    ("alarm-metric", with_metric(namespace="AWS/SQS", dimensions={"QueueName": "old-email"}),
     ["relay-other watches Other of the QueueName old-email"]),
    ("alarm-metric", with_metric(namespace="AWS/Lambda", dimensions={"FunctionName": "f"}),
     ["relay-other watches Other of the FunctionName f"]),
    ("alarm-missing-data", with_alarm(missing_data="missing"),
     ["relay-other treats missing data as missing, not as notBreaching"]),
    ("alarm-missing-data", of_part("alarms", "UsagePublished", missing_data="notBreaching"),
     ["relay-UsagePublished treats missing data as notBreaching, not as breaching"]),
    ("alarm-missing-data", of_part("alarms", "QuotaUsedPercent", missing_data="notBreaching"),
     ["relay-QuotaUsedPercent treats missing data as notBreaching, not as ignore"]),
    ("alarm-runbook", with_alarm(description="Something is wrong"),
     ["relay-other does not say where its runbook is"]),
    ("topic-policy", of_part("topics", "AlarmTopic", statements=()),
     ["cloudwatch.amazonaws.com may not publish to AlarmTopic"]),
    ("topic-policy",
     of_part("topics", "AlarmTopic", statements=(replace(PUBLISHING, allows=False),)),
     ["cloudwatch.amazonaws.com may not publish to AlarmTopic"]),
    ("topic-policy",
     of_part("topics", "AlarmTopic", statements=(replace(PUBLISHING, actions=("sns:Get*",)),)),
     ["cloudwatch.amazonaws.com may not publish to AlarmTopic"]),
    ("topic-policy", of_part("rules", "Retire", targets=(TOPIC,)),
     ["events.amazonaws.com may not publish to AlarmTopic"]),
    ("topic-policy",
     of_part("topics", "AlarmTopic",
             statements=(Statement(allows=True, actions=("SNS:Publish",), principals=("*",)),)),
     ["everybody may publish to AlarmTopic"]),
    ("alarm-actions", with_alarm(actions=()), ["relay-other has no action"]),
    ("alarm-actions", with_alarm(actions_enabled=False),
     ["the actions of relay-other are switched off"]),
    ("alarm-topic", with_alarm(actions=(f"{TOPIC}-old",)),
     [f"relay-other tells {TOPIC}-old, which is not of this stack"]),
    ("alarm-subscription", of_part("subscriptions", "AlarmTopic", confirmed=0),
     ["AlarmTopic has no confirmed subscription"]),
    ("alarm-subscription", of_part("subscriptions", "AlarmTopic", confirmed=0, pending=2),
     ["AlarmTopic has no confirmed subscription; 2 wait to be confirmed"]),
    ("alarm-state",
     both(of_part("alarms", "UsagePublished", state="ALARM", state_since=NOW - 600),
          of_resource("UsagePublished", updated_at=NOW - 600)),
     ["relay-UsagePublished has been ringing for 10 minutes"]),
    ("alarm-state",
     both(with_alarm(state="ALARM", state_since=NOW - 60),
          of_resource("OtherAlarm", updated_at=NOW - 60)),
     ["relay-other has been ringing for 1 minutes"]),
    ("alarm-state", with_alarm(state="ALARM", state_since=NOW - 660),
     ["relay-other has been ringing for 11 minutes"]),
]  # fmt: skip


# Just what is allowed, and no check may say a word.
FINE = {
    "learned the very limit": of_part("windows", "forma-mail", learned_limit=100),
    "learned more": of_part("windows", "forma-mail", learned_limit=400),
    "the gate was closed and no longer is": of_part(
        "windows", "forma-mail", gate_reason="throttled", gate_closed_until=NOW
    ),
    "receives as many as SQS takes": of_part("queues", "EmailQueue", receives=1000),
    "messages on their way": of_part("queues", "EmailQueue", visible=9, in_flight=9),
    "the oldest message is just young enough": set_whole("oldest_message_seconds", 3600.0),
    "no figure of the oldest message": set_whole("oldest_message_seconds", None),
    "usage just in time": set_whole("last_usage_at", NOW - 1200),
    "a new publisher has not published yet": both(
        set_whole("last_usage_at", 0.0),
        of_part("functions", "PublishUsageFunction", modified_at=NOW - 1200),
        of_resource("PublishUsageFunction", updated_at=NOW - 1200),
    ),
    "concurrency reserved for as many": set_part("concurrency", "SendEmailFunction", 5),
    "the timeout is just long enough": of_part(
        "functions", "SendEmailFunction", timeout_seconds=50
    ),
    "changed within the deployment": of_part(
        "functions", "SendEmailFunction", modified_at=NOW - 30 * DAY + 2
    ),
    "a key of 90 days": set_part("secret_versions", "FormalooSecret", (of_age(90 * DAY),)),
    "no key yet, and an old try": set_part(
        "secret_versions", "FormalooSecret", (replace(of_age(91 * DAY), stages=("AWSPREVIOUS",)),)
    ),
    "a policy of the whole secret for one account": set_part(
        "secret_policies",
        "FormaMailSecret",
        (Statement(allows=True, actions=("secretsmanager:*",), principals=(f"{ROLE}/x",)),),
    ),
    "everybody, under a condition": set_part(
        "secret_policies",
        "FormaMailSecret",
        (replace(ANYBODY, conditions={"Bool": {"a": ("b",)}}),),
    ),
    "everybody, denied": set_part(
        "secret_policies", "FormaMailSecret", (replace(ANYBODY, allows=False),)
    ),
    "rotation is not meant to be": both(
        with_parameters(FormaMailRotation="disabled"),
        of_part("secrets", "FormaMailSecret", rotation_enabled=False, next_rotation_at=0.0),
    ),
    "rotated every 90 days": of_part("secrets", "FormaMailSecret", rotation_days=90),
    "rotated by a cron expression": of_part("secrets", "FormaMailSecret", rotation_days=None),
    "a rotation late by two days": of_part(
        "secrets", "FormaMailSecret", next_rotation_at=NOW - 2 * DAY
    ),
    "no rotation planned yet": of_part("secrets", "FormaMailSecret", next_rotation_at=0.0),
    "two keys in use at once, one of them old": set_part(
        "secret_versions", "FormalooSecret", (of_age(100 * DAY), of_age(1.0))
    ),
    "a rotation under way": set_part(
        "secret_versions", "FormalooSecret", (replace(HALF_DONE, created_at=NOW - DAY),)
    ),
    "a clock 5 s ahead": of_part("providers", "formaloo", clock_ahead_seconds=5.0),
    "a provider that says no time": of_part("providers", "formaloo", clock_ahead_seconds=None),
    "a variable of that name without a value": with_variable("SendEmailFunction", "A_TOKEN", ""),
    "an ARN of a secret": with_variable("SendEmailFunction", "A_SECRET_ARN", secret_arn("x")),
    "an alarm of silence that is new": both(
        of_part("alarms", "UsagePublished", state="ALARM", state_since=NOW - 599),
        of_resource("UsagePublished", updated_at=NOW - 599),
    ),
    "an alarm that has no data": with_alarm(state="INSUFFICIENT_DATA"),
    "an alarm that tells something else than a topic": with_alarm(
        actions=("arn:aws:lambda:eu-west-1:1:function:x",)
    ),
    "a topic that no alarm tells": both(
        of_part("topics", "AlarmTopic", statements=()),
        lambda snapshot: replace(
            snapshot,
            alarms={
                k: known(replace(f.seen(), actions=("f",))) for k, f in snapshot.alarms.items()
            },
        ),
    ),
    "a composite alarm": with_alarm(metrics=(), missing_data=""),
    "the account's own topic policy": of_part(
        "topics",
        "AlarmTopic",
        statements=(
            Statement(
                allows=True,
                actions=("SNS:GetTopicAttributes", "SNS:Publish"),
                principals=("*",),
                conditions={"StringEquals": {"AWS:SourceOwner": (ACCOUNT,)}},
            ),
        ),
    ),
    "a denied wildcard": of_part(
        "roles",
        "SendEmailRole",
        grants=(Statement(allows=False, actions=("*",), resources=("*",)),),
    ),
    "being deployed": of_stack(status="UPDATE_IN_PROGRESS"),
}

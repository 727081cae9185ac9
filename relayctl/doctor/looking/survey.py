"""Puts the snapshot together: which adapter looks at which resource of the stack."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, partial
from typing import TYPE_CHECKING, TypeVar

from formarelay.aws.secrets import SecretReader
from formarelay.clock import Clock
from relayctl.aws import Aws
from relayctl.doctor.fact import Fact, UnseenError, part
from relayctl.doctor.looking import alarms, functions, queues, roles, secrets, state
from relayctl.doctor.looking.providers import forma_mail_facts, formaloo_facts
from relayctl.doctor.looking.stack import stack_facts
from relayctl.doctor.models import AlarmFacts, ProviderFacts, WindowFacts
from relayctl.doctor.snapshot import (
    EMAIL_QUEUE,
    FORMA_MAIL,
    FORMA_MAIL_SECRET,
    FORMALOO,
    FORMALOO_SECRET,
    SENDER,
    STATE_TABLE,
    Snapshot,
    StackFacts,
)

if TYPE_CHECKING:
    from mypy_boto3_cloudwatch import CloudWatchClient

T = TypeVar("T")

_ALARM, _COMPOSITE_ALARM = "AWS::CloudWatch::Alarm", "AWS::CloudWatch::CompositeAlarm"
_SECRET = "AWS::SecretsManager::Secret"  # noqa: S105 (a kind of resource)
_TOPIC = "AWS::SNS::Topic"
USAGE_METRIC = "UsagePublished"


def survey(aws: Aws, *, name: str, clock: Clock) -> Snapshot:
    """A snapshot of the stack. What is in it is looked up when a check asks for it, and once.

    Args:
        aws: Clients of the stack's account.
        name: Of the stack.
        clock: Counts from the moment at which AWS has told its own time.

    Raises:
        RelayctlError: CloudFormation does not describe the stack.
    """
    stack, taken_at = stack_facts(aws.cloudformation(), name=name)
    started = clock.monotonic()
    sqs, lambdas, logs, iam = cache(aws.sqs), cache(aws.functions), cache(aws.logs), cache(aws.iam)
    dynamodb, manager = cache(aws.dynamodb), cache(aws.secretsmanager)
    watch, sns, events = cache(aws.cloudwatch), cache(aws.sns), cache(aws.events)
    reader = cache(lambda: SecretReader(manager(), clock=clock))
    each = partial(_each, stack)
    the_queues = each("AWS::SQS::Queue", lambda url: queues.queue_facts(sqs(), url=url))
    the_functions = each(
        "AWS::Lambda::Function", lambda one: functions.function_facts(lambdas(), name=one)
    )

    def now() -> float:
        return taken_at + clock.monotonic() - started

    def about_table(look: Callable[[str], T]) -> Fact[T]:
        return part(each("AWS::DynamoDB::Table", look), STATE_TABLE)

    def a_window(provider: str, table: str) -> WindowFacts:
        return state.window_facts(dynamodb(), table=table, provider=provider)

    def about_provider(
        look: Callable[..., ProviderFacts], *, secret: str, variable: str
    ) -> Fact[ProviderFacts]:
        def ask() -> ProviderFacts:
            url = part(the_functions, SENDER).seen().environment.get(variable, "")
            arn = _secret_arn(stack, secret)
            return look(reader(), arn=arn, url=url, clock=clock, now=now)

        return Fact(ask)

    return Snapshot(
        now=taken_at,
        stack=stack,
        queues=the_queues,
        functions=the_functions,
        mappings=Fact(
            lambda: functions.mappings_of(lambdas(), name=part(the_functions, SENDER).seen().name)
        ),
        concurrency=each(
            "AWS::Lambda::Function",
            lambda one: functions.reserved_concurrency(lambdas(), name=one),
        ),
        function_policies=each(
            "AWS::Lambda::Function", lambda one: functions.invocation_policy(lambdas(), name=one)
        ),
        log_groups=each(
            "AWS::Logs::LogGroup", lambda one: functions.retention_days(logs(), name=one)
        ),
        roles=each("AWS::IAM::Role", lambda one: roles.role_facts(iam(), name=one)),
        table=about_table(lambda one: state.table_facts(dynamodb(), name=one)),
        table_expiry=about_table(lambda one: state.expiry_attribute(dynamodb(), name=one)),
        table_recovery=about_table(lambda one: state.has_recovery(dynamodb(), name=one)),
        windows={
            provider: about_table(partial(a_window, provider))
            for provider in (FORMA_MAIL, FORMALOO)
        },
        secrets=each(_SECRET, lambda arn: secrets.secret_facts(manager(), arn=arn)),
        secret_versions=each(_SECRET, lambda arn: secrets.versions_of(manager(), arn=arn)),
        secret_policies=each(_SECRET, lambda arn: secrets.secret_policy(manager(), arn=arn)),
        shapes=each(_SECRET, lambda arn: secrets.shape_facts(reader(), arn=arn)),
        alarms=_alarms(stack, watch),
        topics=each(_TOPIC, lambda arn: alarms.topic_facts(sns(), arn=arn)),
        subscriptions=each(_TOPIC, lambda arn: alarms.subscription_facts(sns(), arn=arn)),
        rules=each("AWS::Events::Rule", lambda one: alarms.rule_facts(events(), name=one)),
        providers={
            FORMA_MAIL: about_provider(
                forma_mail_facts, secret=FORMA_MAIL_SECRET, variable="FORMA_MAIL_API_URL"
            ),
            FORMALOO: about_provider(
                formaloo_facts, secret=FORMALOO_SECRET, variable="FORMALOO_API_URL"
            ),
        },
        oldest_message_seconds=Fact(
            lambda: alarms.oldest_message_seconds(
                watch(),
                queue=part(the_queues, EMAIL_QUEUE).seen().arn.rpartition(":")[2],
                now=taken_at,
            )
        ),
        last_usage_at=Fact(
            lambda: alarms.last_published_at(
                watch(),
                namespace=f"formarelay/{name}",
                metric=USAGE_METRIC,
                dimensions={"service": "publish_usage"},
                now=taken_at,
            )
        ),
    )


def _each(stack: StackFacts, kind: str, look: Callable[[str], T]) -> dict[str, Fact[T]]:
    """A fact for each resource of a kind, by its logical id; `look` is given the physical one."""
    return {
        logical_id: Fact(partial(look, resource.physical_id))
        for logical_id, resource in stack.resources.items()
        if resource.kind == kind
    }


def _alarms(
    stack: StackFacts, client: Callable[[], CloudWatchClient]
) -> dict[str, Fact[AlarmFacts]]:
    """As `_each`, with one question for all of them."""
    kinds = (_ALARM, _COMPOSITE_ALARM)
    names = [one.physical_id for one in stack.resources.values() if one.kind in kinds]
    found = Fact(lambda: alarms.alarm_facts(client(), names=names))

    def look(name: str) -> AlarmFacts:
        try:
            return found.seen()[name]
        except KeyError:
            raise UnseenError("the alarm does not exist", gone=True) from None

    return _each(stack, _ALARM, look) | _each(stack, _COMPOSITE_ALARM, look)


def _secret_arn(stack: StackFacts, name: str) -> str:
    if name not in stack.resources:
        raise UnseenError(f"the stack has no {name}")
    return stack.resources[name].physical_id

"""All that the checks look at: plain facts about one stack at one time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from relayctl.doctor.fact import Fact, part
from relayctl.doctor.models import (
    AlarmFacts,
    FunctionFacts,
    MappingFacts,
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

# Logical ids of the template.
EMAIL_QUEUE = "EmailQueue"
DEAD_LETTER_QUEUE = "DeadLetterQueue"
SENDER = "SendEmailFunction"
ROTATION = "RotateKeysFunction"
PUBLISHER = "PublishUsageFunction"
STATE_TABLE = "StateTable"
FORMA_MAIL_SECRET = "FormaMailSecret"  # noqa: S105 (a name)
FORMALOO_SECRET = "FormalooSecret"  # noqa: S105 (a name)
ACCOUNT_SECRET = "FormaMailAccountSecret"  # noqa: S105 (a name)

FORMA_MAIL = "forma-mail"
FORMALOO = "formaloo"


@dataclass(frozen=True, slots=True, kw_only=True)
class StackFacts:
    """The stack as CloudFormation describes it."""

    name: str
    status: str
    parameters: Mapping[str, str]
    resources: Mapping[str, Resource] = field(default_factory=dict)

    @property
    def is_local(self) -> bool:
        """Deployed to the emulator on somebody's laptop."""
        return self.parameters.get("DeployTarget") == "local"


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """Facts by the template's logical ids, as far as the stack has such resources.

    Args:
        now: When it was taken, by AWS's clock.
        stack: See `StackFacts`.
        mappings: Event source mappings of the sender.
        concurrency: Reserved concurrency of each function; None for none.
        function_policies: Who may invoke each function.
        log_groups: For how many days each log group keeps what is written; None for ever.
        table_expiry: The attribute that the state table expires items by; empty for none.
        table_recovery: Whether the state table can be restored to any point in time.
        secret_versions: All versions of each secret that have a label.
        secret_policies: Resource policy of each secret.
        oldest_message_seconds: Age of the oldest message; None when CloudWatch has no figure.
        last_usage_at: When usage was last published; 0 for never.
    """

    now: float
    stack: StackFacts
    queues: Mapping[str, Fact[QueueFacts]]
    mappings: Fact[tuple[MappingFacts, ...]]
    functions: Mapping[str, Fact[FunctionFacts]]
    concurrency: Mapping[str, Fact[int | None]]
    function_policies: Mapping[str, Fact[tuple[Statement, ...]]]
    log_groups: Mapping[str, Fact[int | None]]
    roles: Mapping[str, Fact[RoleFacts]]
    table: Fact[TableFacts]
    table_expiry: Fact[str]
    table_recovery: Fact[bool]
    windows: Mapping[str, Fact[WindowFacts]]
    secrets: Mapping[str, Fact[SecretFacts]]
    secret_versions: Mapping[str, Fact[tuple[VersionFacts, ...]]]
    secret_policies: Mapping[str, Fact[tuple[Statement, ...]]]
    shapes: Mapping[str, Fact[ShapeFacts]]
    alarms: Mapping[str, Fact[AlarmFacts]]
    topics: Mapping[str, Fact[TopicFacts]]
    subscriptions: Mapping[str, Fact[SubscriptionFacts]]
    rules: Mapping[str, Fact[RuleFacts]]
    providers: Mapping[str, Fact[ProviderFacts]]
    oldest_message_seconds: Fact[float | None]
    last_usage_at: Fact[float]

    def email_queue(self) -> QueueFacts:
        """Raises `UnseenError`, as the next two do."""
        return part(self.queues, EMAIL_QUEUE).seen()

    def dead_letter_queue(self) -> QueueFacts:
        return part(self.queues, DEAD_LETTER_QUEUE).seen()

    def sender(self) -> FunctionFacts:
        return part(self.functions, SENDER).seen()

    def resources(self) -> Iterator[tuple[str, Fact[object]]]:
        """Every resource that can be looked at by itself, with its logical id."""
        kinds: tuple[Mapping[str, Fact[object]], ...] = (
            self.queues,
            self.functions,
            self.log_groups,
            self.roles,
            self.secrets,
            self.alarms,
            self.topics,
            self.rules,
        )  # type: ignore[assignment]  # a Fact is only read here
        for facts in kinds:
            yield from facts.items()
        yield STATE_TABLE, self.table  # type: ignore[misc]

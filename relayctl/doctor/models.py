"""What is known of the parts of a stack. Times are Unix seconds; texts are as AWS gives them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from relayctl.doctor.policy import Statement


@dataclass(frozen=True, slots=True, kw_only=True)
class Resource:
    """One resource of the stack, as CloudFormation lists it."""

    kind: str
    physical_id: str
    updated_at: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueFacts:
    """A queue; `dead_letter_arn` and `receives` from its redrive policy, if it has one."""

    arn: str
    visibility_timeout_seconds: int
    retention_seconds: int
    encrypted: bool
    statements: tuple[Statement, ...] = ()
    dead_letter_arn: str = ""
    receives: int | None = None
    redrive_permission: str = ""
    redrive_sources: tuple[str, ...] = ()
    visible: int = 0
    in_flight: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class MappingFacts:
    """An event source mapping of a function."""

    source_arn: str
    state: str
    batch_size: int
    window_seconds: int = 0
    response_types: tuple[str, ...] = ()
    maximum_concurrency: int | None = None
    filtered: bool = False
    last_result: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class FunctionFacts:
    """A function as configured. Nothing of `environment` is ever shown but names."""

    name: str
    arn: str
    runtime: str
    architecture: str
    timeout_seconds: int
    role_arn: str
    layers: tuple[str, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict, repr=False)
    log_group: str = ""
    state: str = "Active"
    update_status: str = "Successful"
    modified_at: float = 0.0

    def number(self, variable: str) -> float | None:
        """The number in a variable of the environment; None when there is none."""
        try:
            return float(self.environment[variable])
        except (KeyError, ValueError):
            return None


@dataclass(frozen=True, slots=True, kw_only=True)
class RoleFacts:
    """A role: who may take it on, what it grants, and the managed policies attached to it."""

    arn: str
    trust: tuple[Statement, ...] = ()
    grants: tuple[Statement, ...] = ()
    managed_policies: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class TableFacts:
    """The state table."""

    status: str
    on_demand: bool
    encrypted: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class WindowFacts:
    """What the workers share about one provider; the limit is None when none was learned."""

    learned_limit: int | None = None
    gate_reason: str = ""
    gate_closed_until: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionFacts:
    """One version of a secret."""

    version_id: str
    stages: tuple[str, ...]
    created_at: float


@dataclass(frozen=True, slots=True, kw_only=True)
class SecretFacts:
    """A secret without its value. Times are 0 for never."""

    arn: str
    deleted_at: float = 0.0
    rotation_enabled: bool = False
    rotation_function_arn: str = ""
    rotation_days: float | None = None
    next_rotation_at: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class ShapeFacts:
    """How the present value of a secret looks: the names of its text fields, never their content.

    `problem` says why it has none: it has no value, or the value is no JSON object.
    """

    fields: frozenset[str] = frozenset()
    problem: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class MetricFacts:
    """A metric that an alarm looks at."""

    namespace: str
    name: str
    dimensions: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class AlarmFacts:
    """An alarm; a composite one has no metric, and nothing to do with missing data."""

    name: str
    state: str
    state_since: float = 0.0
    actions: tuple[str, ...] = ()
    actions_enabled: bool = True
    missing_data: str = ""
    description: str = ""
    metrics: tuple[MetricFacts, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class TopicFacts:
    """A topic, and who may tell it something."""

    arn: str
    statements: tuple[Statement, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SubscriptionFacts:
    """How many subscriptions of a topic are confirmed, and how many wait for a person to do it."""

    confirmed: int
    pending: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleFacts:
    """A rule of EventBridge: a schedule, or a pattern of events."""

    enabled: bool
    schedule: str = ""
    targets: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderFacts:
    """What came of asking a provider with the present key.

    Args:
        unreachable: Why no HTTP answer came; empty when one came.
        refused: The provider refuses the key.
        lacking: Rights that the key is known to lack.
        unknown: Why nothing more is known, as when the provider fails or throttles.
        clock_ahead_seconds: How far the provider's clock is ahead of AWS's; None if unknown.
    """

    unreachable: str = ""
    refused: bool = False
    lacking: tuple[str, ...] = ()
    unknown: str = ""
    clock_ahead_seconds: float | None = None

"""The functions: what they run on, what they were given, and whether all are of one deployment."""

from __future__ import annotations

import re
from collections.abc import Iterator

from relayctl.doctor.check import Severity, check
from relayctl.doctor.fact import seen
from relayctl.doctor.policy import ANYBODY
from relayctl.doctor.snapshot import SENDER, Snapshot

# send_email settles within this after its last call; see its policy.
SETTLING_SECONDS = 10
# CloudFormation and Lambda note times by clocks of their own.
_SAME_TIME_SECONDS = 2.0
_SECRET_NAME = re.compile(r"(KEY|PASSWORD|SECRET|TOKEN)$")
# Forma Mail's keys, access keys of AWS, JWTs, PEM blocks, passwords in URLs, dynamic references.
_SECRET_VALUE = re.compile(
    r"fm_sk_[A-Za-z0-9_-]+|\bA(?:KIA|SIA)[A-Z0-9]{16}\b|eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]+"
    r"|-----BEGIN|://[^/\s:@]+:[^/\s@]+@|\{\{resolve:secretsmanager"
)
_LOOPBACK = ("http://127.", "http://localhost", "http://[::1]")


@check(
    "function-active",
    "Every function is active, and its last update succeeded",
    reason="A function that is not takes no messages, or still runs what it ran before.",
    fix="See the function's StateReason and LastUpdateStatusReason, and deploy again.",
    severity=Severity.CRITICAL,
)
def active(snapshot: Snapshot) -> Iterator[str]:
    for name, function in seen(snapshot.functions):
        if function.state != "Active":
            yield f"{name} is {function.state}"
        if function.update_status == "Failed":
            yield f"the last update of {name} failed"


@check(
    "function-timeout",
    "Two slow calls to the provider fit into the sender's timeout",
    reason="A sender that is cut off leaves mail whose outcome nobody knows.",
    fix="Raise SendTimeoutSeconds, or lower ProviderTimeoutSeconds.",
    severity=Severity.CRITICAL,
)
def timeout(snapshot: Snapshot) -> Iterator[str]:
    sender = snapshot.sender()
    call = sender.number("PROVIDER_TIMEOUT_SECONDS")
    needed = 2 * (call or 0) + SETTLING_SECONDS
    if call is None:
        yield f"PROVIDER_TIMEOUT_SECONDS of {SENDER} is no number"
    elif sender.timeout_seconds < needed:
        yield f"{SENDER} may run for {sender.timeout_seconds} s and needs {needed:g} s"


@check(
    "function-runtime",
    "All functions run on the runtime and architecture that the stack was built for",
    reason="The layer holds compiled packages: on another runtime it does not even import.",
    fix="Build and deploy again (make deploy RUNTIME=... ARCHITECTURE=...).",
    severity=Severity.CRITICAL,
)
def runtime(snapshot: Snapshot) -> Iterator[str]:
    parameters = snapshot.stack.parameters
    for name, function in seen(snapshot.functions):
        for actual, parameter in (
            (function.runtime, "Runtime"),
            (function.architecture, "Architecture"),
        ):
            wanted = parameters.get(parameter, actual)
            if actual != wanted:
                yield f"{name} is on {actual}, and the stack was deployed for {wanted}"


@check(
    "function-layer",
    "All functions have the stack's layer, in the same version",
    reason="Two versions may read and write the shared state differently.",
    fix="Restore the layer of the template: the one that all other functions have.",
    severity=Severity.CRITICAL,
)
def layer(snapshot: Snapshot) -> Iterator[str]:
    current = {
        resource.physical_id
        for resource in snapshot.stack.resources.values()
        if resource.kind == "AWS::Lambda::LayerVersion"
    }
    for name, function in seen(snapshot.functions):
        if not current & set(function.layers):
            yield f"{name} has {_listed(function.layers)} instead of {_listed(sorted(current))}"


@check(
    "function-by-hand",
    "No function was changed since the deployment",
    reason="A change by hand is tested by nobody, and the next deployment takes it back.",
    fix="Put the change into the template or its parameters, and deploy.",
    severity=Severity.WARNING,
)
def by_hand(snapshot: Snapshot) -> Iterator[str]:
    for name, function in seen(snapshot.functions):
        deployed = snapshot.stack.resources[name].updated_at
        if deployed and function.modified_at > deployed + _SAME_TIME_SECONDS:
            later = function.modified_at - deployed
            yield f"{name} was changed {later:.0f} s after it was deployed"


@check(
    "function-secrets",
    "No environment variable holds a secret",
    reason="Whoever may look at the function's configuration reads its environment.",
    fix=(
        "Remove the variable, put the value into Secrets Manager, and replace it at the provider: "
        "it has been seen."
    ),
    severity=Severity.CRITICAL,
)
def secrets(snapshot: Snapshot) -> Iterator[str]:
    for name, function in seen(snapshot.functions):
        for variable, value in sorted(function.environment.items()):
            if _SECRET_VALUE.search(value) or (value and _SECRET_NAME.search(variable)):
                yield f"{name} has what looks like a secret in {variable}"


@check(
    "provider-https",
    "Both providers are called over https, at an address of theirs",
    reason="Over plain http, or at a wrong host, somebody else gets keys and mail.",
    fix="Deploy with the right FormaMailBaseUrl and FormalooBaseUrl.",
    severity=Severity.CRITICAL,
)
def provider_urls(snapshot: Snapshot) -> Iterator[str]:
    for name, function in seen(snapshot.functions):
        for variable in ("FORMA_MAIL_API_URL", "FORMALOO_API_URL"):
            url = function.environment.get(variable, "https://")
            loopback = url.startswith(_LOOPBACK)
            if loopback and not snapshot.stack.is_local:
                yield f"{variable} of {name} is an address of the function's own machine"
            elif not loopback and not url.startswith("https://"):
                yield f"{variable} of {name} does not begin with https://"


@check(
    "function-log-level",
    "No function logs at DEBUG",
    reason="It costs much, and libraries say more at DEBUG than they should.",
    fix="Deploy with LogLevel=INFO.",
    severity=Severity.WARNING,
)
def log_level(snapshot: Snapshot) -> Iterator[str]:
    for name, function in seen(snapshot.functions):
        if function.environment.get("POWERTOOLS_LOG_LEVEL", "").upper() == "DEBUG":
            yield f"{name} logs at DEBUG"


@check(
    "log-retention",
    "Every function logs into a group of the stack that forgets",
    reason="Logs that are kept for ever cost for ever, and name ids of people's mail.",
    fix="Deploy with LogRetentionDays; a group of another name is not of this template.",
    severity=Severity.WARNING,
)
def log_retention(snapshot: Snapshot) -> Iterator[str]:
    for name, days in seen(snapshot.log_groups):
        if days is None:
            yield f"{name} never forgets"
    groups = {
        resource.physical_id
        for resource in snapshot.stack.resources.values()
        if resource.kind == "AWS::Logs::LogGroup"
    }
    for name, function in seen(snapshot.functions):
        if function.log_group not in groups:
            yield f"{name} logs into {function.log_group or 'a group of its own'}"


@check(
    "function-callers",
    "Nobody but the services that should may invoke a function",
    reason="Whoever may invoke rotate_keys or send_email acts with its role.",
    fix="Remove the permission from the function's policy, or narrow it to a source.",
    severity=Severity.CRITICAL,
)
def callers(snapshot: Snapshot) -> Iterator[str]:
    for name, statements in seen(snapshot.function_policies):
        for statement in statements:
            narrowed = statement.condition_keys() & {"aws:sourcearn", "aws:sourceaccount"}
            if not statement.allows or narrowed:
                continue
            if ANYBODY in statement.principals:
                yield f"everybody may invoke {name}"
            elif any(principal.endswith(".amazonaws.com") for principal in statement.principals):
                yield f"{', '.join(statement.principals)} of every account may invoke {name}"


def _listed(names: tuple[str, ...] | list[str]) -> str:
    return ", ".join(names) or "no layer"


CHECKS = (
    active,
    timeout,
    runtime,
    layer,
    by_hand,
    secrets,
    provider_urls,
    log_level,
    log_retention,
    callers,
)

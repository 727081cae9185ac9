"""Rotation: whether it is set up, comes in time, and ends what it begins."""

from __future__ import annotations

from collections.abc import Iterator

from relayctl.doctor.check import Severity, check
from relayctl.doctor.checks.secrets import CURRENT, DAY_SECONDS, OLDEST_KEY_DAYS
from relayctl.doctor.fact import seen
from relayctl.doctor.models import SecretFacts
from relayctl.doctor.snapshot import FORMA_MAIL_SECRET, FORMALOO_SECRET, ROTATION, Snapshot

# A rotation that failed is tried again within the day; after two, somebody has to look.
OVERDUE_DAYS = 2
# Longer than a rotation with all its repetitions takes.
PENDING_SECONDS = DAY_SECONDS
PENDING = "AWSPENDING"
SECRETS_MANAGER = "secretsmanager.amazonaws.com"
_SWITCHES = {FORMA_MAIL_SECRET: "FormaMailRotation", FORMALOO_SECRET: "FormalooRotation"}


@check(
    "rotation-enabled",
    "Secrets Manager rotates each key, through this stack's function",
    reason="A key that nobody rotates grows old until it leaks or ends by itself.",
    fix=(
        "Restore the rotation as in the template; it is lost without a word when a resource is "
        "renamed. To do without, deploy with FormaMailRotation or FormalooRotation disabled."
    ),
    severity=Severity.WARNING,
)
def enabled(snapshot: Snapshot) -> Iterator[str]:
    if ROTATION not in snapshot.functions:
        yield f"the stack has no {ROTATION}"
        return
    function = snapshot.functions[ROTATION].seen().arn
    for name, secret in _rotated(snapshot):
        if not secret.rotation_enabled:
            yield f"{name} is not rotated"
        elif secret.rotation_function_arn != function:
            yield f"{name} is rotated by {secret.rotation_function_arn or 'nobody'}"


@check(
    "rotation-interval",
    f"A rotation comes at least every {OLDEST_KEY_DAYS} days",
    reason="The provider asks for it.",
    fix="Deploy with RotationDays of 90 at most.",
    severity=Severity.WARNING,
)
def interval(snapshot: Snapshot) -> Iterator[str]:
    for name, secret in _rotated(snapshot):
        if secret.rotation_days is not None and secret.rotation_days > OLDEST_KEY_DAYS:
            yield f"{name} is rotated every {secret.rotation_days:g} days"


@check(
    "rotation-overdue",
    "No rotation is overdue",
    reason="A rotation that fails every day looks like one that is not due.",
    fix="See the log of rotate_keys for what it says of the secret, and rotate again.",
    severity=Severity.WARNING,
)
def overdue(snapshot: Snapshot) -> Iterator[str]:
    for name, secret in _rotated(snapshot):
        late = (snapshot.now - secret.next_rotation_at) / DAY_SECONDS
        if secret.rotation_enabled and secret.next_rotation_at and late > OVERDUE_DAYS:
            yield f"{name} should have been rotated {late:.0f} days ago"


@check(
    "rotation-pending",
    "No rotation hangs half done",
    reason="A new key exists that nobody uses, and Secrets Manager starts no other rotation.",
    fix="See the log of rotate_keys for what it waits for, and rotate again: it goes on there.",
    severity=Severity.WARNING,
)
def pending(snapshot: Snapshot) -> Iterator[str]:
    for name, versions in seen(snapshot.secret_versions):
        for version in versions:
            waiting = PENDING in version.stages and CURRENT not in version.stages
            hours = (snapshot.now - version.created_at) / 3600
            if waiting and hours * 3600 > PENDING_SECONDS:
                yield f"a version of {name} has been pending for {hours:.0f} hours"


@check(
    "rotation-permission",
    "Secrets Manager of this account, and of no other, may start a rotation",
    reason="Without the permission no rotation starts; without its account, strangers start them.",
    fix="Restore RotateKeysPermission as in the template: it names the account.",
    severity=Severity.CRITICAL,
)
def permission(snapshot: Snapshot) -> Iterator[str]:
    if ROTATION not in snapshot.functions:
        return
    statements = [
        statement
        for statement in snapshot.function_policies[ROTATION].seen()
        if statement.allows and SECRETS_MANAGER in statement.principals
    ]
    if not statements:
        yield f"Secrets Manager may not invoke {ROTATION}"
    for statement in statements:
        if not statement.condition_keys() & {"aws:sourceaccount", "aws:sourcearn"}:
            yield f"Secrets Manager of every account may invoke {ROTATION}"


@check(
    "schedules-enabled",
    "Every schedule of the stack is on and starts something",
    reason="Old keys are revoked, usage is published and mail is settled by schedules alone.",
    fix="Enable the rule, and restore its target as in the template.",
    severity=Severity.CRITICAL,
)
def schedules(snapshot: Snapshot) -> Iterator[str]:
    for name, rule in seen(snapshot.rules):
        if not rule.enabled:
            yield f"{name} is off"
        if not rule.targets:
            yield f"{name} starts nothing"


def _rotated(snapshot: Snapshot) -> Iterator[tuple[str, SecretFacts]]:
    """The secrets that this stack means to rotate."""
    for name, secret in seen(snapshot.secrets):
        switch = _SWITCHES.get(name)
        if switch and snapshot.stack.parameters.get(switch, "enabled") == "enabled":
            yield name, secret


CHECKS = (enabled, interval, overdue, pending, permission, schedules)

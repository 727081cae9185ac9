"""The secrets: whether they hold what they should, and for how long they have."""

from __future__ import annotations

from collections.abc import Iterator

from relayctl.doctor.check import Severity, check
from relayctl.doctor.fact import seen
from relayctl.doctor.policy import ANYBODY
from relayctl.doctor.snapshot import (
    ACCOUNT_SECRET,
    FORMA_MAIL_SECRET,
    FORMALOO_SECRET,
    Snapshot,
)

DAY_SECONDS = 86_400
CURRENT = "AWSCURRENT"
# Forma Mail, "Authentication": replace keys at least every 90 days.
OLDEST_KEY_DAYS = 90
FIELDS = {
    FORMA_MAIL_SECRET: ("api_key", "key_id"),
    FORMALOO_SECRET: ("api_key", "secret_key"),
    ACCOUNT_SECRET: ("email", "password"),
}


@check(
    "secret-shape",
    "Each secret holds a JSON object with the fields that its readers need",
    reason="Without the key nothing is sent; without its id a rotation cannot revoke the old one.",
    fix=(
        'Put {"api_key", "key_id"} into FormaMailSecret, {"api_key", "secret_key"} into '
        'FormalooSecret, and {"email", "password"} into FormaMailAccountSecret.'
    ),
    severity=Severity.CRITICAL,
)
def shape(snapshot: Snapshot) -> Iterator[str]:
    for name, facts in seen(snapshot.shapes):
        if facts.problem:
            yield f"{name} {facts.problem}"
            continue
        missing = [field for field in FIELDS.get(name, ()) if field not in facts.fields]
        if missing:
            yield f"{name} has no {', '.join(missing)}"


@check(
    "secret-age",
    f"No key is older than {OLDEST_KEY_DAYS} days",
    reason="The provider asks for it, and the older a key, the more have seen it.",
    fix="Rotate the secret, or put a new key into it.",
    severity=Severity.WARNING,
)
def age(snapshot: Snapshot) -> Iterator[str]:
    for name, versions in seen(snapshot.secret_versions):
        # By its version: a secret counts as changed also when somebody gives it another tag.
        since = [version.created_at for version in versions if CURRENT in version.stages]
        days = (snapshot.now - max(since, default=snapshot.now)) / DAY_SECONDS
        if name != ACCOUNT_SECRET and days > OLDEST_KEY_DAYS:
            yield f"the key in {name} is {days:.0f} days old"


@check(
    "secret-deletion",
    "No secret is about to be deleted",
    reason="A secret that waits for its deletion cannot be read, and soon is gone.",
    fix="Cancel its deletion in Secrets Manager.",
    severity=Severity.CRITICAL,
)
def deletion(snapshot: Snapshot) -> Iterator[str]:
    for name, secret in seen(snapshot.secrets):
        if secret.deleted_at:
            yield f"{name} is scheduled for deletion"


@check(
    "secret-policy",
    "No secret is open to everybody",
    reason="A policy at the secret lets others read it, whatever the roles here say.",
    fix="Remove the statement from the resource policy of the secret.",
    severity=Severity.CRITICAL,
)
def policy(snapshot: Snapshot) -> Iterator[str]:
    for name, statements in seen(snapshot.secret_policies):
        for statement in statements:
            if statement.allows and ANYBODY in statement.principals and not statement.conditions:
                yield f"{name} allows {', '.join(statement.actions)} to everybody"


CHECKS = (shape, age, deletion, policy)

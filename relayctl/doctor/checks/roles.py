"""What the functions' roles may do: no more than they need, and the secrets of no other."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from relayctl.doctor.check import Severity, check
from relayctl.doctor.fact import seen
from relayctl.doctor.policy import Statement
from relayctl.doctor.snapshot import ACCOUNT_SECRET, ROTATION, Snapshot

_LAMBDA = "lambda.amazonaws.com"
_RESTORE = "Remove the grant; what is needed stands in template.yaml, by action and ARN."
# These actions know no resource; the condition narrows them instead.
_NARROWED_BY_CONDITION = {"cloudwatch:PutMetricData": "cloudwatch:namespace"}
_WRITES = (
    "secretsmanager:PutSecretValue",
    "secretsmanager:UpdateSecret",
    "secretsmanager:UpdateSecretVersionStage",
)


@check(
    "role-actions",
    "No role is granted actions by a wildcard",
    reason="A wildcard grants what nobody thought of, and what AWS adds next year.",
    fix=_RESTORE,
    severity=Severity.WARNING,
)
def actions(snapshot: Snapshot) -> Iterator[str]:
    for name, statement in _grants(snapshot):
        for action in statement.actions:
            if "*" in action:
                yield f"{name} may do {action}"


@check(
    "role-resources",
    "No role is granted an action on everything",
    reason="The role of one function would reach the queues, tables and secrets of all systems.",
    fix=_RESTORE,
    severity=Severity.WARNING,
)
def resources(snapshot: Snapshot) -> Iterator[str]:
    for name, statement in _grants(snapshot):
        if "*" in statement.resources and not _is_narrowed(statement):
            yield f"{name} may do {', '.join(statement.actions)} on everything"


@check(
    "role-managed",
    "No role has a managed policy attached",
    reason="Managed policies grant their actions on every resource, and change without a word.",
    fix="Detach the policy, and grant what is needed in template.yaml.",
    severity=Severity.WARNING,
)
def managed(snapshot: Snapshot) -> Iterator[str]:
    for name, role in seen(snapshot.roles):
        for policy in role.managed_policies:
            yield f"{name} has {policy}"


@check(
    "role-trust",
    "Only Lambda may take on the functions' roles",
    reason="Whoever takes on a role reads the keys that it may read.",
    fix="Restore the trust policy as in the template: lambda.amazonaws.com alone.",
    severity=Severity.CRITICAL,
)
def trust(snapshot: Snapshot) -> Iterator[str]:
    for name in set(_roles_of_functions(snapshot).values()) & snapshot.roles.keys():
        for statement in snapshot.roles[name].seen().trust:
            others = [one for one in statement.principals if one != _LAMBDA]
            if statement.allows and others:
                yield f"{name} may be taken on by {', '.join(others)}"


@check(
    "role-shared",
    "Each function has the template's role for it, and no other shares that role",
    reason="A shared role gives each function what any of them needs.",
    fix="Restore the function's role as in the template.",
    severity=Severity.WARNING,
)
def shared(snapshot: Snapshot) -> Iterator[str]:
    used = _roles_of_functions(snapshot)
    counts = Counter(used.values())
    for function, role in used.items():
        if role not in snapshot.roles:
            yield f"{function} has the role {role}, which is not of this stack"
        elif counts[role] > 1:
            yield f"{function} shares {role}"


@check(
    "role-secrets",
    "Only the rotation may write secrets, and only it may read the dashboard's account",
    reason="A sender that can be tricked must not be able to replace keys or to make new ones.",
    fix=_RESTORE,
    severity=Severity.CRITICAL,
)
def separation(snapshot: Snapshot) -> Iterator[str]:
    rotation = _roles_of_functions(snapshot).get(ROTATION)
    account = snapshot.stack.resources.get(ACCOUNT_SECRET)
    for name, statement in _grants(snapshot):
        if name == rotation:
            continue
        for action in _WRITES:
            if statement.covers(action):
                yield f"{name} may do {action}"
        reads = statement.covers("secretsmanager:GetSecretValue")
        if account and reads and {account.physical_id, "*"} & set(statement.resources):
            yield f"{name} may read {ACCOUNT_SECRET}"


def _grants(snapshot: Snapshot) -> Iterator[tuple[str, Statement]]:
    for name, role in seen(snapshot.roles):
        for statement in role.grants:
            if statement.allows:
                yield name, statement


def _is_narrowed(statement: Statement) -> bool:
    return all(
        _NARROWED_BY_CONDITION.get(action, "-") in statement.condition_keys()
        for action in statement.actions
    )


def _roles_of_functions(snapshot: Snapshot) -> dict[str, str]:
    """For each function, the logical id of its role, or its name if it is not of this stack."""
    names = {
        resource.physical_id: logical_id
        for logical_id, resource in snapshot.stack.resources.items()
        if resource.kind == "AWS::IAM::Role"
    }
    roles = {}
    for function, facts in seen(snapshot.functions):
        name = facts.role_arn.rpartition("/")[2]
        roles[function] = names.get(name, name)
    return roles


CHECKS = (actions, resources, managed, trust, shared, separation)

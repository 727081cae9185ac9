"""Ways to make a stack ill: each takes a snapshot and gives one with something wrong."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from relayctl.doctor.fact import Fact
from relayctl.doctor.policy import Statement
from relayctl.doctor.snapshot import Snapshot
from tests.support.healthy_stack import ALARM, QUEUE

Fault = Callable[[Snapshot], Snapshot]
known = Fact.known


def of_part(field: str, name: str, **changes: Any) -> Fault:
    """Changes one of several facts of a kind, as one queue of `queues`."""

    def fault(snapshot: Snapshot) -> Snapshot:
        facts = getattr(snapshot, field)
        changed = replace(facts[name].seen(), **changes)
        return replace(snapshot, **{field: {**facts, name: known(changed)}})

    return fault


def set_part(field: str, name: str, value: Any) -> Fault:
    """Puts another fact in the place of one of several."""

    def fault(snapshot: Snapshot) -> Snapshot:
        fact = value if isinstance(value, Fact) else known(value)
        return replace(snapshot, **{field: {**getattr(snapshot, field), name: fact}})

    return fault


def of_whole(field: str, **changes: Any) -> Fault:
    """Changes the one fact of a kind."""

    def fault(snapshot: Snapshot) -> Snapshot:
        changed = replace(getattr(snapshot, field).seen(), **changes)
        return replace(snapshot, **{field: known(changed)})

    return fault


def set_whole(field: str, value: Any) -> Fault:
    """Puts another fact in the place of the one of a kind."""
    return lambda snapshot: replace(
        snapshot, **{field: value if isinstance(value, Fact) else known(value)}
    )


def of_mapping(**changes: Any) -> Fault:
    """Changes the one event source mapping."""

    def fault(snapshot: Snapshot) -> Snapshot:
        (mapping,) = snapshot.mappings.seen()
        return set_whole("mappings", (replace(mapping, **changes),))(snapshot)

    return fault


def of_stack(**changes: Any) -> Fault:
    return lambda snapshot: replace(snapshot, stack=replace(snapshot.stack, **changes))


def of_resource(name: str, **changes: Any) -> Fault:
    """Changes what CloudFormation says of one resource."""

    def fault(snapshot: Snapshot) -> Snapshot:
        resources = snapshot.stack.resources
        changed = replace(resources[name], **changes)
        return of_stack(resources={**resources, name: changed})(snapshot)

    return fault


def with_parameters(**parameters: str) -> Fault:
    return lambda snapshot: of_stack(parameters={**snapshot.stack.parameters, **parameters})(
        snapshot
    )


def with_variable(function: str, name: str, value: str) -> Fault:
    def fault(snapshot: Snapshot) -> Snapshot:
        environment = snapshot.functions[function].seen().environment
        return of_part("functions", function, environment={**environment, name: value})(snapshot)

    return fault


def with_grant(
    role: str, *actions: str, resources: tuple[str, ...] = (QUEUE,), **more: Any
) -> Fault:
    """Grants a role something more."""

    def fault(snapshot: Snapshot) -> Snapshot:
        grants = snapshot.roles[role].seen().grants
        extra = Statement(allows=True, actions=actions, resources=resources, **more)
        return of_part("roles", role, grants=(*grants, extra))(snapshot)

    return fault


def with_alarm(**facts: Any) -> Fault:
    """The alarm with other facts."""
    alarm = replace(ALARM, **facts)
    return set_part("alarms", "OtherAlarm", alarm)


def both(*faults: Fault) -> Fault:
    def fault(snapshot: Snapshot) -> Snapshot:
        for one in faults:
            snapshot = one(snapshot)
        return snapshot

    return fault

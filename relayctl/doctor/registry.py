"""All checks, in the order in which they are made and shown."""

from __future__ import annotations

from collections.abc import Iterable

from relayctl.doctor.check import Check
from relayctl.doctor.checks import (
    alarms,
    delivery,
    functions,
    present,
    providers,
    queues,
    roles,
    rotation,
    secrets,
    state,
)
from relayctl.errors import UsageError

CHECKS: tuple[Check, ...] = (
    *present.CHECKS,
    *queues.CHECKS,
    *delivery.CHECKS,
    *functions.CHECKS,
    *roles.CHECKS,
    *state.CHECKS,
    *secrets.CHECKS,
    *rotation.CHECKS,
    *providers.CHECKS,
    *alarms.CHECKS,
)


def chosen(ids: Iterable[str]) -> tuple[Check, ...]:
    """The checks of these ids, in the usual order; all for none.

    Raises:
        UsageError: There is no check of one of the ids.
    """
    wanted = set(ids)
    unknown = sorted(wanted - {check.id for check in CHECKS})
    if unknown:
        raise UsageError(
            f"there is no check {', '.join(map(ascii, unknown))}; --list shows all of them"
        )
    return tuple(check for check in CHECKS if not wanted or check.id in wanted)

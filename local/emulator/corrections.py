"""All corrections, and the one place that applies them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from local.emulator import (
    function_runtime,
    mapping_types,
    partial_batches,
    secret_reference,
    table_expiry,
)
from local.emulator.cloudwatch import (
    alarm_resource,
    alarms,
    announcements,
    composite_resource,
    function_metrics,
    points,
    queue_metrics,
    reading,
    ticker,
)
from local.emulator.internals import Internal, verify
from local.emulator.secrets_manager import (
    resource_policy,
    rotation,
    rotation_schedule,
    versions,
)


class Correction(Protocol):
    """A module that replaces internals of the emulator in its own process."""

    @property
    def INTERNALS(self) -> Sequence[Internal]: ...  # noqa: N802 (a module constant)

    def apply(self) -> None: ...


CORRECTIONS: tuple[Correction, ...] = (
    function_runtime,
    mapping_types,
    partial_batches,
    secret_reference,
    table_expiry,
    versions,
    rotation,
    rotation_schedule,
    resource_policy,
    points,
    function_metrics,
    queue_metrics,
    reading,
    announcements,
    alarms,
    alarm_resource,
    composite_resource,
    ticker,
)


def apply_all() -> None:
    """Applies every correction, or none. Raises EmulatorChangedError when an internal is gone."""
    verify(internal for correction in CORRECTIONS for internal in correction.INTERNALS)
    for correction in CORRECTIONS:
        correction.apply()

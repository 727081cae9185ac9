"""One leased piece of work on one secret: what its methods need, and what they may write."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from msgspec.structs import replace

from formarelay.clock import Clock
from formarelay.errors import SecretUnavailableError
from formarelay.keys import Credential
from formarelay.rotation import (
    CURRENT,
    PENDING,
    Ending,
    Lease,
    RotationEntry,
    SecretVersions,
    Stage,
)
from rotate_keys.ports import Journal, Stages


@dataclass(slots=True, kw_only=True)
class Run:
    """Lives as long as one step of one rotation, or one round of retiring.

    Args:
        secret_arn: What is rotated.
        lease: The right to do so.
        versions: The secret's labels as they were when the lease was taken.
        journal: Where the entry is kept.
        stages: Where the secret is.
        clock: Its wall clock dates the entries.
        remaining_seconds: Of the invocation.
        facts: What the run has to tell; the handler makes metrics of it.
    """

    secret_arn: str
    lease: Lease
    versions: SecretVersions
    journal: Journal
    stages: Stages
    clock: Clock
    remaining_seconds: Callable[[], float]
    facts: dict[str, float] = field(default_factory=dict)
    entry: RotationEntry | None = None

    def __post_init__(self) -> None:
        self.entry = self.lease.entry

    @property
    def open(self) -> RotationEntry:
        """The open rotation, where there must be one."""
        if self.entry is None:
            raise ValueError("no rotation is open")
        return self.entry

    def is_at(self, stage: Stage) -> bool:
        """Whether the open rotation has come so far."""
        return self.entry is not None and self.entry.stage.reached(stage)

    def begin(self, entry: RotationEntry) -> None:
        """Opens a rotation."""
        self.journal.write(self.lease, entry)
        self.entry = entry

    def write(self, stage: Stage, **changes: Any) -> None:
        """Moves the open rotation to the stage."""
        now = self.clock.wall()
        self.begin(replace(self.open, stage=stage, changed_at=now, **changes))

    def end(self, ending: Ending) -> None:
        """Closes the open rotation and files it."""
        self.journal.end(self.lease, self.open, ending=ending)
        self.entry = None

    def current(self) -> tuple[str, Credential]:
        """The current version and its value.

        Raises:
            SecretUnavailableError: There is none: the first key is put there by a person.
        """
        version_id = self.versions.version_with(CURRENT)
        value = self._read(version_id, CURRENT) if version_id else None
        if value is None:
            raise SecretUnavailableError(
                "the secret has no current value: put the first key there, then rotate",
                service="secretsmanager",
            )
        return version_id, value

    def pending(self) -> Credential | None:
        """The value of the open rotation's version; None while it has none."""
        return self._read(self.open.token, PENDING)

    def put_pending(self, value: Credential) -> None:
        """Stores the value of the open rotation's version."""
        self.stages.put(self.secret_arn, version_id=self.open.token, value=value, label=PENDING)

    def reload(self) -> None:
        """Asks for the labels anew, after they were changed."""
        self.versions = self.stages.versions(self.secret_arn)

    def _read(self, version_id: str, label: str) -> Credential | None:
        return self.stages.read(self.secret_arn, version_id=version_id, label=label)


def fields_of(value: Credential, checks: Mapping[str, Callable[[str], bool]]) -> Credential:
    """Exactly these fields of a secret, each of the right form.

    Raises:
        SecretUnavailableError: Names the field that is missing or malformed, never its value.
    """
    for name, is_good in checks.items():
        if name not in value:
            raise SecretUnavailableError(
                f'the secret has no text field "{name}": put a JSON object with it there',
                service="secretsmanager",
            )
        if not is_good(value[name].reveal()):
            raise SecretUnavailableError(
                f'the field "{name}" of the secret is malformed', service="secretsmanager"
            )
    return {name: value[name] for name in checks}

"""The versions of one secret and their labels, by the rules of Secrets Manager's API reference."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

CURRENT = "AWSCURRENT"
PENDING = "AWSPENDING"
PREVIOUS = "AWSPREVIOUS"
# Quotas: labels of all versions of a secret together, and the size of a value.
LABEL_LIMIT = 20
VALUE_LIMIT_BYTES = 65_536

Value = dict[str, str | bytes]


class RefusedError(Exception):
    """Secrets Manager says no, with one of its error codes."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message


@dataclass
class Version:
    """`value` is empty for the version that a rotation has announced and not filled yet."""

    created: datetime
    value: Value = field(default_factory=dict)
    labels: set[str] = field(default_factory=set)


class Versions:
    def __init__(self) -> None:
        self.by_id: dict[str, Version] = {}

    def holder(self, label: str) -> str | None:
        """The id of the one version that has the label."""
        return next((name for name, each in self.by_id.items() if label in each.labels), None)

    def labelled(self) -> dict[str, list[str]]:
        return {name: sorted(each.labels) for name, each in self.by_id.items() if each.labels}

    def blocked_by(self) -> str | None:
        """The version of a rotation that is not complete, which no other may overtake."""
        pending = self.holder(PENDING)
        return pending if pending != self.holder(CURRENT) else None

    def announce(self, token: str, *, now: datetime, with_current_value: bool) -> None:
        """Adds the version of a rotation: empty, or a copy for the test of one put off."""
        current = self.holder(CURRENT)
        self._take_from_holder(PENDING)
        self.by_id[token] = Version(created=now, labels={PENDING})
        if with_current_value and current is not None:
            self.by_id[token].value = dict(self.by_id[current].value)

    def put(self, token: str, value: Value, labels: list[str] | None, *, now: datetime) -> None:
        _check_value(value)
        known = self.by_id.get(token)
        if known is not None and known.value:
            if known.value != value:
                raise RefusedError(
                    "ResourceExistsException",
                    f"You can't use ClientRequestToken {token} because that value is already "
                    "in use for a version of this secret.",
                )
            return
        wanted = set(labels or [CURRENT])
        if not any(each.value for each in self.by_id.values()):
            wanted.add(CURRENT)
        self._check_labels(wanted)
        version = self.by_id.setdefault(token, Version(created=now))
        version.value = value
        if CURRENT in wanted and PENDING not in wanted:
            # A new current value abandons the rotation that is under way.
            self._take_from_holder(PENDING)
        for label in wanted:
            self._move(label, token)

    def read(self, token: str | None, label: str | None) -> tuple[str, Version]:
        if token is None:
            found = self.holder(label or CURRENT)
            sought = f"staging label: {label or CURRENT}"
        else:
            found = token if token in self.by_id else None
            sought = f"VersionId: {token}"
        if found is not None and label is not None and label not in self.by_id[found].labels:
            raise RefusedError(
                "InvalidRequestException",
                "You provided a VersionStage that is not associated to the provided VersionId.",
            )
        if found is None or not self.by_id[found].value:
            raise RefusedError(
                "ResourceNotFoundException",
                f"Secrets Manager can't find the specified secret value for {sought}",
            )
        return found, self.by_id[found]

    def move(self, label: str, *, to: str | None, origin: str | None) -> None:
        """UpdateSecretVersionStage: `origin` must name the present holder, if there is one."""
        for token in filter(None, (to, origin)):
            if token not in self.by_id:
                raise RefusedError("ResourceNotFoundException", f"There is no version {token}.")
        holder = self.holder(label)
        if to is None and (origin is None or holder != origin):
            raise RefusedError("InvalidParameterException", f"{label} is not on that version.")
        if to is None and label == CURRENT:
            raise RefusedError(
                "InvalidParameterException", f"{label} can be moved, and never removed."
            )
        if to is not None and holder not in (None, to, origin):
            raise RefusedError(
                "InvalidParameterException", f"{label} is on {holder}: name it to remove it there."
            )
        if to is None:
            self._take_from_holder(label)
            return
        if not self.by_id[to].value:
            raise RefusedError("ResourceNotFoundException", f"Version {to} has no value.")
        self._check_labels({label})
        self._move(label, to)

    def _move(self, label: str, token: str) -> None:
        holder = self.holder(label)
        if holder == token:
            return
        self._take_from_holder(label)
        self.by_id[token].labels.add(label)
        if label == CURRENT and holder is not None:
            self._take_from_holder(PREVIOUS)
            self.by_id[holder].labels.add(PREVIOUS)

    def _take_from_holder(self, label: str) -> None:
        holder = self.holder(label)
        if holder is not None:
            self.by_id[holder].labels.remove(label)

    def _check_labels(self, wanted: set[str]) -> None:
        attached = set().union(*(each.labels for each in self.by_id.values()))
        if len(attached | wanted) > LABEL_LIMIT:
            raise RefusedError("LimitExceededException", f"More than {LABEL_LIMIT} labels.")


def _check_value(value: Value) -> None:
    if len(value) != 1:
        raise RefusedError(
            "InvalidRequestException", "Exactly one of SecretString and SecretBinary is needed."
        )
    for content in value.values():
        size_bytes = len(content.encode() if isinstance(content, str) else content)
        if size_bytes > VALUE_LIMIT_BYTES:
            raise RefusedError("ValidationException", f"More than {VALUE_LIMIT_BYTES} bytes.")

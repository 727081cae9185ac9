"""Policy documents of AWS, with everything that may be one or many as many."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any

ANYBODY = "*"


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """One statement of a policy.

    Args:
        allows: It allows; else it denies.
        actions: As `sqs:SendMessage`; a statement with `NotAction` has the action `*`.
        resources: ARNs; a statement with `NotResource` has the resource `*`.
        principals: Accounts, roles or services; empty in the policy of a role.
        conditions: Operator, key and values, as `{"Bool": {"aws:SecureTransport": ("false",)}}`.
    """

    allows: bool
    actions: tuple[str, ...]
    resources: tuple[str, ...] = ()
    principals: tuple[str, ...] = ()
    conditions: Mapping[str, Mapping[str, tuple[str, ...]]] = field(default_factory=dict)

    def covers(self, action: str) -> bool:
        """Whether the statement speaks of this action, also by a wildcard."""
        wanted = action.lower()
        return any(fnmatchcase(wanted, pattern.lower()) for pattern in self.actions)

    def condition_keys(self) -> set[str]:
        """All keys that its conditions look at, in lower case."""
        return {key.lower() for keys in self.conditions.values() for key in keys}


def statements(document: Mapping[str, Any] | str | None) -> tuple[Statement, ...]:
    """The statements of a policy document, given as JSON or as what JSON holds; none for none."""
    if isinstance(document, str):
        document = json.loads(document) if document else None
    if not document:
        return ()
    return tuple(_statement(item) for item in _many(document.get("Statement")))


def _statement(item: Mapping[str, Any]) -> Statement:
    return Statement(
        allows=item.get("Effect") == "Allow",
        actions=_texts(item["Action"]) if "Action" in item else ("*",),
        resources=_texts(item["Resource"]) if "Resource" in item else _opposite(item),
        principals=tuple(_principals(item.get("Principal"))),
        conditions={
            operator: {key: _texts(values) for key, values in keys.items()}
            for operator, keys in item.get("Condition", {}).items()
        },
    )


def _opposite(item: Mapping[str, Any]) -> tuple[str, ...]:
    return ("*",) if "NotResource" in item else ()


def _principals(principal: Any) -> Iterator[str]:
    if isinstance(principal, Mapping):
        for values in principal.values():
            yield from _texts(values)
    else:
        yield from _texts(principal)


def _texts(value: Any) -> tuple[str, ...]:
    return tuple(str(item) for item in _many(value))


def _many(value: Any) -> list[Any]:
    if value is None:
        return []
    return list(value) if isinstance(value, list | tuple) else [value]

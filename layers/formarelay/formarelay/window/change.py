"""What the policy asks of the store, and what it is answered."""

from __future__ import annotations

from collections.abc import Generator, Mapping
from typing import NamedTuple, TypeVar

from msgspec import Struct, field

# A field of the item: a count or a packed text.
Value = int | str
Fields = Mapping[str, Value]


class Read:
    """Asks for the item as it is now, not as it recently was."""


class Pause(NamedTuple):
    """Asks to be resumed after `seconds`."""

    seconds: float


class Change(Struct, frozen=True, kw_only=True):
    """Asks to change the item in one step, and only if all conditions hold.

    No field is named by two of `add`, `put` and `remove`. A change that is repeated because its
    answer was lost fails, for at least one of its conditions no longer holds.

    Args:
        equal: Fields and the value that each must have; None where it must not exist.
        at_most: Counts and their upper bounds; a field that does not exist counts 0.
        at_least: Counts and their lower bounds; a field that does not exist fails.
        add: What is added to counts; a field that does not exist counts 0.
        put: Fields that are set.
        remove: Fields that cease to exist.
    """

    equal: Mapping[str, Value | None] = field(default_factory=dict)
    at_most: Mapping[str, int] = field(default_factory=dict)
    at_least: Mapping[str, int] = field(default_factory=dict)
    add: Mapping[str, int] = field(default_factory=dict)
    put: Mapping[str, Value] = field(default_factory=dict)
    remove: tuple[str, ...] = ()

    def applied_to(self, fields: Fields) -> dict[str, Value]:
        """The fields after the change."""
        changed = {**fields, **self.put}
        for name, amount in self.add.items():
            changed[name] = int(changed.get(name, 0)) + amount
        for name in self.remove:
            changed.pop(name, None)
        return changed


def difference(fields: Fields, wanted: Mapping[str, Value | None]) -> Change | None:
    """The change that gives these fields these values, None for none; None when they have them.

    Conditional on the fields that differ being as they are in the copy.
    """
    news = {name: value for name, value in wanted.items() if value != fields.get(name)}
    if not news:
        return None
    return Change(
        equal={name: fields.get(name) for name in news},
        put={name: value for name, value in news.items() if value is not None},
        remove=tuple(name for name, value in news.items() if value is None),
    )


class Answer(NamedTuple):
    """How the store answered a `Read` or a `Change`.

    Args:
        applied: Whether the change was made; True for a read.
        fields: The item, read or as it stood when a condition failed. None after a change made.
        store_time: Unix time in whole seconds, rounded down, at which the answer was made; None
            when the store does not say.
    """

    applied: bool
    fields: Fields | None = None
    store_time: float | None = None


Request = Read | Change | Pause
Result = TypeVar("Result")
# Requests out, answers in (None after a pause), and a result in the end.
Steps = Generator[Request, Answer | None, Result]

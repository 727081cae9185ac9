"""One thing that may be known about a stack, looked up when it is first asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Generic, TypeVar

T = TypeVar("T")


class UnseenError(Exception):
    """A fact cannot be had. `str()` says why, for a person, and is free of secrets.

    Args:
        why: As `needs the permission sqs:GetQueueAttributes`.
        gone: AWS says that the thing does not exist: not ignorance, but a fault of the stack.
    """

    def __init__(self, why: str, *, gone: bool = False) -> None:
        super().__init__(why)
        self.gone = gone


class Fact(Generic[T]):
    """Knows how to look, looks once, and remembers the answer or the reason that there is none.

    Args:
        look: Gives the value, or raises `UnseenError`.
    """

    def __init__(self, look: Callable[[], T]) -> None:
        self._look = look
        self._answer: T | UnseenError | None = None
        self._looked = False

    @classmethod
    def known(cls, value: T) -> Fact[T]:
        """A fact that needs no looking up."""
        return cls(lambda: value)

    @classmethod
    def unseen(cls, why: str, *, gone: bool = False) -> Fact[T]:
        """A fact that cannot be had."""

        def look() -> T:
            raise UnseenError(why, gone=gone)

        return cls(look)

    def seen(self) -> T:
        """The value. Raises `UnseenError`, the same one each time."""
        if not self._looked:
            try:
                self._answer = self._look()
            except UnseenError as error:
                self._answer = error
            self._looked = True
        if isinstance(self._answer, UnseenError):
            raise self._answer
        return self._answer  # type: ignore[return-value]  # set above, by a look that gives a T


def seen(facts: Mapping[str, Fact[T]]) -> Iterator[tuple[str, T]]:
    """Every fact that can be had, with its name; after them, raises for one that cannot.

    So that one missing permission hides nothing of what the others show. What does not exist is
    passed over: it has nothing else wrong with it, and a check of its own.
    """
    unseen: UnseenError | None = None
    for name, fact in facts.items():
        try:
            value = fact.seen()
        except UnseenError as error:
            if not error.gone:
                unseen = unseen or error
        else:
            yield name, value
    if unseen is not None:
        raise unseen


def part(facts: Mapping[str, Fact[T]], name: str) -> Fact[T]:
    """The fact of this name; one that cannot be had when the stack has no such part."""
    return facts.get(name) or Fact.unseen(f"the stack has no {name}")

"""What a proof found out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from tests.support.stack import Stack


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was demanded, and what was seen.

    Args:
        what: Was looked at.
        demanded: In words or figures.
        measured: The same, as it was.
        held: Whether it was as demanded.
    """

    what: str
    demanded: str
    measured: str
    held: bool


@dataclass(frozen=True, slots=True)
class Proof:
    """One promise at full scale.

    Args:
        name: For the command line.
        title: What is done to the relay.
        run: Does it on an idle stack, with a name that no earlier messages have.
    """

    name: str
    title: str
    run: Callable[[Stack, str], list[Finding]]


def counted(what: str, actual: int, *, demanded: int) -> Finding:
    """Something that has to be so many, no more and no fewer."""
    return Finding(what, f"{demanded:,}", f"{actual:,}", actual == demanded)

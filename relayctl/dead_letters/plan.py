"""Which letters a replay moves, which it removes, and which it leaves where they are."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from relayctl.dead_letters.explanation import Fate
from relayctl.dead_letters.survey import Finding


class Action(StrEnum):
    """What a replay does with a letter."""

    REPLAY = "replay"
    DELETE = "delete"
    STAY = "stay"


@dataclass(frozen=True, slots=True, kw_only=True)
class Choices:
    """What the person at the keyboard asked for.

    Args:
        delete_settled: Remove letters whose mail's end the ledger has recorded.
        allow_duplicates: Replay also what may have been sent and would not be recognised.
        limit: Change no more letters than this; None for no limit.
    """

    delete_settled: bool = False
    allow_duplicates: bool = False
    limit: int | None = None

    def is_reached(self, changed: int) -> bool:
        """Whether no letter more may be changed."""
        return self.limit is not None and changed >= self.limit


def action_for(finding: Finding, choices: Choices) -> Action:
    """What to do with a letter. Nothing is deleted but what the ledger has recorded as ended."""
    explanation = finding.explanation
    if explanation.settled:
        return Action.DELETE if choices.delete_settled else Action.STAY
    match explanation.fate:
        # An expired one goes, too: send_email records its end, and calls nobody.
        case Fate.WOULD_SEND | Fate.UNKNOWN | Fate.EXPIRED:
            return Action.REPLAY
        case Fate.UNPROVABLE:
            return Action.REPLAY if choices.allow_duplicates else Action.STAY
        case _:
            return Action.STAY


def planned(
    findings: Iterable[Finding], choices: Choices, *, changed: int
) -> Iterator[tuple[Finding, Action]]:
    """Each finding with its action, up to the one that would exceed the limit.

    `changed` is how many letters were replayed or deleted before.
    """
    for finding in findings:
        if choices.is_reached(changed):
            return
        action = action_for(finding, choices)
        changed += action is not Action.STAY
        yield finding, action

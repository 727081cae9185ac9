"""The promises, held against what was seen. Pure: it decides the demo's exit status."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from local.demo.act import Act
from local.demo.messages import DemoMessage, Refusal
from local.demo.observation import DeadLetter, Observation


@dataclass(frozen=True)
class Row:
    """One message in the table of results."""

    message: DemoMessage
    outcome: str
    evidence: str
    held: bool


@dataclass(frozen=True)
class Judgement:
    """Every message's row, and every promise in words with whether it held.

    Args:
        rows: Of the messages.
        promises: Of the messages, then of the acts.
        seen: What happened in the acts, a line each.
    """

    rows: tuple[Row, ...]
    promises: tuple[tuple[str, bool], ...]
    seen: tuple[str, ...] = ()

    def with_act(self, act: Act) -> Judgement:
        """Both together."""
        return Judgement(self.rows, self.promises + act.promises, self.seen + act.seen)

    @property
    def held(self) -> bool:
        return all(held for _, held in self.promises)


def everything_arrived(messages: Sequence[DemoMessage], seen: Observation) -> bool:
    """Whether waiting longer could still change a row for the better."""
    good = sum(message.refusal is None for message in messages)
    bad = len(messages) - good
    return len(seen.emails) >= good and len(seen.dead_letters) >= bad and seen.waiting == 0


def judge(messages: Sequence[DemoMessage], seen: Observation) -> Judgement:
    rows = tuple(_row(message, seen) for message in messages)
    good = [row for row in rows if row.message.refusal is None]
    bad = [row for row in rows if row.message.refusal is not None]
    relay_ids = Counter(_metadata(email).get("relayId") for email in seen.emails)
    unlabelled = relay_ids.pop(None, 0)
    promises = (
        (f"each of the {len(good)} good messages was accepted once", _all_held(good)),
        (f"each of the {len(bad)} bad ones is set aside with a true reason", _all_held(bad)),
        ("nothing else was sent", len(seen.emails) == len(good)),
        (
            "every mail carries a relayId, and none is repeated",
            not unlabelled and all(count == 1 for count in relay_ids.values()),
        ),
        ("nothing else is in the dead-letter queue", len(seen.dead_letters) == len(bad)),
        ("the queue is empty", seen.waiting == 0),
    )
    return Judgement(rows=rows, promises=promises)


def _all_held(rows: Sequence[Row]) -> bool:
    return all(row.held for row in rows)


def _row(message: DemoMessage, seen: Observation) -> Row:
    emails = [e for e in seen.emails if _metadata(e).get("demo") == str(message.number)]
    letters = [letter for letter in seen.dead_letters if letter.body == message.body]
    ids = ", ".join(str(email["id"]) for email in emails)
    reasons = "; ".join(f"{letter.reason}: {letter.detail}" for letter in letters)
    if emails and letters:
        return Row(message, "accepted and set aside", f"{ids}; {reasons}", held=False)
    if emails:
        outcome = "accepted" if len(emails) == 1 else f"accepted {len(emails)} times"
        return Row(message, outcome, ids, held=message.refusal is None and len(emails) == 1)
    if letters:
        outcome = "set aside" if len(letters) == 1 else f"set aside {len(letters)} times"
        held = len(letters) == 1 and _is_true(letters[0], message.refusal)
        return Row(message, outcome, reasons, held=held)
    return Row(message, "missing", "neither accepted nor set aside", held=False)


def _is_true(letter: DeadLetter, refusal: Refusal | None) -> bool:
    if refusal is None or not letter.reason:
        return False
    named = refusal.detail_names in letter.detail
    return named and refusal.reason in (None, letter.reason)


def _metadata(email: dict[str, Any]) -> dict[str, Any]:
    metadata: dict[str, Any] = email.get("metadata") or {}
    return metadata

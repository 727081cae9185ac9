"""Goes through the dead-letter queue and says of each letter what a replay would do."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from formarelay.aws.ledger_reader import LedgerEntry
from formarelay.claims import MailIdentity
from formarelay.clock import Clock
from relayctl.dead_letters.explanation import Explanation, Fate, Mail, explain, read
from relayctl.dead_letters.letter import NO_REASON, DeadLetter

# Of letters with these fates, a replay puts something on the queue.
_REPLAYABLE = {Fate.WOULD_SEND, Fate.UNKNOWN, Fate.UNPROVABLE, Fate.EXPIRED}


class Ledger(Protocol):
    """What is known of mails. Raises the errors of `formarelay.errors`."""

    def entries(self, mails: Iterable[MailIdentity]) -> dict[str, LedgerEntry]: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which letters a command is about.

    Args:
        reasons: Only letters with one of these; all if empty. `NO_REASON` stands for none.
        message_ids: Only these; all if empty.
    """

    reasons: Collection[str] = ()
    message_ids: Collection[str] = ()

    def includes(self, letter: DeadLetter) -> bool:
        return (not self.reasons or (letter.reason or NO_REASON) in self.reasons) and (
            not self.message_ids or letter.message_id in self.message_ids
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """A letter and what a replay of it would do.

    Args:
        letter: From the queue.
        explanation: What comes of it.
        mail: None when the body can't be read as one.
    """

    letter: DeadLetter
    explanation: Explanation
    mail: Mail | None = None


@dataclass(slots=True, kw_only=True)
class Survey:
    """Explains letters, batch by batch, and remembers which mails it has met in this run.

    What it remembers ends a circle: a letter that is replayed and set aside again while the run
    lasts comes back with a new message id, but with the same key or body.
    """

    ledger: Ledger
    clock: Clock
    _met: dict[str, str] = field(default_factory=dict)

    def findings(self, letters: Sequence[DeadLetter]) -> list[Finding]:
        """One finding a letter, in order. Asks the ledger once.

        Raises what the ledger raises.
        """
        readings = [(letter, read(letter)) for letter in letters]
        entries = self.ledger.entries(
            reading.identity for _, reading in readings if isinstance(reading, Mail)
        )
        return [self._finding(letter, reading, entries) for letter, reading in readings]

    def _finding(
        self, letter: DeadLetter, reading: Mail | Explanation, entries: dict[str, LedgerEntry]
    ) -> Finding:
        if isinstance(reading, Explanation):
            return Finding(letter=letter, explanation=reading)
        entry = entries.get(reading.identity.key)
        explanation = explain(letter, reading, entry, now=self.clock.wall())
        if explanation.fate in _REPLAYABLE and not explanation.settled:
            first = self._met.setdefault(_likeness(letter, reading), letter.message_id)
            if first != letter.message_id:
                explanation = _repeated(first, reading)
        return Finding(letter=letter, explanation=explanation, mail=reading)


def _likeness(letter: DeadLetter, mail: Mail) -> str:
    if mail.has_key:
        return mail.identity.key
    return f"body:{hashlib.sha256(letter.body.encode(errors='replace')).hexdigest()}"


def _repeated(first: str, mail: Mail) -> Explanation:
    because = (
        f"the same key as letter {first}, which goes first"
        if mail.has_key
        else f"the same body as letter {first}, and no key to tell whether it is the same mail; "
        "a later run takes it"
    )
    return Explanation(fate=Fate.REPEATED, because=because)

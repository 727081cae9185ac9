"""What became of the mails of a lane, judged by the provider and the queues. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bench.mails import mail


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """Args:
    put: Mails that were put on the queue.
    accepted: Of them were accepted by the provider at least once.
    repeated: Acceptances beyond the first of a mail.
    dead_letters: Messages that were set aside.
    waiting: Messages that are still on the queue.
    """

    put: int
    accepted: int
    repeated: int
    dead_letters: int
    waiting: int

    @property
    def lost(self) -> int:
        """Mails that are nowhere. A mail that was accepted may be on a queue as well, so it is the
        least that can have been lost."""
        return max(0, self.put - self.accepted - self.dead_letters - self.waiting)


def numbered(number: int) -> dict[str, Any]:
    """A mail that can be told from the others of its lane."""
    return mail() | {"metadata": {"number": number}, "idempotencyKey": f"mail-{number}"}


def number_of(email: Mapping[str, Any]) -> int:
    """Of a mail that the provider accepted."""
    return int(email["metadata"]["number"])


def tally(
    emails: Sequence[Mapping[str, Any]], *, put: int, dead_letters: int, waiting: int
) -> Tally:
    """Counts what the provider accepted from a lane to which `put` numbered mails were given."""
    times = Counter(number_of(email) for email in emails)
    return Tally(
        put=put,
        accepted=len(times),
        repeated=times.total() - len(times),
        dead_letters=dead_letters,
        waiting=waiting,
    )

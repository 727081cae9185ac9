"""One pass through the dead-letter queue that gives back all letters it has not deleted."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import chain, islice

from rich.console import Console

from relayctl.dead_letters.letter import DeadLetter
from relayctl.dead_letters.queue import HOLD_SECONDS, DeadLetterQueue
from relayctl.dead_letters.survey import Wanted
from relayctl.progress import Advance, progress, say

_HOLD_MINUTES = HOLD_SECONDS // 60


@dataclass(slots=True, kw_only=True)
class Reading:
    """A pass that is under way.

    Args:
        queue: The dead-letter queue, with what the pass holds.
        wanted: Which letters it is about.
        missing: Ids that were asked for and not met yet.
    """

    queue: DeadLetterQueue
    wanted: Wanted
    missing: set[str] = field(init=False)
    _advance: Advance

    def __post_init__(self) -> None:
        self.missing = set(self.wanted.message_ids)

    def batches(self) -> Iterator[list[DeadLetter]]:
        """The letters that are wanted, until the end or until all ids are found."""
        for batch in self.queue.batches():
            self._advance(len(batch))
            letters = [letter for letter in batch if self.wanted.includes(letter)]
            self.missing -= {letter.message_id for letter in batch}
            if letters:
                yield letters
            if self.wanted.message_ids and not self.missing:
                return

    def letters(self, *, limit: int | None) -> Iterator[DeadLetter]:
        """The first `limit` of them, one by one."""
        return islice(chain.from_iterable(self.batches()), limit)


@contextmanager
def reading(
    queue: DeadLetterQueue, *, wanted: Wanted, label: str, messages: Console
) -> Iterator[Reading]:
    """Opens a pass; at its end, however it comes, everything that is held is given back."""
    depth = queue.depth()
    if depth.hidden:
        say(
            messages,
            f"about {depth.hidden} letters are hidden at the moment and not looked at: another "
            f"command reads them, or was killed in the last {_HOLD_MINUTES} minutes",
        )
    try:
        with queue, progress(messages, label, total=depth.visible) as advance:
            yield Reading(queue=queue, wanted=wanted, _advance=advance)
    finally:
        if queue.not_given_back:
            say(
                messages,
                f"{queue.not_given_back} letters could not be given back at once (may these "
                "credentials do sqs:ChangeMessageVisibility?); they show themselves again within "
                f"{_HOLD_MINUTES} minutes",
            )

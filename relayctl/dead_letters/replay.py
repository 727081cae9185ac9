"""Puts dead letters back on the email queue, or removes them, as planned."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from relayctl.dead_letters.email_queue import BATCH_BYTES, size_bytes
from relayctl.dead_letters.explanation import Fate
from relayctl.dead_letters.letter import DeadLetter
from relayctl.dead_letters.pace import Pace
from relayctl.dead_letters.plan import Action
from relayctl.dead_letters.survey import Finding
from relayctl.errors import RelayctlError, UnansweredError
from relayctl.interruption import together


class Source(Protocol):
    """The dead-letter queue. Raises `RelayctlError`."""

    def delete(self, letters: Sequence[DeadLetter]) -> list[DeadLetter]: ...


class Target(Protocol):
    """The email queue. Raises `RelayctlError`; `UnansweredError` if it may have taken them."""

    def put(self, letters: Sequence[DeadLetter], *, has_key: bool) -> list[DeadLetter]: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """A letter that did not go as it should.

    Args:
        letter: Its content left out.
        because: What happened, and what that means.
    """

    letter: DeadLetter
    because: str


@dataclass(slots=True, kw_only=True)
class Tally:
    """What became of the letters so far; complete at every moment, also when a run is cut off.

    Args:
        done: By action and fate.
        failures: Letters that are not counted in `done`.
    """

    done: Counter[tuple[Action, Fate]] = field(default_factory=Counter)
    failures: list[Failure] = field(default_factory=list)

    def count(self, action: Action, findings: Iterable[Finding]) -> None:
        self.done.update((action, finding.explanation.fate) for finding in findings)

    def fail(self, findings: Iterable[Finding], because: str) -> None:
        self.failures += [
            Failure(letter=finding.letter.without_content(), because=because)
            for finding in findings
        ]

    @property
    def changed(self) -> int:
        """How many letters were replayed, deleted or tried."""
        return self.total(Action.REPLAY) + self.total(Action.DELETE) + len(self.failures)

    def total(self, action: Action) -> int:
        return sum(count for (one, _), count in self.done.items() if one is action)


class Replay:
    """Carries out what is planned.

    A letter is put on the email queue first and removed from the dead-letter queue then: a crash
    between the two leaves it in both, and nothing is lost. The second copy is recognised by the
    ledger if the message has an idempotency key; else it would be another mail, so letters
    without a key go one by one, and a crash can double one of them at most.

    SQS's own move (StartMessageMoveTask) is not used: it moves everything or nothing, so it can
    neither skip what would only come back nor keep what may have been sent.
    """

    def __init__(self, *, source: Source, target: Target, pace: Pace, tally: Tally) -> None:
        self._source = source
        self._target = target
        self._pace = pace
        self._tally = tally

    def carry_out(self, plan: Sequence[tuple[Finding, Action]]) -> None:
        """Does it for at most ten letters.

        Raises:
            RelayctlError: SQS refuses or cannot be reached; the tally holds what was done.
        """
        by_action: dict[Action, list[Finding]] = {action: [] for action in Action}
        for finding, action in plan:
            by_action[action].append(finding)
        self._tally.count(Action.STAY, by_action[Action.STAY])
        self._delete(by_action[Action.DELETE])
        for group in groups(by_action[Action.REPLAY], entries=self._pace.group_entries):
            self._pace.wait(len(group))
            with together():
                self._move(group)

    def _delete(self, findings: list[Finding]) -> None:
        left = self._source.delete([finding.letter for finding in findings])
        failed, done = _parted(findings, left)
        self._tally.count(Action.DELETE, done)
        self._tally.fail(failed, "SQS did not remove it; it stays")

    def _move(self, group: list[Finding]) -> None:
        has_key = _has_key(group[0])
        try:
            refused = self._target.put([finding.letter for finding in group], has_key=has_key)
        except UnansweredError:
            self._tally.fail(group, f"it stays, and it may be on the queue too: {_MEANS[has_key]}")
            raise
        failed, taken = _parted(group, refused)
        self._tally.fail(failed, "SQS did not take it; it stays")
        in_both = f"it is on the queue, and it is still here too: {_MEANS[has_key]}"
        try:
            left = self._source.delete([finding.letter for finding in taken])
        except RelayctlError:
            self._tally.fail(taken, in_both)
            raise
        failed, moved = _parted(taken, left)
        self._tally.fail(failed, in_both)
        self._tally.count(Action.REPLAY, moved)


_MEANS = {
    True: "another replay does no harm, the ledger recognises its key",
    False: "it has no idempotency key, so another replay would send it twice",
}


def groups(findings: Iterable[Finding], *, entries: int) -> Iterator[list[Finding]]:
    """What may go in one call: within the quotas of SQS, and alone if it has no key."""
    group: list[Finding] = []
    room_bytes = BATCH_BYTES
    for finding in findings:
        needed_bytes = size_bytes(finding.letter)
        alone = not _has_key(finding) or (bool(group) and not _has_key(group[0]))
        if group and (alone or len(group) == entries or needed_bytes > room_bytes):
            yield group
            group, room_bytes = [], BATCH_BYTES
        group.append(finding)
        room_bytes -= needed_bytes
    if group:
        yield group


def _has_key(finding: Finding) -> bool:
    return finding.mail is not None and finding.mail.has_key


def _parted(
    findings: list[Finding], left: Sequence[DeadLetter]
) -> tuple[list[Finding], list[Finding]]:
    """Those that are left, and the others."""
    ids = {letter.message_id for letter in left}
    return (
        [finding for finding in findings if finding.letter.message_id in ids],
        [finding for finding in findings if finding.letter.message_id not in ids],
    )

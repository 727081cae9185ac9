"""What a check is, and what comes of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from relayctl.doctor.fact import UnseenError
from relayctl.doctor.snapshot import Snapshot

Look = Callable[[Snapshot], Iterator[str]]


class Severity(StrEnum):
    """What happens if nobody does anything."""

    CRITICAL = "critical"
    """Mail stops, is lost or goes twice, or a key is exposed: now, or at the next small fault."""
    WARNING = "warning"
    """It will, or it would and nobody noticed."""


class State(StrEnum):
    """What came of a check."""

    FINE = "fine"
    FINDING = "finding"
    UNSEEN = "could not look"
    NOT_APPLICABLE = "not applicable"


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """One check of one stack.

    Args:
        check: Which.
        state: What came of it. With evidence it is a finding, even if something was unseen.
        evidence: What is wrong, one sentence each; free of secrets.
        remark: Why something could not be looked at, or why the check does not apply.
    """

    check: Check
    state: State
    evidence: tuple[str, ...] = ()
    remark: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One thing that has to hold.

    Args:
        id: How it is called on the command line.
        title: What has to hold.
        reason: Why it matters.
        fix: What to do.
        severity: See `Severity`.
        look: Yields what is wrong, a sentence each; nothing when all is well. Pure.
        not_locally: Why the local stack cannot have it; empty when it can.
    """

    id: str
    title: str
    reason: str
    fix: str
    severity: Severity
    look: Look
    not_locally: str = ""

    def examine(self, snapshot: Snapshot) -> Result:
        """Looks, and never raises for what cannot be seen."""
        if self.not_locally and snapshot.stack.is_local:
            return Result(check=self, state=State.NOT_APPLICABLE, remark=self.not_locally)
        evidence: list[str] = []
        remark = ""
        try:
            for sentence in self.look(snapshot):
                # One by one, so that what came before something unseen is kept.
                evidence.append(sentence)
        except UnseenError as error:
            remark = str(error)
        state = State.FINDING if evidence else State.UNSEEN if remark else State.FINE
        return Result(check=self, state=state, evidence=tuple(evidence), remark=remark)


def check(
    id: str,  # noqa: A002 (the word of the command line)
    title: str,
    *,
    reason: str,
    fix: str,
    severity: Severity,
    not_locally: str = "",
) -> Callable[[Look], Check]:
    """Makes a check of a function that looks."""

    def of(look: Look) -> Check:
        return Check(
            id=id,
            title=title,
            reason=reason,
            fix=fix,
            severity=severity,
            look=look,
            not_locally=not_locally,
        )

    return of

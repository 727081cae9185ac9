"""The ledger in memory. It passes the same suite as the one in DynamoDB."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import count

from formarelay.claims import (
    AlreadySettled,
    Claimed,
    ClaimResult,
    Conflicting,
    InFlight,
    MailIdentity,
    MailState,
    Uncertain,
)
from formarelay.clock import Clock
from formarelay.errors import TransientError


@dataclass(frozen=True)
class Entry:
    state: MailState
    claim_id: str
    fingerprint: str
    first_call_at: float
    lease_until: float
    attempts: int
    email_id: str = ""
    relay_id: str = ""
    absent_claim_id: str = ""


class FakeLedger:
    """`failing` names the operations that cannot reach the store."""

    def __init__(self, clock: Clock) -> None:
        self.entries: dict[str, Entry] = {}
        self.failing: set[str] = set()
        self.writes = 0
        self.clock = clock
        self._ids = count(1)

    def claim(self, mail: MailIdentity, *, lease_seconds: float) -> ClaimResult:
        self._reach("claim")
        entry = self.entries.get(mail.key)
        free = (
            entry is None
            or entry.state is MailState.REFUSED
            or (entry.state is MailState.OPEN and entry.fingerprint == mail.fingerprint)
        )
        return self._take(mail, entry, lease_seconds) if free else self._read(mail, entry)

    def settle(
        self,
        mail: MailIdentity,
        *,
        claim_id: str,
        state: MailState,
        email_id: str = "",
        attempt_counts: bool = True,
    ) -> bool:
        self._reach("settle")
        entry = self.entries.get(mail.key)
        unsettled = (MailState.CLAIMED, MailState.UNKNOWN)
        if entry is None or entry.claim_id != claim_id or entry.state not in unsettled:
            return False
        self.writes += 1
        self.entries[mail.key] = replace(
            entry,
            state=state,
            email_id=email_id,
            lease_until=self.clock.wall(),
            attempts=entry.attempts - (not attempt_counts),
        )
        return True

    def _reach(self, operation: str) -> None:
        if operation in self.failing:
            raise TransientError("the ledger cannot be reached", operation=operation)

    def _take(self, mail: MailIdentity, entry: Entry | None, lease_seconds: float) -> Claimed:
        now = self.clock.wall()
        self.writes += 1
        taken = Entry(
            state=MailState.CLAIMED,
            claim_id=f"claim-{next(self._ids)}",
            fingerprint=mail.fingerprint,
            first_call_at=entry.first_call_at if entry else now,
            lease_until=now + lease_seconds,
            attempts=(entry.attempts if entry else 0) + 1,
            relay_id=mail.relay_id,
            absent_claim_id=entry.absent_claim_id if entry else "",
        )
        self.entries[mail.key] = taken
        return Claimed(
            claim_id=taken.claim_id, attempts=taken.attempts, lease_until=taken.lease_until
        )

    def _read(self, mail: MailIdentity, entry: Entry) -> ClaimResult:
        if entry.fingerprint != mail.fingerprint:
            return Conflicting()
        if entry.state in (MailState.SENT, MailState.EXPIRED):
            return AlreadySettled(
                state=entry.state, email_id=entry.email_id, attempts=entry.attempts
            )
        left = entry.lease_until - self.clock.wall()
        if entry.state is MailState.CLAIMED and left > 0:
            return InFlight(lease_seconds=left)
        return Uncertain(
            claim_id=entry.claim_id,
            first_call_at=entry.first_call_at,
            last_call_at=entry.lease_until,
            attempts=entry.attempts,
        )

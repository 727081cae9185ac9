"""The open questions of a ledger in memory. It passes the same suite as the one in DynamoDB."""

from __future__ import annotations

from dataclasses import replace

from formarelay.claims import MailState, Unsettled, UnsettledPage
from formarelay.errors import TransientError
from tests.support.fake_ledger import Entry, FakeLedger

_OPEN_QUESTION = (MailState.CLAIMED, MailState.UNKNOWN)


class FakeUnsettled:
    """`failing` names the operations that cannot reach the store."""

    def __init__(self, ledger: FakeLedger, *, page_items: int = 5000) -> None:
        self._ledger = ledger
        self._page_items = page_items
        self._position = ""
        self.failing: set[str] = set()
        self.saved: list[str] = []
        self.pages = 0

    def page(self, *, position: str, quiet_since: float) -> UnsettledPage:
        self._reach("page")
        self.pages += 1
        keys = [key for key in sorted(self._ledger.entries) if key > position]
        seen = keys[: self._page_items]
        return UnsettledPage(
            mails=tuple(
                _unsettled(key, entry)
                for key in seen
                if (entry := self._ledger.entries[key]).state in _OPEN_QUESTION
                and entry.lease_until < quiet_since
            ),
            position=seen[-1] if len(seen) == self._page_items else "",
        )

    def settle(self, mail: Unsettled, *, state: MailState, email_id: str = "") -> bool:
        self._reach("settle")
        now = self._ledger.clock.wall()
        return self._write(mail, state=state, email_id=email_id, lease_until=now)

    def note_absence(self, mail: Unsettled) -> bool:
        self._reach("note_absence")
        return self._write(mail, state=MailState.UNKNOWN, absent_claim_id=mail.claim_id)

    def position(self) -> str:
        self._reach("position")
        return self._position

    def save_position(self, position: str) -> None:
        self._reach("save_position")
        self._position = position
        self.saved.append(position)

    def _write(self, mail: Unsettled, **changes: object) -> bool:
        entry = self._ledger.entries.get(mail.entry)
        if entry is None or entry.claim_id != mail.claim_id or entry.state not in _OPEN_QUESTION:
            return False
        self._ledger.entries[mail.entry] = replace(entry, **changes)  # type: ignore[arg-type]
        return True

    def _reach(self, operation: str) -> None:
        if operation in self.failing:
            raise TransientError("the ledger cannot be reached", operation=operation)


def _unsettled(key: str, entry: Entry) -> Unsettled:
    return Unsettled(
        entry=key,
        relay_id=entry.relay_id,
        claim_id=entry.claim_id,
        first_call_at=entry.first_call_at,
        last_call_at=entry.lease_until,
        attempts=entry.attempts,
        is_absent=entry.absent_claim_id == entry.claim_id,
    )

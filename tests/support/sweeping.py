"""A sweep among fakes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime

from formarelay.claims import Claimed, MailIdentity, MailState, OnUnknown
from formarelay.errors import FormaError
from formarelay.formamail.models import Email
from formarelay.identity import RELAY_ID_KEY
from settle_unknown.policy import SweepPolicy
from settle_unknown.service import Round, Sweep
from tests.support.clock import ManualClock
from tests.support.fake_ledger import Entry, FakeLedger
from tests.support.fake_limiter import FakeLimiter
from tests.support.fake_unsettled import FakeUnsettled

START = 1_800_000_000.0
LEASE = 50.0
CALL = 20.0
PAUSE = 6.0


def mail(number: int) -> MailIdentity:
    return MailIdentity(key=f"order-{number}", fingerprint="aa" * 32, relay_id=f"{number:032x}")


@dataclass
class FakeList:
    """The provider's list, a few mails a page. `errors` holds one for each request, or None."""

    clock: ManualClock
    emails: list[tuple[float, Email]] = field(default_factory=list)
    errors: list[FormaError | None] = field(default_factory=list)
    page_size: int = 50
    request_seconds: float = 0.5
    requests: list[tuple[float, float, float]] = field(default_factory=list)
    """For each request: when it was made, and between which times it asked."""
    before_answer: Callable[[], None] = lambda: None

    def accept(self, number: int, *, at: float, marked: bool = True) -> None:
        metadata = {RELAY_ID_KEY: mail(number).relay_id} if marked else {}
        self.emails.append((at, Email(id=f"em_{number}", metadata=metadata)))

    def list_emails(
        self,
        *,
        date_from: datetime | None = None,
        date_to: datetime | None = None,
        admit: Callable[[str], None],
    ) -> Iterator[Email]:
        assert date_from is not None
        assert date_to is not None
        since, until = date_from.timestamp(), date_to.timestamp()
        matching = [email for at, email in self.emails if since <= at <= until]
        for start in range(0, max(1, len(matching)), self.page_size):
            admit("GET emails")
            self.requests.append((self.clock.wall(), since, until))
            self.clock.advance(self.request_seconds)
            self.before_answer()
            error = self.errors.pop(0) if self.errors else None
            if error is not None:
                raise error
            yield from matching[start : start + self.page_size]


class Sweeping:
    """`call` is what a worker does; `run` is one round, two hours later unless told otherwise."""

    def __init__(
        self,
        on_unknown: OnUnknown = OnUnknown.RESEND,
        *,
        page_items: int = 5000,
        configured_limit: int = 100,
    ) -> None:
        self.clock = ManualClock(wall=START)
        self.ledger = FakeLedger(self.clock)
        self.mails = FakeUnsettled(self.ledger, page_items=page_items)
        self.list = FakeList(self.clock)
        self.slots = FakeLimiter(
            self.clock, configured_limit=configured_limit, longest_call_seconds=3 * CALL
        )
        self.policy = SweepPolicy(call_seconds=CALL, pause_seconds=PAUSE, on_unknown=on_unknown)
        self.seconds = 900.0
        self.sweep = self.with_policy(self.policy)

    def with_policy(self, policy: SweepPolicy) -> Sweep:
        return Sweep(
            mails=self.mails,
            provider=self.list,
            slots=self.slots,
            policy=policy,
            clock=self.clock,
            sleep=self.clock.advance,
        )

    def call(self, number: int, state: MailState | None = MailState.UNKNOWN) -> Claimed:
        claim = self.ledger.claim(mail(number), lease_seconds=LEASE)
        assert type(claim) is Claimed
        if state is not None:
            assert self.ledger.settle(mail(number), claim_id=claim.claim_id, state=state)
        return claim

    def run(self, *, later_seconds: float = 7200.0) -> Round:
        self.clock.advance(later_seconds)
        deadline = self.clock.monotonic() + self.seconds
        return self.sweep.run(remaining_seconds=lambda: deadline - self.clock.monotonic())

    def entry(self, number: int) -> Entry:
        return self.ledger.entries[mail(number).key]

    def state(self, number: int) -> MailState:
        return self.entry(number).state

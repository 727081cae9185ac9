"""A sender among fakes."""

from __future__ import annotations

import json
from typing import Any

from formarelay.claims import OnUnknown
from formarelay.identity import identify
from formarelay.message import EmailMessage, parse_message
from send_email.delivery import Delivery
from send_email.outcome import Outcome
from send_email.policy import SendPolicy
from send_email.stored_files import StoredFiles
from tests.support.clock import ManualClock
from tests.support.fake_ledger import Entry, FakeLedger
from tests.support.fake_limiter import FakeLimiter
from tests.support.fake_objects import FakeObjects
from tests.support.fake_provider import FakeProvider, FakeRows

START = 1_800_000_000.0
LEASE = 3 * 20.0 + 5.0
SETTLE = 60.0


class World:
    """A delivery among fakes; `deliver` is what a redelivery of the message does, too."""

    def __init__(self, on_unknown: OnUnknown = OnUnknown.RESEND) -> None:
        self.clock = ManualClock(wall=START)
        self.ledger = FakeLedger(self.clock)
        self.limiter = FakeLimiter(self.clock, longest_call_seconds=LEASE)
        self.provider = FakeProvider(self.clock)
        self.rows = FakeRows()
        self.objects = FakeObjects()
        self.remaining_seconds = 60.0
        self.policy = SendPolicy(
            call_seconds=20.0, settle_delay_seconds=SETTLE, on_unknown=on_unknown
        )
        self.delivery = Delivery(
            ledger=self.ledger,
            rows=self.rows,
            files=StoredFiles(self.objects),
            limiter=self.limiter,
            policy=self.policy,
            clock=self.clock,
            jitter=lambda: 0.0,
        )

    def message(self, **fields: Any) -> EmailMessage:
        document = {
            "templateId": "welcome",
            "to": [{"email": "ada@example.com", "name": "Ada"}],
            "variables": {"name": "Ada"},
            "idempotencyKey": "order-1",
        }
        return parse_message(json.dumps(document | fields), message_id="m-1")

    def deliver(self, **fields: Any) -> Outcome:
        message = self.message(**fields)
        return self.delivery.deliver(
            identify(message),
            message,
            provider=self.provider,
            remaining_seconds=lambda: self.remaining_seconds,
        )

    @property
    def entry(self) -> Entry:
        (entry,) = self.ledger.entries.values()
        return entry

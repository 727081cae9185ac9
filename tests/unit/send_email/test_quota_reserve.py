"""While only the reserve of the quota is left, urgent mail goes and other mail waits at no cost."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor

import pytest

from send_email.measures import measures_of
from send_email.outcome import HandedBack, Sent
from send_email.record import QueueRecord
from send_email.service import BatchService
from tests.support.fake_provider import FakeDeadLetters
from tests.support.sending import World

pytestmark = pytest.mark.disable_socket

RESERVED = HandedBack(reason="quota_reserved", wait_seconds=300.0)


class Batch(World):
    def __init__(self, executor):
        super().__init__()
        self.service = BatchService(
            delivery=self.delivery,
            provider=self.provider,
            limiter=self.limiter,
            policy=self.policy,
            clock=self.clock,
            sleep=self.clock.advance,
            dead_letters=FakeDeadLetters(),
            executor=executor,
        )

    def process(self, *priorities, keys=None):
        """What became of mails of these priorities, in this order."""
        records = [
            QueueRecord(
                message_id=f"m-{number}",
                receipt_handle=f"r-{number}",
                body=json.dumps(
                    {
                        "templateId": "welcome",
                        "to": [{"email": "ada@example.com"}],
                        "idempotencyKey": keys[number] if keys else f"order-{number}",
                        "priority": priority,
                    }
                ),
            )
            for number, priority in enumerate(priorities)
        ]
        results = self.service.process(records, remaining_seconds=lambda: 60.0)
        self.results = results
        found = {result.record.message_id: result.outcome for result in results}
        return [found[record.message_id] for record in records]


@pytest.fixture
def batch():
    with ThreadPoolExecutor(max_workers=4) as executor:
        yield Batch(executor)


def test_urgent_mail_goes_and_the_others_wait(batch):
    batch.limiter.note_quota(exhausted=False, reserved=True)
    normal, urgent, low, unsaid, urgent_too = batch.process("normal", "high", "low", None, "high")
    assert [normal, low, unsaid] == [RESERVED] * 3
    assert isinstance(urgent, Sent)
    assert isinstance(urgent_too, Sent)
    assert len(batch.provider.accepted) == 2


def test_who_waits_pays_nothing(batch):
    batch.limiter.note_quota(exhausted=False, reserved=True)
    assert batch.process("normal", "low") == [RESERVED, RESERVED]
    assert batch.ledger.entries == {}
    assert batch.limiter.finished == []
    counted = {one.name: one.values for one in measures_of(batch.results, sent_at={}, now=0.0)}
    # A reserve is no closed gate.
    assert counted == {
        "HandedBack": [2.0],
        "HandedBackQuotaReserved": [2.0],
        "GateClosed": [0.0],
    }


def test_who_waited_goes_when_the_quota_is_topped_up(batch):
    batch.limiter.note_quota(exhausted=False, reserved=True)
    batch.process("normal")
    batch.limiter.note_quota(exhausted=False, reserved=False)
    (outcome,) = batch.process("normal")
    assert outcome == Sent(email_id=outcome.email_id, attempts=1, how="call")


def test_without_a_reserve_all_mail_goes(batch):
    assert all(isinstance(outcome, Sent) for outcome in batch.process("low", "normal", "high"))


def test_scarce_slots_go_to_urgent_mail_first(batch):
    batch.limiter.room = 1
    normal, urgent = batch.process("normal", "high")
    assert isinstance(urgent, Sent)
    assert normal == HandedBack(reason="rate_limited", wait_seconds=3.0)


def test_a_mail_that_comes_twice_is_urgent_when_either_says_so(batch):
    batch.limiter.note_quota(exhausted=False, reserved=True)
    first, second = batch.process("normal", "high", keys=["order-1", "order-1"])
    assert isinstance(first, Sent)
    # Another priority is another content under the same key.
    assert second.reason == "idempotency_key_reused"


def test_without_any_quota_urgent_mail_waits_too(batch):
    batch.limiter.note_quota(exhausted=True, reserved=True)
    (outcome,) = batch.process("high")
    # The gate is closed for longer; a top-up opens it before.
    assert outcome == HandedBack(reason="quota_exhausted", wait_seconds=300.0)
    batch.limiter.close(reason="throttled", seconds=900)
    batch.clock.advance(1)
    batch.limiter.close(reason="throttled", seconds=900)
    (outcome,) = batch.process("high")
    assert outcome == HandedBack(reason="throttled", wait_seconds=900.0)

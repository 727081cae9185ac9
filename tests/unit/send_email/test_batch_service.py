"""A batch: every record gets one result, and none can harm another."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor

import pytest
from msgspec.structs import replace

from formarelay.claims import MailState
from formarelay.errors import (
    ConnectionFailedError,
    NotFoundError,
    OutcomeUnknownError,
    RateLimit,
    ServerError,
)
from formarelay.formamail.models import Accepted
from send_email.outcome import HandedBack, Sent, SetAside
from send_email.record import QueueRecord
from send_email.service import BatchService
from tests.support.fake_provider import FakeDeadLetters
from tests.support.sending import World


def record(number, body=None, **fields):
    document = {
        "templateId": "welcome",
        "to": [{"email": f"user{number}@example.com"}],
        "idempotencyKey": f"order-{number}",
    }
    return QueueRecord(
        message_id=f"m-{number}",
        receipt_handle=f"r-{number}",
        body=json.dumps(document | fields) if body is None else body,
    )


class Batch(World):
    def __init__(self):
        super().__init__()
        self.dead_letters = FakeDeadLetters()
        self.executor = ThreadPoolExecutor(max_workers=4)
        self.service = BatchService(
            delivery=self.delivery,
            provider=self.provider,
            limiter=self.limiter,
            policy=self.policy,
            clock=self.clock,
            sleep=self.clock.advance,
            dead_letters=self.dead_letters,
            executor=self.executor,
        )

    def process(self, *records):
        results = self.service.process(records, remaining_seconds=lambda: self.remaining_seconds)
        assert sorted(result.record.message_id for result in results) == sorted(
            one.message_id for one in records
        )
        return {result.record.message_id: result for result in results}


@pytest.fixture
def batch():
    batch = Batch()
    yield batch
    batch.executor.shutdown()


def outcome(results, number):
    return results[f"m-{number}"].outcome


def test_every_mail_of_a_batch_is_sent(batch):
    results = batch.process(*(record(number) for number in range(10)))
    assert {type(result.outcome) for result in results.values()} == {Sent}
    assert len(batch.provider.accepted) == 10
    assert batch.dead_letters.letters == []


def test_an_empty_batch_is_nothing(batch):
    assert batch.process() == {}


def test_a_malformed_body_is_set_aside_at_first_sight_and_its_neighbours_sent(batch):
    results = batch.process(record(1), record(2, body="{not json"), record(3))
    assert type(outcome(results, 1)) is Sent
    assert type(outcome(results, 3)) is Sent
    aside = outcome(results, 2)
    assert (aside.reason, aside.attempts) == ("not_json", 0)
    ((body, facts),) = batch.dead_letters.letters
    assert body == "{not json"
    assert facts == {
        "reason": "not_json",
        "detail": aside.detail,
        "attempts": "0",
        "idempotencyKey": "",
    }


def test_a_dead_letter_that_is_not_stored_stays_on_the_queue(batch):
    batch.dead_letters.down = True
    results = batch.process(record(1, body="{not json"))
    assert outcome(results, 1) == HandedBack(
        reason="dead_letter_failed",
        wait_seconds=10.0,
        error="the dead-letter queue did not take a message",
    )


def test_a_refused_mail_goes_to_the_dead_letter_queue_with_its_key(batch):
    batch.provider.answers.append(error := _not_found())
    batch.process(record(1))
    ((body, facts),) = batch.dead_letters.letters
    assert body == record(1).body
    assert facts == {
        "reason": "status_404",
        "detail": str(error),
        "attempts": "1",
        "idempotencyKey": "order-1",
    }


def _not_found():
    return NotFoundError("not found", status=404)


def test_a_refused_mail_whose_dead_letter_is_not_stored_is_refused_again_later(batch):
    batch.provider.answers += [_not_found(), _not_found()]
    batch.dead_letters.down = True
    assert type(outcome(batch.process(record(1)), 1)) is HandedBack
    batch.dead_letters.down = False
    assert type(outcome(batch.process(record(1)), 1)) is SetAside
    assert len(batch.dead_letters.letters) == 1
    assert batch.provider.accepted == []


def test_the_same_mail_twice_in_a_batch_is_sent_once_and_both_are_done(batch):
    twin = QueueRecord(message_id="m-9", receipt_handle="r-9", body=record(1).body)
    results = batch.process(record(1), twin)
    assert outcome(results, 1) == Sent(email_id="em_1", attempts=1, how="call")
    assert outcome(results, 9) == Sent(email_id="em_1", attempts=1, how="ledger")
    assert len(batch.provider.accepted) == 1


def test_one_slot_is_asked_for_a_mail(batch):
    batch.limiter.room = 1
    twin = QueueRecord(message_id="m-9", receipt_handle="r-9", body=record(1).body)
    results = batch.process(record(1), twin, record(2))
    assert [type(outcome(results, number)) for number in (1, 9, 2)] == [Sent, Sent, HandedBack]


def test_mails_without_a_slot_wait_as_long_as_the_limiter_says(batch):
    batch.limiter.room = 2
    results = batch.process(record(1), record(2), record(3))
    waiting = HandedBack(reason="rate_limited", wait_seconds=3.0)
    assert [result.outcome for result in results.values()].count(waiting) == 1
    assert len(batch.provider.accepted) == 2


def test_a_closed_gate_lets_nobody_call_and_writes_nothing(batch):
    batch.limiter.close(reason="throttled", seconds=30)
    results = batch.process(record(1), record(2, body="{not json"))
    assert outcome(results, 1) == HandedBack(reason="throttled", wait_seconds=30.0)
    assert type(outcome(results, 2)) is SetAside
    assert batch.ledger.writes == 0


def test_a_limiter_that_cannot_answer_lets_nobody_call(batch):
    batch.limiter.failing = {"reserve"}
    results = batch.process(record(1), record(2))
    assert outcome(results, 1) == HandedBack(
        reason="dependency_failed",
        wait_seconds=10.0,
        error="reserve: the limiter cannot be reached",
    )
    assert batch.provider.accepted == []


def test_a_programming_error_is_held_to_its_own_mail(batch):
    def explode(*_, **__):
        raise ZeroDivisionError("a bug")

    batch.rows.row = explode
    source = {"formaloo": {"row": "row1", "fields": {"name": "f_name"}}}
    results = batch.process(record(1, variablesFrom=source), record(2))
    assert outcome(results, 1) == HandedBack(reason="internal_error", wait_seconds=10.0)
    assert type(results["m-1"].failure) is ZeroDivisionError
    assert type(outcome(results, 2)) is Sent
    assert batch.ledger.entries["key:order-1"].state is MailState.CLAIMED


def test_a_refused_file_sets_its_mail_aside_and_its_neighbours_are_sent(batch):
    reference = batch.objects.put(b"an invoice", key="2026/invoice.pdf")
    stored = {"bucket": reference.bucket, "key": reference.key, "versionId": "none"}
    attachment = {"filename": "a.pdf", "s3": stored | {"sha256": reference.sha256}}
    results = batch.process(record(1, attachments=[attachment]), record(2))
    assert outcome(results, 1) == SetAside(
        reason="attachment_missing", detail="attachments[0].s3: the object does not exist"
    )
    assert type(outcome(results, 2)) is Sent
    ((_, facts),) = batch.dead_letters.letters
    assert facts["reason"] == "attachment_missing"
    assert results["m-1"].idempotency_key == "order-1"


def finished(batch):
    (finish,) = batch.limiter.finished
    return finish


def test_a_batch_says_how_its_calls_ended(batch):
    batch.provider.answers.append(
        Accepted(email_id="em_7", rate=RateLimit(limit=30, remaining=12, reset_at=None))
    )
    batch.process(record(1))
    finish = finished(batch)
    assert (len(finish.ends), finish.unused, finish.healthy) == (1, 0, True)
    assert (finish.limit, finish.remaining) == (30, 12)


def test_a_slot_that_needed_no_call_is_given_back(batch):
    batch.process(record(1))
    batch.limiter.finished.clear()
    batch.process(record(1))
    assert (finished(batch).ends, finished(batch).unused) == ([], 1)


def test_a_call_without_an_answer_keeps_its_slot(batch):
    batch.provider.answers.append(OutcomeUnknownError("timeout"))
    batch.process(record(1))
    assert (finished(batch).ends, finished(batch).unused) == ([], 0)


@pytest.mark.parametrize(
    "error",
    [
        ServerError("failed", status=503),
        OutcomeUnknownError("timeout"),
        ConnectionFailedError("refused"),
    ],
)
def test_an_outage_closes_the_gate_for_everybody(batch, error):
    batch.provider.answers.append(error)
    batch.process(record(1))
    assert batch.limiter.gate.reason == "provider_down"
    assert batch.limiter.gate.closed_until == batch.clock.wall() + 2
    assert finished(batch).healthy is False


def test_one_good_answer_proves_that_the_provider_works(batch):
    batch.provider.answers += [ServerError("failed", status=503)]
    batch.process(record(1), record(2))
    assert batch.limiter.gate is None
    assert finished(batch).healthy is True


def test_a_refused_mail_proves_that_the_provider_works(batch):
    batch.provider.answers.append(_not_found())
    batch.process(record(1))
    assert (finished(batch).healthy, len(finished(batch).ends)) == (True, 1)


def test_a_limiter_that_fails_afterwards_changes_no_result(batch):
    batch.limiter.failing = {"finish"}
    assert type(outcome(batch.process(record(1)), 1)) is Sent


def test_the_function_waits_for_slots_that_become_free_within_seconds(batch):
    batch.limiter.configured_limit, batch.limiter.window_seconds = 1, 4.0
    batch.process(record(1))
    started = batch.clock.monotonic()
    assert type(outcome(batch.process(record(2)), 2)) is Sent
    assert batch.clock.monotonic() - started == 4.0


def test_longer_waits_are_the_queues(batch):
    batch.limiter.configured_limit, batch.limiter.window_seconds = 1, 60.0
    batch.process(record(1))
    back = outcome(batch.process(record(2)), 2)
    assert (back.reason, round(back.wait_seconds)) == ("rate_limited", 60)


def test_an_unanswered_call_is_looked_up_in_one_slot_and_sent_in_the_next(batch):
    batch.provider.answers.append(OutcomeUnknownError("timeout"))
    batch.process(record(1))
    batch.clock.advance(60)
    batch.limiter.gate = None
    assert outcome(batch.process(record(1)), 1) == HandedBack(reason="not_accepted", wait_seconds=0)
    assert outcome(batch.process(record(1)), 1) == Sent(email_id="em_1", attempts=2, how="call")
    assert [len(finish.ends) for finish in batch.limiter.finished] == [0, 1, 1]


def test_a_slot_that_lapsed_makes_no_call(batch):
    batch.limiter.longest_call_seconds = 19.0
    assert outcome(batch.process(record(1)), 1) == HandedBack(reason="no_time", wait_seconds=0)
    assert batch.provider.accepted == []
    assert (finished(batch).ends, finished(batch).unused) == ([], 1)
    assert batch.ledger.entries["key:order-1"].state is MailState.OPEN


def test_a_message_that_comes_back_often_waits_longer(batch):
    batch.limiter.close(reason="throttled", seconds=30)
    often = replace(record(1), receive_count=100)
    assert outcome(batch.process(often), 1).wait_seconds == 200.0


def test_a_gate_that_cannot_be_closed_does_not_keep_the_slots(batch):
    batch.provider.answers.append(ServerError("failed", status=503))
    batch.limiter.failing = {"close"}
    batch.process(record(1))
    assert len(finished(batch).ends) == 1

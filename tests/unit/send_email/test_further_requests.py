"""Every request to the provider has a slot of its own, also those that one call makes more of."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from formarelay.claims import MailState
from formarelay.errors import OutcomeUnknownError, PermissionDeniedError, ServerError
from send_email.outcome import HandedBack, Sent
from tests.unit.send_email.test_batch_service import Batch, outcome, record


@pytest.fixture
def batch():
    batch = Batch()
    yield batch
    batch.executor.shutdown()


def ends(batch):
    return [len(finish.ends) for finish in batch.limiter.finished]


def test_the_repeat_after_a_refused_key_has_a_slot_of_its_own(batch):
    batch.provider.requests_per_call = 2
    results = batch.process(record(1), record(2))
    assert {type(result.outcome) for result in results.values()} == {Sent}
    granted = [finish.reservation.granted for finish in batch.limiter.finished]
    assert (sorted(granted), sorted(ends(batch))) == ([1, 1, 2], [1, 1, 2])


def test_each_request_ends_its_own_slot(batch):
    batch.provider.requests_per_call = 2
    batch.provider.request_seconds = 4.0
    began = batch.clock.monotonic()
    batch.process(record(1))
    further, first = batch.limiter.finished
    assert (first.ends, further.ends) == ([began + 4.0], [began + 8.0])


def test_a_repeat_without_a_slot_is_not_made_and_its_mail_comes_back(batch):
    batch.limiter = batch.limiter.__class__(batch.clock, configured_limit=1)
    batch = renewed(batch)
    batch.provider.requests_per_call = 2
    assert outcome(batch.process(record(1)), 1) == HandedBack(
        reason="rate_limited", wait_seconds=60.0
    )
    assert batch.provider.accepted == []
    assert batch.ledger.entries["key:order-1"].state is MailState.OPEN
    assert batch.ledger.entries["key:order-1"].attempts == 0


def test_a_probe_whose_key_was_replaced_opens_the_gate_for_the_next_one(batch):
    batch.limiter.close(reason="key_refused", seconds=5.0)
    batch.clock.advance(5.0)
    batch.provider.requests_per_call = 2
    assert outcome(batch.process(record(1)), 1).reason == "key_refused"
    assert batch.provider.accepted == []
    assert [finish.healthy for finish in batch.limiter.finished] == [True]
    assert isinstance(outcome(batch.process(record(1)), 1), Sent)


def test_a_repeat_is_not_made_without_time_for_it(batch):
    batch.provider.requests_per_call = 2
    batch.provider.request_seconds = 15.0
    started = batch.clock.monotonic()
    results = batch.service.process(
        [record(1)], remaining_seconds=lambda: 39.0 - (batch.clock.monotonic() - started)
    )
    assert [result.outcome for result in results] == [HandedBack(reason="no_time", wait_seconds=0)]
    assert batch.provider.accepted == []


def test_a_repeat_is_not_made_while_no_slot_can_be_asked_for(batch):
    batch.provider.requests_per_call = 2
    reserve = batch.limiter.reserve

    def fails_after(wanted, **terms):
        reservation = reserve(wanted, **terms)
        batch.limiter.failing = {"reserve"}
        return reservation

    batch.limiter.reserve = fails_after
    assert outcome(batch.process(record(1)), 1) == HandedBack(
        reason="dependency_failed", wait_seconds=10.0
    )
    assert batch.provider.accepted == []


def test_every_page_of_a_look_up_has_a_slot_of_its_own(batch):
    batch.provider.answers.append(("accept", OutcomeUnknownError("timeout")))
    batch.process(record(1))
    batch.limiter.finished.clear()
    batch.limiter.gate = None
    batch.clock.advance(60)
    batch.provider.requests_per_call = 3
    assert outcome(batch.process(record(1)), 1) == Sent(email_id="em_1", attempts=1, how="lookup")
    assert ends(batch) == [1, 1, 1]


def test_a_look_up_whose_page_fails_leaves_its_slot_to_lapse(batch):
    batch.provider.answers.append(("accept", OutcomeUnknownError("timeout")))
    batch.process(record(1))
    batch.limiter.finished.clear()
    batch.limiter.gate = None
    batch.clock.advance(60)
    batch.provider.requests_per_call = 2
    batch.provider.list_error = ServerError("failed")
    assert outcome(batch.process(record(1)), 1).reason == "dependency_failed"
    further, first = batch.limiter.finished
    assert (first.ends, first.healthy) == ([batch.clock.monotonic()], False)
    assert (further.ends, further.unused, further.healthy) == ([], 0, False)


def test_a_look_up_that_is_not_allowed_proves_that_the_provider_is_there(batch):
    batch.provider.answers.append(("accept", OutcomeUnknownError("timeout")))
    batch.process(record(1))
    batch.limiter.finished.clear()
    batch.clock.advance(60)
    batch.provider.list_error = PermissionDeniedError("no", status=403)
    assert outcome(batch.process(record(1)), 1).reason == "outcome_unknown"
    assert [finish.healthy for finish in batch.limiter.finished] == [True]


def renewed(batch):
    """The same batch after its limiter was replaced."""
    batch.service._limiter = batch.limiter
    batch.delivery._limiter = batch.limiter
    return batch


def test_the_second_record_of_a_mail_makes_no_request_more(batch):
    twin = replace(record(1), message_id="m-2")
    results = batch.process(record(1), twin)
    assert [outcome(results, number).how for number in (1, 2)] == ["call", "ledger"]
    assert ends(batch) == [1]

"""What a round does with mails of unknown outcome."""

from __future__ import annotations

from itertools import pairwise

import pytest

from formarelay.claims import MailState, OnUnknown
from formarelay.errors import (
    ConnectionFailedError,
    CredentialError,
    InvalidRequestError,
    PermissionDeniedError,
    RateLimitedError,
    ServerError,
    TransientError,
    UnexpectedResponseError,
)
from settle_unknown.service import Round
from tests.support.sweeping import CALL, LEASE, PAUSE, START, Sweeping, mail

HOUR = 3600.0


@pytest.fixture
def world():
    return Sweeping()


def found(result: Round) -> list[tuple[str, str]]:
    return [(each.relay_id, email_id) for each, email_id in result.sent]


def test_a_round_without_open_questions_asks_the_provider_nothing(world):
    world.call(1, MailState.SENT)
    result = world.run()
    assert result == Round()
    assert (world.list.requests, world.slots.finished, world.mails.saved) == ([], [], [])


@pytest.mark.parametrize("state", [MailState.UNKNOWN, None])
def test_a_mail_in_the_list_is_sent_with_the_id_of_the_provider(world, state):
    world.call(1, state)
    world.list.accept(1, at=START + 1)
    result = world.run()
    assert found(result) == [(mail(1).relay_id, "em_1")]
    assert (world.entry(1).state, world.entry(1).email_id) == (MailState.SENT, "em_1")
    assert (result.found, result.left, result.oldest_seconds, result.stopped) == (1, 0, 0.0, "")


@pytest.mark.parametrize("state", [MailState.UNKNOWN, None])
def test_a_mail_that_is_proven_absent_is_open_and_the_next_delivery_claims_it(world, state):
    world.call(1, state)
    world.list.accept(2, at=START + 1)
    result = world.run()
    assert (result.opened, result.left, world.state(1)) == (1, 0, MailState.OPEN)
    world.call(1, MailState.SENT)


def test_with_hold_an_absent_mail_stays_unknown_and_is_asked_for_once():
    world = Sweeping(OnUnknown.HOLD)
    world.call(1, None)
    first = world.run()
    assert (first.opened, first.held, first.left, world.state(1)) == (0, 1, 1, MailState.UNKNOWN)
    requests = len(world.list.requests)
    second = world.run()
    assert (second.held, second.left, len(world.list.requests)) == (1, 1, requests)
    assert second.oldest_seconds == pytest.approx(4 * HOUR, abs=5)


def test_with_hold_a_mail_in_the_list_is_sent():
    world = Sweeping(OnUnknown.HOLD)
    world.call(1)
    world.list.accept(1, at=START)
    assert found(world.run()) == [(mail(1).relay_id, "em_1")]


def test_what_was_held_is_asked_for_again_when_the_deployment_decides_to_resend():
    world = Sweeping(OnUnknown.HOLD)
    world.call(1)
    world.run()
    world.policy = Sweeping().policy
    world.sweep = world.with_policy(world.policy)
    assert (world.run().opened, world.state(1)) == (1, MailState.OPEN)


def test_the_last_hour_is_left_to_the_redelivery(world):
    world.call(1)
    assert world.run(later_seconds=HOUR) == Round()
    assert world.run(later_seconds=0.001).found == 1


def test_the_list_is_asked_from_the_first_call_to_the_end_of_the_last_with_room_for_clocks(world):
    world.call(1, MailState.OPEN)
    world.clock.advance(500)
    world.call(1, None)
    world.run()
    ((_, since, until),) = world.list.requests
    assert (since, until) == (START - 300, START + 500 + LEASE + 300)


def test_a_mail_without_its_metadata_proves_no_absence(world):
    world.call(1)
    world.list.accept(9, at=START, marked=False)
    result = world.run()
    assert (result.unprovable, result.opened, result.left) == (1, 0, 1)
    assert world.state(1) is MailState.UNKNOWN


def test_a_mail_is_found_beside_others_without_metadata(world):
    world.call(1)
    world.list.accept(9, at=START, marked=False)
    world.list.accept(1, at=START)
    assert (len(world.run().sent), world.state(1)) == (1, MailState.SENT)


def test_mails_of_one_time_share_one_list_and_others_have_their_own(world):
    for number in (1, 2, 3):
        world.call(number)
    world.clock.advance(5 * HOUR)
    world.call(4)
    world.list.accept(2, at=START)
    result = world.run()
    assert (result.opened, found(result)) == (3, [(mail(2).relay_id, "em_2")])
    assert len(world.list.requests) == 2


def test_all_pages_are_read_before_absence_is_believed(world):
    world.call(1)
    world.list.page_size = 2
    for number in range(10, 15):
        world.list.accept(number, at=START)
    world.list.accept(1, at=START + 1)
    assert len(world.run().sent) == 1
    assert len(world.list.requests) == 3


def test_the_list_is_left_when_all_are_found(world):
    world.call(1)
    world.list.page_size = 1
    world.list.accept(1, at=START)
    world.list.accept(2, at=START)
    world.run()
    assert len(world.list.requests) == 1
    (finish,) = world.slots.finished
    assert (len(finish.ends), finish.healthy) == (1, True)


def test_each_request_has_a_slot_and_a_pause_before_it(world):
    world.call(1)
    world.list.page_size = 1
    for number in (10, 11, 12):
        world.list.accept(number, at=START)
    world.run()
    times = [at for at, _, _ in world.list.requests]
    assert [later - earlier for earlier, later in pairwise(times)] == [pytest.approx(PAUSE)] * 2
    assert [len(finish.ends) for finish in world.slots.finished] == [1, 1, 1]


def test_a_worker_that_settles_meanwhile_wins(world):
    claim = world.call(1)
    world.list.accept(1, at=START)
    world.list.before_answer = lambda: world.ledger.settle(
        mail(1), claim_id=claim.claim_id, state=MailState.SENT, email_id="em_w"
    )
    result = world.run()
    assert (result.sent, result.overtaken, result.left) == ([], 1, 0)
    assert world.entry(1).email_id == "em_w"


@pytest.mark.parametrize("on_unknown", OnUnknown)
def test_a_worker_that_claims_meanwhile_keeps_its_claim(on_unknown):
    world = Sweeping(on_unknown)
    claim = world.call(1)

    def redelivered():
        world.ledger.settle(mail(1), claim_id=claim.claim_id, state=MailState.OPEN)
        world.call(1, None)

    world.list.before_answer = redelivered
    result = world.run()
    assert (result.opened, result.held, result.overtaken) == (0, 0, 1)
    assert world.entry(1).state is MailState.CLAIMED
    assert world.entry(1).claim_id != claim.claim_id


def test_a_key_that_may_not_read_changes_nothing_and_ends_the_round(world):
    world.call(1)
    world.clock.advance(5 * HOUR)
    world.call(2)
    world.list.errors = [PermissionDeniedError("no", status=403)]
    result = world.run()
    assert (result.unprovable, result.left, len(world.list.requests)) == (1, 2, 1)
    assert result.stopped == "the API key lacks emails:read, so the provider's list is closed to us"
    assert {world.state(1), world.state(2)} == {MailState.UNKNOWN}


@pytest.mark.parametrize(
    "error",
    [
        ServerError("broken", status=503),
        ConnectionFailedError("refused"),
        CredentialError("no", status=401),
        RateLimitedError("slow down", retry_after_seconds=7.0, status=429),
    ],
    ids=lambda error: type(error).__name__,
)
def test_a_provider_that_fails_changes_nothing_and_ends_the_round(world, error):
    world.call(1)
    world.clock.advance(5 * HOUR)
    world.call(2)
    world.list.errors = [error]
    result = world.run()
    assert (result.left, result.stopped, len(world.list.requests)) == (2, str(error), 1)
    assert {world.state(1), world.state(2)} == {MailState.UNKNOWN}
    (finish,) = world.slots.finished
    # A 5xx came back, so its slot has an end; what was throttled is no sign of health.
    assert (len(finish.ends), finish.healthy) == (1, isinstance(error, CredentialError))


def test_a_request_without_an_answer_keeps_its_slot_until_it_lapses(world):
    world.call(1)
    world.list.errors = [UnexpectedResponseError("cut off")]
    world.run()
    (finish,) = world.slots.finished
    assert (finish.ends, finish.unused, finish.healthy) == ([], 0, False)


def test_a_throttle_closes_the_gate_for_everybody(world):
    world.call(1)
    world.list.errors = [RateLimitedError("slow down", retry_after_seconds=7.0, status=429)]
    world.run()
    refused = world.slots.reserve(1)
    assert (refused.granted, refused.reason, refused.wait_seconds) == (0, "throttled", 7.0)


@pytest.mark.parametrize(
    "error", [InvalidRequestError("no", status=400), UnexpectedResponseError("repeats", status=200)]
)
def test_a_list_that_cannot_be_read_to_its_end_leaves_the_other_times_to_be_asked(world, error):
    world.call(1)
    world.clock.advance(5 * HOUR)
    world.call(2)
    world.list.errors = [error]
    result = world.run()
    assert (result.unprovable, result.opened, result.left) == (1, 1, 1)
    assert {world.state(1), world.state(2)} == {MailState.UNKNOWN, MailState.OPEN}


def test_what_was_found_before_a_failure_is_settled(world):
    world.call(1)
    world.call(2)
    world.list.page_size = 1
    world.list.accept(1, at=START)
    world.list.accept(3, at=START)
    world.list.errors = [None, ServerError("broken", status=500)]
    result = world.run()
    assert (len(result.sent), world.state(1), world.state(2)) == (
        1,
        MailState.SENT,
        MailState.UNKNOWN,
    )


def test_a_slot_that_becomes_free_soon_is_waited_for():
    world = Sweeping(configured_limit=1)
    world.call(1)
    world.clock.advance(7200)
    taken = world.slots.reserve(1)
    world.slots.finish(taken, ends=[world.clock.monotonic()])
    world.clock.advance(56)
    free_at = world.clock.wall() + 4
    assert world.run(later_seconds=0).opened == 1
    assert [at for at, _, _ in world.list.requests] == [pytest.approx(free_at, abs=0.01)]


def test_a_closed_gate_ends_the_round_without_a_request(world):
    world.call(1)
    world.clock.advance(7200)
    world.slots.close(reason="quota_exhausted", seconds=300)
    result = world.run(later_seconds=0)
    assert (result.stopped, world.list.requests, world.state(1)) == (
        "quota_exhausted",
        [],
        MailState.UNKNOWN,
    )


def test_no_slot_ends_the_round_without_a_request(world):
    world.call(1)
    world.slots.room = 0
    result = world.run()
    assert (result.stopped, world.list.requests, result.left) == ("rate_limited", [], 1)


def test_a_slot_that_does_not_hold_any_more_is_given_back_unused(world, monkeypatch):
    world.call(1)
    monkeypatch.setattr(world.slots, "may_start", lambda *_, **__: False)
    result = world.run()
    assert (result.stopped, world.list.requests) == ("slot_lost", [])
    (finish,) = world.slots.finished
    assert (finish.ends, finish.unused) == ([], 1)


def test_no_request_starts_that_may_not_end_in_time(world):
    world.call(1)
    world.seconds = CALL + 10.0 - 0.001
    assert (world.run().stopped, world.list.requests) == ("no_time", [])
    world.seconds = CALL + 10.0
    assert world.run().opened == 1


def test_a_pause_that_does_not_fit_ends_the_round(world):
    world.call(1)
    world.list.page_size = 1
    world.list.accept(10, at=START)
    world.list.accept(11, at=START)
    world.seconds = CALL + 10.0 + PAUSE - 0.001
    result = world.run()
    assert (result.stopped, len(world.list.requests), result.left) == ("no_time", 1, 1)


def test_a_round_that_was_stopped_is_made_good_by_the_next(world):
    for number in range(4):
        world.call(number)
        world.clock.advance(2 * HOUR)
    world.seconds = CALL + 10.0 + PAUSE + 1.0
    left = [world.run().left for _ in range(2)]
    assert left == [2, 0]


def test_a_table_that_is_too_large_for_one_round_is_seen_by_several():
    world = Sweeping(page_items=1)
    for number in range(3):
        world.call(number)
    world.policy = Sweeping().policy
    policies = {name: getattr(world.policy, name) for name in ("call_seconds", "pause_seconds")}
    world.sweep = world.with_policy(
        type(world.policy)(**policies, on_unknown=OnUnknown.RESEND, most_mails=1)
    )
    first = world.run()
    assert (first.found, first.opened, first.stopped) == (1, 1, "table_not_finished")
    assert [world.run().opened for _ in range(2)] == [1, 1]
    assert world.run().stopped == ""
    assert world.mails.saved == ["order-0", "order-1", "order-2", ""]


def test_looking_for_mails_takes_half_of_the_time_at_most():
    world = Sweeping(page_items=1)
    for number in range(100):
        world.call(number)
    page = world.mails.page

    def slow(**arguments):
        world.clock.advance(10)
        return page(**arguments)

    world.mails.page = slow
    world.seconds = 300.0
    result = world.run()
    assert (result.stopped, world.mails.pages, result.opened) == ("table_not_finished", 16, 16)


def test_a_time_that_cannot_be_read_keeps_no_other_from_being_settled(world):
    """A mail that was tried for days has a window of days."""
    world.call(1, MailState.OPEN)
    world.clock.advance(48 * HOUR)
    world.call(1)
    world.call(2)
    world.list.page_size = 1
    for number in range(100, 400):
        world.list.accept(number, at=START + number)
    for _ in range(2):
        result = world.run()
        assert (result.stopped, world.state(1), world.state(2)) == (
            "no_time",
            MailState.UNKNOWN,
            MailState.OPEN,
        )


def test_a_ledger_that_cannot_be_read_fails_the_round(world):
    world.call(1)
    for operation in ("position", "page"):
        world.mails.failing = {operation}
        with pytest.raises(TransientError, match="the ledger cannot be reached"):
            world.run()
    assert world.list.requests == []


@pytest.mark.parametrize("on_unknown", OnUnknown)
def test_a_ledger_that_takes_no_answer_ends_the_round_and_counts_nothing_as_settled(on_unknown):
    world = Sweeping(on_unknown)
    world.call(1)
    world.mails.failing = {"settle", "note_absence"}
    result = world.run()
    assert (result.sent, result.opened, result.held, result.left) == ([], 0, 0, 1)
    assert "the ledger cannot be reached" in result.stopped


@pytest.mark.parametrize("operation", ["reserve", "finish"])
def test_a_limiter_that_fails_sends_no_request_or_costs_speed_alone(world, operation):
    world.call(1)
    world.slots.failing = {operation}
    result = world.run()
    assert result.opened == (operation == "finish")
    assert len(world.list.requests) == (operation == "finish")


def test_the_age_of_the_oldest_is_that_of_its_first_call(world):
    world.call(1)
    world.clock.advance(HOUR)
    world.call(2)
    world.list.errors = [ServerError("broken", status=500)]
    result = world.run()
    assert result.oldest_seconds == pytest.approx(3 * HOUR, abs=1)

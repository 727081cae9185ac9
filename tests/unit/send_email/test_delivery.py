"""One mail, through every way in which a call can end."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from formarelay.claims import MailState, OnUnknown
from formarelay.errors import (
    ConnectionFailedError,
    CredentialError,
    InvalidRequestError,
    NotFoundError,
    OutcomeUnknownError,
    PermissionDeniedError,
    QuotaExhaustedError,
    RateLimitedError,
    SecretUnavailableError,
    ServerError,
    TransientError,
    UnexpectedResponseError,
)
from formarelay.formaloo.models import parse_row
from formarelay.formamail.models import Accepted, BlockedRecipient
from formarelay.identity import identify
from send_email.outcome import Expired, HandedBack, Sent, SetAside
from tests.support.sending import LEASE, SETTLE, START, World


@pytest.fixture
def world():
    return World()


def test_a_mail_is_sent_with_two_writes(world):
    assert world.deliver() == Sent(email_id="em_1", attempts=1, how="call")
    assert world.entry.state is MailState.SENT
    assert world.entry.email_id == "em_1"
    assert world.ledger.writes == 2


def test_a_mail_that_was_sent_is_not_sent_again(world):
    world.deliver()
    assert world.deliver() == Sent(email_id="em_1", attempts=1, how="ledger")
    assert len(world.provider.accepted) == 1
    assert world.ledger.writes == 2


def test_a_mail_that_another_worker_holds_waits_for_its_lease(world):
    world.ledger.claim(identify(world.message()), lease_seconds=30)
    assert world.deliver() == HandedBack(reason="in_flight", wait_seconds=30.0)
    assert world.provider.accepted == []


def test_a_used_key_with_other_content_is_set_aside(world):
    world.deliver()
    outcome = world.deliver(to=[{"email": "grace@example.com"}])
    assert outcome == SetAside(
        reason="idempotency_key_reused",
        detail="idempotencyKey was used before for a mail with other content",
    )
    assert len(world.provider.accepted) == 1


def test_no_call_starts_that_cannot_finish(world):
    world.remaining_seconds = 24.9
    assert world.deliver() == HandedBack(reason="no_time", wait_seconds=0)
    assert world.ledger.entries == {}
    world.remaining_seconds = 25.0
    assert type(world.deliver()) is Sent


def test_a_ledger_that_is_down_before_the_claim_sends_nothing(world):
    world.ledger.failing = {"claim"}
    outcome = world.deliver()
    assert outcome == HandedBack(
        reason="dependency_failed", wait_seconds=10.0, error="claim: the ledger cannot be reached"
    )
    assert world.provider.accepted == []


def test_a_ledger_that_is_down_after_the_call_changes_nothing_for_the_producer(world):
    world.ledger.failing = {"settle"}
    assert world.deliver() == Sent(email_id="em_1", attempts=1, how="call")
    world.ledger.failing = set()
    assert world.deliver() == HandedBack(reason="in_flight", wait_seconds=LEASE)
    world.clock.advance(LEASE + SETTLE)
    assert world.deliver() == Sent(email_id="em_1", attempts=1, how="lookup")
    assert len(world.provider.accepted) == 1


def test_blocked_recipients_are_counted_and_the_mail_is_sent(world):
    world.provider.answers.append(
        Accepted(
            email_id="em_9",
            blocked_recipients=(BlockedRecipient(email="b@example.com", reason="Complaint"),),
        )
    )
    assert world.deliver() == Sent(email_id="em_9", attempts=1, how="call", blocked_recipients=1)


def test_a_mail_whose_every_recipient_is_blocked_is_refused(world):
    world.provider.answers.append(Accepted(email_id="em_9", all_blocked=True))
    assert world.deliver() == SetAside(
        reason="recipients_blocked",
        detail="every recipient is on the provider's suppression list",
        attempts=1,
    )
    assert world.entry.state is MailState.REFUSED


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (InvalidRequestError("no", status=400, code="ERR_VALID_001"), "err_valid_001"),
        (NotFoundError("no", status=404), "status_404"),
        (InvalidRequestError("no", status=422, code=""), "status_422"),
        (InvalidRequestError("not sent: it cannot be encoded"), "invalid_request"),
    ],
)
def test_what_the_provider_refuses_is_set_aside_with_its_code(world, error, reason):
    world.provider.answers.append(error)
    assert world.deliver() == SetAside(reason=reason, detail=str(error), attempts=1)
    assert world.entry.state is MailState.REFUSED


def test_a_refused_mail_is_tried_again_when_it_is_replayed(world):
    world.provider.answers.append(NotFoundError("no", status=404))
    world.deliver()
    assert world.deliver() == Sent(email_id="em_1", attempts=2, how="call")


@pytest.mark.parametrize(
    ("error", "reason", "seconds"),
    [
        (RateLimitedError("slow", status=429, retry_after_seconds=45), "throttled", 45.0),
        (CredentialError("no", status=401), "key_refused", 5.0),
        (SecretUnavailableError("none"), "key_refused", 5.0),
        (PermissionDeniedError("no", status=403), "right_missing", 60.0),
        (QuotaExhaustedError("no", status=402), "quota_exhausted", 300.0),
    ],
)
def test_what_no_mail_is_to_blame_for_closes_the_gate_and_costs_no_attempt(
    world, error, reason, seconds
):
    world.provider.answers.append(error)
    outcome = world.deliver()
    assert outcome == HandedBack(reason=reason, wait_seconds=seconds, error=str(error))
    assert (world.limiter.gate.reason, world.limiter.gate.closed_until) == (reason, START + seconds)
    assert (world.entry.state, world.entry.attempts) == (MailState.OPEN, 0)
    assert world.deliver() == Sent(email_id="em_1", attempts=1, how="call")


def test_a_gate_that_cannot_be_closed_still_hands_the_mail_back(world):
    world.provider.answers.append(RateLimitedError("slow", status=429, retry_after_seconds=45))
    world.limiter.failing = {"close"}
    assert world.deliver() == HandedBack(reason="throttled", wait_seconds=45.0, error="429: slow")
    assert world.entry.state is MailState.OPEN


def test_a_provider_that_cannot_be_reached_is_tried_again_later_and_later(world):
    error = ConnectionFailedError("refused")
    for wait_seconds in (2.0, 4.0, 8.0):
        world.provider.answers.append(error)
        assert world.deliver() == HandedBack(
            reason="not_connected", wait_seconds=wait_seconds, error="refused"
        )
    assert world.deliver() == Sent(email_id="em_1", attempts=4, how="call")


NOT_ACCEPTED = HandedBack(reason="not_accepted", wait_seconds=0)
UNKNOWN = [
    ServerError("failed", status=503),
    OutcomeUnknownError("timeout"),
    UnexpectedResponseError("html", status=201),
    TransientError("something new"),
]


@pytest.mark.parametrize("error", UNKNOWN, ids=lambda error: type(error).__name__)
def test_an_unanswered_call_is_unknown_and_waits_for_the_settle_delay(world, error):
    world.provider.answers.append(error)
    assert world.deliver() == HandedBack(
        reason="outcome_unknown", wait_seconds=SETTLE, error=str(error)
    )
    assert world.entry.state is MailState.UNKNOWN


@pytest.mark.parametrize("error", UNKNOWN, ids=lambda error: type(error).__name__)
def test_a_mail_that_was_accepted_without_an_answer_is_found_and_not_repeated(world, error):
    world.provider.answers.append(("accept", error))
    world.deliver()
    world.clock.advance(SETTLE)
    assert world.deliver() == Sent(email_id="em_1", attempts=1, how="lookup")
    assert world.deliver() == Sent(email_id="em_1", attempts=1, how="ledger")
    assert len(world.provider.accepted) == 1


def test_a_mail_that_was_not_accepted_is_sent_once_the_delay_has_passed(world):
    world.provider.answers.append(ServerError("failed", status=503))
    world.deliver()
    world.clock.advance(SETTLE)
    assert world.deliver() == NOT_ACCEPTED
    assert world.deliver() == Sent(email_id="em_1", attempts=2, how="call")
    assert len(world.provider.accepted) == 1


def test_nobody_looks_before_the_settle_delay_has_passed(world):
    world.provider.answers.append(ServerError("failed", status=503))
    world.deliver()
    world.clock.advance(SETTLE - 1)
    assert world.deliver() == HandedBack(reason="outcome_unknown", wait_seconds=1.0)
    assert world.provider.questions == []


def test_the_look_up_asks_for_the_first_recipient_since_before_the_first_call(world):
    world.provider.answers.append(ServerError("failed", status=503))
    world.deliver()
    world.clock.advance(SETTLE)
    world.deliver()
    assert world.provider.questions == [
        ("ada@example.com", datetime.fromtimestamp(START - 300, UTC))
    ]


def test_a_worker_that_died_leaves_a_claim_that_is_looked_up(world):
    message = world.message()
    world.ledger.claim(identify(message), lease_seconds=LEASE)
    world.clock.advance(LEASE)
    assert world.deliver() == HandedBack(reason="outcome_unknown", wait_seconds=SETTLE)
    world.clock.advance(SETTLE)
    assert world.deliver() == NOT_ACCEPTED
    assert world.deliver() == Sent(email_id="em_1", attempts=2, how="call")


def test_in_hold_mode_an_absent_mail_waits_for_a_person():
    world = World(OnUnknown.HOLD)
    world.provider.answers.append(ServerError("failed", status=503))
    world.deliver()
    world.clock.advance(SETTLE)
    assert world.deliver() == SetAside(
        reason="outcome_unknown",
        detail="the mail is not in the provider's list, and OnUnknown is hold",
        attempts=1,
    )
    assert world.provider.accepted == []


def test_a_key_that_may_not_read_the_list_holds_the_mail(world):
    world.provider.answers.append(ServerError("failed", status=503))
    world.deliver()
    world.clock.advance(SETTLE)
    world.provider.list_error = PermissionDeniedError("no", status=403)
    outcome = world.deliver()
    assert type(outcome) is SetAside
    assert (outcome.reason, outcome.attempts) == ("outcome_unknown", 1)
    assert "emails:read" in outcome.detail
    assert world.provider.accepted == []


def test_a_list_without_metadata_proves_nothing(world):
    world.provider.answers.append(("accept", ServerError("failed", status=503)))
    world.deliver()
    world.provider.lists_metadata = False
    world.clock.advance(SETTLE)
    outcome = world.deliver()
    assert type(outcome) is SetAside
    assert outcome.reason == "outcome_unknown"
    assert len(world.provider.accepted) == 1


def test_other_mail_to_the_same_recipient_is_not_mistaken_for_this_one(world):
    world.deliver(idempotencyKey="another")
    world.provider.answers.append(ServerError("failed", status=503))
    world.deliver()
    world.clock.advance(SETTLE)
    assert world.deliver() == NOT_ACCEPTED
    assert world.deliver() == Sent(email_id="em_2", attempts=2, how="call")


@pytest.mark.parametrize(
    "error",
    [
        ServerError("failed", status=503),
        RateLimitedError("slow", status=429, retry_after_seconds=9),
        CredentialError("no", status=401),
        SecretUnavailableError("none"),
    ],
)
def test_a_list_that_cannot_be_read_now_is_asked_again(world, error):
    world.provider.answers.append(("accept", ServerError("failed", status=503)))
    world.deliver()
    world.clock.advance(SETTLE)
    world.provider.list_error = error
    assert world.deliver() == HandedBack(
        reason="dependency_failed", wait_seconds=10.0, error=str(error)
    )
    world.provider.list_error = None
    assert world.deliver() == Sent(email_id="em_1", attempts=1, how="lookup")


@pytest.mark.parametrize("error", [QuotaExhaustedError("no", status=402)])
def test_an_unforeseen_refusal_of_the_list_never_ends_the_batch(world, error):
    world.provider.answers.append(("accept", ServerError("failed", status=503)))
    world.deliver()
    world.clock.advance(SETTLE)
    world.provider.list_error = error
    assert type(world.deliver()) is HandedBack


def test_a_mail_past_its_time_is_not_sent(world):
    instant = datetime.fromtimestamp(START, UTC).isoformat()
    assert world.deliver(expiresAt=instant) == Expired()
    assert world.provider.accepted == []
    assert (world.entry.state, world.entry.attempts) == (MailState.EXPIRED, 0)
    assert world.deliver(expiresAt=instant) == Expired()


def test_a_mail_before_its_time_is_sent(world):
    instant = datetime.fromtimestamp(START + 1, UTC).isoformat()
    assert type(world.deliver(expiresAt=instant)) is Sent


def test_the_request_is_the_message_with_the_relay_id(world):
    relay_id = identify(world.message()).relay_id
    world.deliver(
        cc=[{"email": "c@example.com"}],
        tags=["billing"],
        metadata={"order": 7},
        headers={"X-Ref": "1"},
        replyTo="help@example.com",
        attachments=[{"filename": "a.txt", "content": "YQ==", "contentType": "text/plain"}],
    )
    (request,) = world.provider.accepted
    assert request.template_id == "welcome"
    assert [(to.email, to.name) for to in request.to] == [("ada@example.com", "Ada")]
    assert [to.email for to in request.cc] == ["c@example.com"]
    assert request.tags == ("billing", f"relay-{relay_id}")
    assert request.metadata == {"order": 7, "relayId": relay_id}
    assert request.headers == {"X-Ref": "1"}
    assert request.reply_to == "help@example.com"
    assert request.variables == {"name": "Ada"}
    (attachment,) = request.attachments
    assert (attachment.filename, attachment.content) == ("a.txt", "YQ==")


ROW = {"formaloo": {"row": "row1", "fields": {"name": "f_name"}}}


def test_variables_come_from_a_row_and_the_message_wins(world):
    world.rows.rows["row1"] = parse_row(
        {"slug": "row1", "data": {"f_name": "Grace", "f_city": "Turin"}}, operation="GET rows"
    )
    world.deliver(variables={}, variablesFrom=ROW)
    world.deliver(variables={"name": "Ada"}, variablesFrom=ROW, idempotencyKey="order-2")
    assert [request.variables for request in world.provider.accepted] == [
        {"name": "Grace"},
        {"name": "Ada"},
    ]


def test_a_row_that_does_not_exist_sets_the_mail_aside(world):
    outcome = world.deliver(variablesFrom=ROW)
    assert outcome == SetAside(
        reason="variables_unavailable", detail="formaloo GET rows/{row}/: not found"
    )
    assert world.entry.state is MailState.REFUSED


def test_a_row_without_the_field_sets_the_mail_aside(world):
    world.rows.rows["row1"] = parse_row({"slug": "row1", "data": {}}, operation="GET rows")
    assert world.deliver(variablesFrom=ROW) == SetAside(
        reason="variables_unavailable", detail="the Formaloo row has no value for field 'f_name'"
    )


@pytest.mark.parametrize(
    "error", [ServerError("failed", status=503), CredentialError("no", status=401)]
)
def test_a_row_that_cannot_be_read_now_waits(world, error):
    world.rows.error = error
    assert world.deliver(variablesFrom=ROW) == HandedBack(
        reason="variables_unavailable", wait_seconds=10.0, error=str(error)
    )
    assert (world.entry.state, world.entry.attempts) == (MailState.OPEN, 0)


@pytest.mark.parametrize(
    ("slow", "sent"), [(20.0, True), (26.0, False)], ids=["within the lease", "too late"]
)
def test_a_row_that_took_too_long_leaves_no_call_that_outlives_the_claim(world, slow, sent):
    world.rows.rows["row1"] = parse_row({"slug": "row1", "data": {"f_name": "G"}}, operation="")
    world.rows.before_answer = lambda: world.clock.advance(slow)
    outcome = world.deliver(variablesFrom=ROW)
    if sent:
        assert type(outcome) is Sent
        return
    assert outcome == HandedBack(reason="no_time", wait_seconds=0)
    assert world.provider.accepted == []
    assert (world.entry.state, world.entry.attempts) == (MailState.OPEN, 0)


def test_a_row_that_used_up_the_invocation_leaves_no_call(world):
    world.rows.rows["row1"] = parse_row({"slug": "row1", "data": {"f_name": "G"}}, operation="")

    def end_of_invocation():
        world.remaining_seconds = 20.0

    world.rows.before_answer = end_of_invocation
    assert world.deliver(variablesFrom=ROW) == HandedBack(reason="no_time", wait_seconds=0)
    assert world.entry.state is MailState.OPEN

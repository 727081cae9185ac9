"""Which ends of a mail are announced, and what is said of them."""

from __future__ import annotations

import pytest

from send_email.announcement import SOURCE, Announcement, announcement_of
from send_email.outcome import Expired, HandedBack, Sent, SetAside
from send_email.record import QueueRecord, Result

AT = 1_800_000_000.25
RELAY_ID = "0123456789abcdef" * 2


def result(outcome, *, relay_id=RELAY_ID, body="{}"):
    record = QueueRecord(message_id="m-1", receipt_handle="secret-handle", body=body)
    return Result(record=record, outcome=outcome, relay_id=relay_id)


def announced(outcome, **arguments):
    return announcement_of(result(outcome, **arguments), idempotency_key="order-1", at=AT)


def detail(outcome, **facts):
    return {
        "version": 1,
        "outcome": outcome,
        "relayId": RELAY_ID,
        "idempotencyKey": "order-1",
        "messageId": "m-1",
        **facts,
        "time": "2027-01-15T08:00:00.250Z",
    }


@pytest.mark.parametrize("how", ["call", "lookup"])
def test_an_accepted_mail_is_announced_with_the_providers_id(how):
    assert announced(Sent(email_id="em_1", attempts=2, how=how)) == Announcement(
        "Email Accepted", detail("accepted", emailId="em_1", attempts=2)
    )


def test_recipients_that_the_provider_left_out_are_counted_not_named():
    sent = Sent(email_id="em_1", attempts=1, how="call", blocked_recipients=3)
    assert announced(sent).detail == detail(
        "accepted", emailId="em_1", attempts=1, blockedRecipients=3
    )


def test_a_mail_that_an_earlier_delivery_sent_is_not_announced_again():
    assert announced(Sent(email_id="em_1", attempts=1, how="ledger")) is None


def test_a_message_that_stays_on_the_queue_is_not_announced():
    assert announced(HandedBack(reason="outcome_unknown", wait_seconds=60)) is None


def test_an_expired_mail_is_announced():
    assert announced(Expired()) == Announcement("Email Expired", detail("expired"))


def test_a_refused_mail_is_announced_with_its_reason_and_without_the_detail():
    aside = SetAside(reason="err_valid_001", detail="to[0].email: ada@example.com", attempts=1)
    assert announced(aside) == Announcement(
        "Email Refused", detail("refused", reason="err_valid_001", attempts=1)
    )


def test_a_mail_that_may_have_been_sent_is_held():
    aside = SetAside(reason="outcome_unknown", detail="the key lacks emails:read", attempts=2)
    assert announced(aside) == Announcement(
        "Email Held", detail("held", reason="outcome_unknown", attempts=2)
    )


def test_a_message_that_cannot_be_read_is_announced_by_its_message_id_alone():
    unread = result(SetAside(reason="not_json", detail="body: no"), relay_id="", body="{")
    assert announcement_of(unread, idempotency_key="", at=AT) == Announcement(
        "Email Refused",
        {
            "version": 1,
            "outcome": "refused",
            "messageId": "m-1",
            "reason": "not_json",
            "attempts": 0,
            "time": "2027-01-15T08:00:00.250Z",
        },
    )


def test_an_event_that_is_led_back_to_the_email_queue_is_not_announced_in_turn():
    body = f'{{"source": "{SOURCE}", "detail-type": "Email Refused", "detail": {{}}}}'
    aside = SetAside(reason="missing_field", detail="message: templateId is required")
    assert announced(aside, relay_id="", body=body) is None
    assert announced(aside, relay_id="", body="{}") is not None


def test_a_mail_that_only_speaks_of_these_events_is_announced():
    aside = SetAside(reason="status_404", detail="no", attempts=1)
    assert announced(aside, body=f'{{"variables": "{SOURCE}"}}') is not None


@pytest.mark.parametrize("reason", ["ada@example.com", "x" * 65, "two words", "a\n", "É"])
def test_a_code_of_the_provider_that_is_no_plain_word_is_not_passed_on(reason):
    assert announced(SetAside(reason=reason, detail="")).detail["reason"] == "other"


def test_a_mail_without_a_key_is_announced_by_its_other_ids():
    sent = result(Sent(email_id="em_1", attempts=1, how="call"))
    said = announcement_of(sent, idempotency_key="", at=AT).detail
    assert "idempotencyKey" not in said
    assert (said["relayId"], said["messageId"]) == (RELAY_ID, "m-1")

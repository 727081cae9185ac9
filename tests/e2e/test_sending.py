"""A producer's messages through the deployed stack, judged by what the provider accepted."""

from __future__ import annotations

import json
import time
import uuid

import pytest

from tests.support.malformed import malformed_bodies
from tests.support.stack import message, repeated


@pytest.fixture
def run():
    return uuid.uuid4().hex[:12]


def relay_ids(emails):
    return [email["metadata"]["relayId"] for email in emails]


def test_a_thousand_messages_are_accepted_once_each(stack, run):
    stack.put(message(run, number) for number in range(1000))
    stack.wait_until(lambda: stack.waiting() == 0, seconds=90)
    emails = stack.accepted(run)
    assert sorted(email["metadata"]["number"] for email in emails) == list(range(1000))
    assert repeated(relay_ids(emails)) == []
    assert stack.dead_letters() == []


def test_malformed_messages_are_set_aside_and_their_neighbours_sent(stack, run):
    malformed = malformed_bodies(run)
    assert len(malformed) == 40
    good = [message(run, number) for number in range(1, 201)]
    mixed = [
        body for five in range(40) for body in [*good[five * 5 : five * 5 + 5], malformed[five][0]]
    ]
    stack.put(mixed)
    stack.wait_until(lambda: stack.waiting() == 0, seconds=60)
    emails = stack.accepted(run)
    assert sorted(email["metadata"]["number"] for email in emails) == list(range(1, 201))
    letters = stack.dead_letters()
    assert sorted((letter["body"], letter["reason"]) for letter in letters) == sorted(malformed)
    assert all(letter["detail"] for letter in letters)
    assert {letter["attempts"] for letter in letters} == {"0"}


def test_a_key_that_is_revoked_and_replaced_while_mail_flows_fails_no_mail(stack, run):
    stack.put(message(run, number) for number in range(250))
    old_id = json.loads(
        stack.secrets.get_secret_value(SecretId=stack.values["FORMA_MAIL_SECRET_ARN"])[
            "SecretString"
        ]
    )["key_id"]
    stack.sandbox("POST", f"/keys/{old_id}/revoke")
    stack.put(message(run, number) for number in range(250, 500))
    new = stack.sandbox("POST", "/keys", json={"name": "successor"})
    stack.secrets.put_secret_value(
        SecretId=stack.values["FORMA_MAIL_SECRET_ARN"],
        SecretString=json.dumps({"api_key": new["apiKey"], "key_id": new["id"]}),
    )
    stack.wait_until(lambda: stack.waiting() == 0, seconds=90)
    emails = stack.accepted(run)
    assert sorted(email["metadata"]["number"] for email in emails) == list(range(500))
    assert repeated(relay_ids(emails)) == []
    assert new["id"] in {email["keyId"] for email in emails}
    assert stack.dead_letters() == []


def test_the_same_mail_put_on_the_queue_again_is_not_sent_again(stack, run):
    stack.put([message(run, 1)] * 3)
    stack.wait_until(lambda: stack.waiting() == 0, seconds=30)
    stack.put([message(run, 1)])
    stack.wait_until(lambda: stack.waiting() == 0, seconds=30)
    assert len(stack.accepted(run)) == 1
    assert stack.dead_letters() == []


def test_a_used_key_with_other_content_is_set_aside(stack, run):
    stack.put([message(run, 1)])
    stack.wait_until(lambda: stack.waiting() == 0, seconds=30)
    other = message(run, 1, to=[{"email": "somebody.else@example.com"}])
    stack.put([other])
    stack.wait_until(lambda: stack.waiting() == 0, seconds=30)
    (letter,) = stack.dead_letters()
    assert (letter["body"], letter["reason"]) == (other, "idempotency_key_reused")
    assert letter["idempotencyKey"].endswith(f"{run}-1")
    assert len(stack.accepted(run)) == 1


@pytest.mark.parametrize(
    "fault",
    ["accept_then_drop", "drop_before_accept", "accept_then_status:503", "status:500", "truncated"],
)
def test_an_answer_that_is_lost_loses_no_mail_and_repeats_none(stack, run, fault):
    stack.sandbox(
        "POST", "/faults", json={"route": "POST /emails/send", "fault": fault, "times": 2}
    )
    stack.put(message(run, number) for number in range(4))
    stack.wait_until(lambda: stack.waiting() == 0, seconds=60)
    emails = stack.accepted(run)
    assert sorted(email["metadata"]["number"] for email in emails) == [0, 1, 2, 3]
    assert stack.dead_letters() == []


def test_a_throttled_provider_is_waited_for(stack, run):
    stack.sandbox(
        "PUT",
        "/profile",
        json={"rate_limit": "strict", "limit_per_minute": 20, "window_seconds": 5},
    )
    stack.put(message(run, number) for number in range(40))
    stack.wait_until(lambda: stack.waiting() == 0, seconds=90)
    emails = stack.accepted(run)
    assert sorted(email["metadata"]["number"] for email in emails) == list(range(40))
    assert stack.dead_letters() == []


def test_variables_can_come_from_a_formaloo_row(stack, run):
    form = stack.sandbox("GET", "/formaloo")["forms"][0]
    source = {"formaloo": {"row": form["rows"][0], "fields": {"firstName": "name"}}}
    stack.put([message(run, 1, variables={}, variablesFrom=source)])
    stack.wait_until(lambda: stack.waiting() == 0, seconds=30)
    assert len(stack.accepted(run)) == 1
    missing = {"formaloo": {"row": "no-such-row", "fields": {"firstName": "name"}}}
    stack.put([message(run, 2, variables={}, variablesFrom=missing)])
    stack.wait_until(lambda: stack.waiting() == 0, seconds=30)
    (letter,) = stack.dead_letters()
    assert letter["reason"] == "variables_unavailable"


def test_an_expired_message_is_not_sent(stack, run):
    stack.put([message(run, 1, expiresAt="2020-01-01T00:00:00Z")])
    stack.wait_until(lambda: stack.waiting() == 0, seconds=30)
    assert stack.accepted(run) == []
    assert stack.dead_letters() == []


def test_an_unknown_template_is_refused_with_the_providers_status(stack, run):
    stack.put([message(run, 1, templateId="no-such-template")])
    stack.wait_until(lambda: stack.waiting() == 0, seconds=30)
    (letter,) = stack.dead_letters()
    assert letter["attempts"] == "1"
    assert "404" in letter["detail"]


def test_a_line_in_the_log_holds_nothing_that_lambda_says_anyway(stack, run):
    stack.put([message(run, 1)])
    stack.wait_until(lambda: stack.waiting() == 0, seconds=30)
    stack.wait_until(lambda: '"message":"sent"' in stack.log_text(), seconds=10)
    lines = [line for line in stack.log_text().splitlines() if '"message":"sent"' in line]
    assert json.loads(lines[-1]).keys() == {
        *("level", "timestamp", "service", "message", "function_request_id"),
        *("message_id", "relay_id", "email_id", "attempts", "how"),
    }


def test_no_key_appears_in_any_log(stack, run):
    secret = json.loads(
        stack.secrets.get_secret_value(SecretId=stack.values["FORMA_MAIL_SECRET_ARN"])[
            "SecretString"
        ]
    )
    stack.put([message(run, 1)])
    stack.wait_until(lambda: stack.waiting() == 0, seconds=30)
    time.sleep(1)
    text = stack.log_text()
    assert "sent" in text
    assert secret["api_key"] not in text
    assert "fm_sk_" not in text
    assert "@example.com" not in text

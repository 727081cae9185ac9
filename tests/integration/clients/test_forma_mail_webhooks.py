"""Webhook subscriptions of Forma Mail's client, and a delivery, against the sandbox."""

from __future__ import annotations

import pytest

from formarelay.errors import InvalidRequestError, NotFoundError
from formarelay.formamail.deliveries import read_event
from tests.contract.sandbox.webhook_receiver import Receiver

URL = "http://127.0.0.1:9/hook"
ROUTE = "PUT /webhook-subscriptions/{id}"


def test_a_subscription_is_made_read_changed_and_ended(mail):
    made = mail.subscriptions.create(URL, ["email.sent"], name="n")
    assert (made.url, made.events, made.name, made.active) == (URL, ("email.sent",), "n", True)
    assert len(made.secret.reveal()) >= 32

    (listed,) = mail.subscriptions.list()
    assert (listed.id, listed.secret) == (made.id, None)
    changed = mail.subscriptions.update(made.id, events=["email.bounced"], active=False)
    assert (changed.events, changed.active, changed.url) == (("email.bounced",), False, URL)
    assert mail.subscriptions.get(made.id).events == ("email.bounced",)

    mail.subscriptions.delete(made.id)
    assert mail.subscriptions.list() == ()
    with pytest.raises(NotFoundError):
        mail.subscriptions.update(made.id, active=True)


def test_a_deletion_may_answer_without_a_body(sandbox, mail):
    sandbox.control("PUT", "/profile", {"webhook_delete_body": False})
    mail.subscriptions.delete(mail.subscriptions.create(URL, ["email.sent"]).id)
    assert mail.subscriptions.list() == ()


@pytest.mark.parametrize("status", [404, 405])
def test_where_put_is_unknown_a_change_goes_by_patch(sandbox, mail, status):
    made = mail.subscriptions.create(URL, ["email.sent"])
    sandbox.control("POST", "/faults", {"route": ROUTE, "fault": f"status:{status}"})

    assert mail.subscriptions.update(made.id, name="new").name == "new"

    requests = sandbox.control("GET", "/requests")["requests"]
    assert [item["method"] for item in requests] == ["POST", "PUT", "PATCH"]


def test_fields_at_fault_are_named(mail):
    with pytest.raises(InvalidRequestError) as caught:
        mail.subscriptions.create("https://example.com/", ["email.read"])
    assert sorted(caught.value.problems) == ["events", "url"]


def test_a_test_event_arrives_and_is_proven(sandbox, mail):
    with Receiver() as receiver:
        made = mail.subscriptions.create(receiver.url, ["email.delivered"])
        mail.subscriptions.send_test(made.id)
        (received,) = receiver.wait_for(1)

    now = sandbox.control("GET", "/clock")["now"]
    event = read_event(received.body, received.signature, secret=made.secret, now=now)
    assert event.type == "email.delivered"
    assert event.key == received.event["id"]

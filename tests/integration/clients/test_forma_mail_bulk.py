"""Batches of Forma Mail's client against the sandbox."""

from __future__ import annotations

import pytest

from formarelay.errors import InvalidRequestError
from formarelay.formamail.bulk import BulkRecipient

PEOPLE = [
    BulkRecipient(email="a@example.com", variables={"name": "A"}, name="A"),
    BulkRecipient(email="b@example.com", variables={}),
]


def test_a_batch_is_taken_and_its_mails_are_found_by_its_metadata(sandbox, mail):
    batch = mail.bulk.send(
        "welcome", PEOPLE, base_variables={"name": "you"}, metadata={"batch": "7"}, tags=["t"]
    )

    assert (batch.batch_id[:6], batch.total_emails, batch.status) == ("batch_", 2, "queued")
    found = list(mail.emails.list())
    assert [(email.to, email.metadata, email.tags) for email in found] == [
        (("b@example.com",), {"batch": "7"}, ("t",)),
        (("a@example.com",), {"batch": "7"}, ("t",)),
    ]
    assert [sent["variables"] for sent in sandbox.accepted()] == [{"name": "A"}, {"name": "you"}]


def test_a_dry_run_judges_and_sends_nothing(sandbox, mail):
    assert mail.bulk.send("welcome", PEOPLE, dry_run=True).total_emails == 2
    assert sandbox.accepted() == []
    assert mail.usage().email.used == 0


def test_the_recipients_at_fault_are_named_and_none_is_sent(sandbox, mail):
    faulty = [*PEOPLE, BulkRecipient(email="none", variables={})]

    with pytest.raises(InvalidRequestError) as caught:
        mail.bulk.send("welcome", faulty)

    assert caught.value.problems == ("recipients[2].email",)
    assert sandbox.accepted() == []

"""What Forma Mail's client can do, against the sandbox, the second witness of the contract."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from formarelay.formamail.models import Attachment, Recipient, SendRequest
from tests.integration.http.sandbox_clients import ADA, MAIL


@pytest.mark.parametrize("prefix", ["/api", "/api/v1"])
@pytest.mark.parametrize("envelope", ["data", "bare"])
@pytest.mark.parametrize("id_field", ["id", "emailId"])
def test_a_mail_is_sent_and_found_again(sandbox, client, prefix, envelope, id_field):
    sandbox.control("PUT", "/profile", {"envelope": envelope, "id_field": id_field})
    forma_mail = client(prefix=prefix)
    request = SendRequest(
        template_id="welcome",
        to=(ADA, Recipient(email="bob@example.com", name="Böb")),
        variables={"firstName": "Ada"},
        tags=("relay", "t_2"),
        metadata={"relayId": "r1"},
    )
    accepted = forma_mail.send(request)
    assert accepted.status == "queued"
    assert accepted.all_blocked is False
    assert accepted.rate is not None
    assert accepted.rate.limit == 100
    (mail,) = sandbox.accepted()
    assert mail["id"] == accepted.email_id
    assert mail["to"] == [{"email": "ada@example.com"}, {"email": "bob@example.com", "name": "Böb"}]

    email = forma_mail.get(accepted.email_id)
    assert email.id == accepted.email_id
    assert email.to == ("ada@example.com", "bob@example.com")
    assert email.metadata == {"relayId": "r1"}
    assert email.tags == ("relay", "t_2")
    since = datetime.now(UTC) - timedelta(minutes=1)
    found = list(forma_mail.list_emails(recipient="ada@example.com", date_from=since))
    assert [email.metadata for email in found] == [{"relayId": "r1"}]


def test_every_field_of_a_mail_is_taken(sandbox, client):
    request = SendRequest(
        template_id="invoice",
        to=(ADA,),
        variables={"firstName": "Ada", "orderNumber": "7", "amount": "1"},
        cc=(Recipient(email="cc@example.com"),),
        bcc=(Recipient(email="bcc@example.com"),),
        reply_to="reply@example.com",
        sender_email="shop@example.com",
        from_name="Shop",
        version="published",
        priority="high",
        scheduled_at=datetime.now(UTC) + timedelta(hours=1),
        headers={"X-Order": "7"},
        tags=("a",),
        metadata={"relayId": "r1", "attempt": "2"},
        attachments=(
            Attachment(filename="a.txt", content_type="text/plain", content="YQ=="),
            Attachment(filename="b.pdf", url="https://example.com/b.pdf"),
        ),
    )
    accepted = client().send(request)
    assert accepted.status == "scheduled"
    assert len(sandbox.accepted()) == 1


def test_pages_show_every_mail_once(sandbox, client):
    sandbox.control("PUT", "/profile", {"rate_limit": "off"})
    forma_mail = client()
    sent = [forma_mail.send(MAIL).email_id for _ in range(23)]
    other = SendRequest(template_id="welcome", to=(Recipient(email="x@example.com"),))
    forma_mail.send(SendRequest(template_id="welcome", to=other.to, variables=MAIL.variables))
    found = [e.id for e in forma_mail.list_emails(recipient="ada@example.com", page_size=5)]
    assert sorted(found) == sorted(sent)
    assert len(found) == 23
    page = forma_mail.list_page(recipient="ada@example.com", page=5, page_size=5)
    assert (len(page.emails), page.total, page.total_pages) == (3, 23, 5)


def test_filters_reach_the_provider(sandbox, client):
    forma_mail = client()
    forma_mail.send(MAIL)
    now = datetime.now(UTC)
    hour = timedelta(hours=1)
    assert list(forma_mail.list_emails(template_id="no-such-template")) == []
    assert list(forma_mail.list_emails(status="bounced")) == []
    assert len(list(forma_mail.list_emails(template_id="welcome"))) == 1
    assert list(forma_mail.list_emails(date_from=now + hour)) == []
    assert list(forma_mail.list_emails(date_to=now - hour)) == []
    assert list(forma_mail.list_emails(recipient="nobody@example.com")) == []
    assert len(list(forma_mail.list_emails(date_from=now - hour, date_to=now + hour))) == 1


def test_usage_follows_the_mails(sandbox, client):
    sandbox.control("PUT", "/profile", {"quota_limit": 10})
    forma_mail = client()
    forma_mail.send(MAIL)
    usage = forma_mail.usage()
    assert (usage.email.used, usage.email.limit, usage.email.remaining) == (1, 10, 9)
    assert usage.email.percent_used == 10
    assert usage.attachment is not None
    assert usage.attachment.used == 0
    assert usage.billing_period == f"{datetime.now(UTC):%Y-%m}-01"


def test_blocked_recipients_are_reported(sandbox, client):
    sandbox.control("PUT", "/profile", {"suppressed": {"ada@example.com": "Hard Bounce"}})
    forma_mail = client()
    accepted = forma_mail.send(MAIL)
    assert accepted.all_blocked is True
    assert accepted.blocked_recipients[0].reason == "Hard Bounce"
    assert accepted.warning
    both = SendRequest(
        template_id="welcome",
        to=(ADA, Recipient(email="bob@example.com")),
        variables=MAIL.variables,
    )
    assert forma_mail.send(both).all_blocked is False

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from formarelay.errors import InvalidRequestError
from formarelay.formamail.emails import Emails
from formarelay.formamail.models import Attachment, Recipient
from formarelay.formamail.recipients import recipients_of
from tests.support.fake_http import FakeHttp
from tests.support.mail_api import mail_api

pytestmark = pytest.mark.disable_socket

ADA = Recipient(email="ada@example.com", name="Ada")


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("ada@example.com", [("ada@example.com", None)]),
        (ADA, [("ada@example.com", "Ada")]),
        ({"email": "ada@example.com"}, [("ada@example.com", None)]),
        ({"email": "ada@example.com", "name": "Ada"}, [("ada@example.com", "Ada")]),
        (
            ["b@example.com", ADA, {"email": "c@example.com"}],
            [("b@example.com", None), ("ada@example.com", "Ada"), ("c@example.com", None)],
        ),
        (iter(["b@example.com"]), [("b@example.com", None)]),
        ([], []),
    ],
)
def test_recipients_are_taken_as_people_write_them(given, expected):
    assert [(one.email, one.name) for one in recipients_of(given, field="to")] == expected


@pytest.mark.parametrize(
    ("given", "place"),
    [
        ("", "to"),
        (7, "to"),
        (None, "to"),
        ({"email": ""}, "to"),
        ({"name": "Ada"}, "to"),
        ({"email": "a@example.com", "nme": "Ada"}, "to"),
        ({"email": "a@example.com", "name": 7}, "to"),
        (["a@example.com", 7], "to[1]"),
        (["a@example.com", ["b@example.com"]], "to[1]"),
        (b"a@example.com", "to[0]"),
    ],
)
def test_what_is_no_recipient_is_refused_by_its_place(given, place):
    with pytest.raises(InvalidRequestError) as caught:
        recipients_of(given, field="to")
    assert caught.value.problems == (place,)
    assert "example.com" not in str(caught.value)


def sent_by(call) -> dict:
    http = FakeHttp().replies(201, json={"id": "m1", "status": "queued"})
    call(mail_api(http).emails)
    (sent,) = http.requests
    assert (sent.method, sent.path) == ("POST", "/api/emails/send")
    return sent.json


def test_what_is_given_is_sent_under_the_providers_names():
    def call(emails: Emails) -> None:
        emails.send(
            "welcome",
            "ada@example.com",
            variables={"n": 1},
            cc="cc@example.com",
            bcc=["b@example.com"],
            sender_email="shop@example.com",
            sender_id="s1",
            from_name="Shop",
            reply_to="r@example.com",
            version="draft",
            priority="high",
            scheduled_at=datetime(2030, 1, 2, 3, 4, 5, tzinfo=UTC),
            headers={"X-A": "b"},
            tags=["t"],
            metadata={"k": "v"},
            attachments=[Attachment(filename="a.txt", content="YQ==")],
        )

    assert sent_by(call) == {
        "templateId": "welcome",
        "to": [{"email": "ada@example.com"}],
        "variables": {"n": 1},
        "cc": [{"email": "cc@example.com"}],
        "bcc": [{"email": "b@example.com"}],
        "senderEmail": "shop@example.com",
        "senderId": "s1",
        "fromName": "Shop",
        "replyTo": "r@example.com",
        "version": "draft",
        "priority": "high",
        "scheduledAt": "2030-01-02T03:04:05Z",
        "headers": {"X-A": "b"},
        "tags": ["t"],
        "metadata": {"k": "v"},
        "attachments": [{"filename": "a.txt", "content": "YQ=="}],
    }


def test_what_is_not_given_is_not_sent_except_the_variables():
    assert sent_by(lambda emails: emails.send("welcome", "ada@example.com")) == {
        "templateId": "welcome",
        "to": [{"email": "ada@example.com"}],
        "variables": {},
    }


def test_a_document_goes_beside_the_other_attachments():
    body = sent_by(
        lambda emails: emails.send_with_document(
            "welcome",
            "ada@example.com",
            kind="pdf",
            document_template_id="invoice-pdf",
            file_name="invoice",
            document_variables={"total": 3},
            attachments=[Attachment(filename="a.txt", content="YQ==")],
        )
    )
    assert body["attachments"] == [
        {"filename": "a.txt", "content": "YQ=="},
        {
            "type": "pdf",
            "templateId": "invoice-pdf",
            "fileName": "invoice",
            "variables": {"total": 3},
        },
    ]


def test_an_instant_without_a_zone_is_refused_before_the_call():
    http = FakeHttp()
    with pytest.raises(InvalidRequestError) as caught:
        mail_api(http).emails.send("welcome", "a@example.com", scheduled_at=datetime(2030, 1, 1))
    assert caught.value.problems == ("scheduledAt",)
    assert http.requests == []

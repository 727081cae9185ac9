from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta, timezone

import pytest

from formarelay.errors import InvalidRequestError, RateLimit, UnexpectedResponseError
from formarelay.formamail.client import FormaMail
from formarelay.formamail.models import (
    Attachment,
    BlockedRecipient,
    Recipient,
    SendRequest,
)
from tests.support.api_keys import FakeKeys
from tests.support.clock import ManualClock
from tests.support.fake_http import FakeHttp

pytestmark = pytest.mark.disable_socket

KEY = "fm_sk_aaaaaaaaaaaaaaaaaaaa"
MINIMAL = SendRequest(template_id="welcome", to=(Recipient(email="ada@example.com"),))
BARE = {"id": "e1", "status": "queued", "message": "queued", "createdAt": "2024-11-19T12:00:00Z"}


def client(http: FakeHttp, **settings) -> FormaMail:
    return FormaMail(http, keys=FakeKeys(KEY), clock=ManualClock(), **settings)


def test_the_smallest_mail_is_one_post():
    http = FakeHttp(service="forma-mail").replies(201, json=BARE)
    client(http).send(MINIMAL, read_timeout_seconds=12)
    (sent,) = http.requests
    assert (sent.method, sent.path, sent.operation) == (
        "POST",
        "/api/emails/send",
        "POST emails/send",
    )
    assert sent.headers["Authorization"] == f"Bearer {KEY}"
    assert sent.json == {
        "templateId": "welcome",
        "to": [{"email": "ada@example.com"}],
        "variables": {},
    }
    assert sent.read_timeout_seconds == 12


def test_every_field_has_the_providers_name():
    request = SendRequest(
        template_id="t",
        to=(Recipient(email="a@x.org", name="A"),),
        variables={"first_name": "Zoë", "nested": {"n": None}},
        cc=(Recipient(email="c@x.org"),),
        bcc=(Recipient(email="b@x.org"),),
        reply_to="r@x.org",
        sender_email="s@x.org",
        from_name="Shop",
        version="draft",
        priority="high",
        scheduled_at=datetime(2030, 1, 31, 9, tzinfo=UTC),
        headers={"X-Order": "7"},
        tags=("a", "b"),
        metadata={"relayId": "r1", "count": 2},
        attachments=(
            Attachment(filename="a.txt", content_type="text/plain", content="YQ=="),
            Attachment(attachment_template_id="att", variables={"n": 1}),
            Attachment(type="pdf", template_id="t2", file_name="invoice"),
        ),
    )
    http = FakeHttp().replies(201, json=BARE)
    client(http).send(request)
    assert http.requests[0].json == {
        "templateId": "t",
        "to": [{"email": "a@x.org", "name": "A"}],
        "variables": {"first_name": "Zoë", "nested": {"n": None}},
        "cc": [{"email": "c@x.org"}],
        "bcc": [{"email": "b@x.org"}],
        "replyTo": "r@x.org",
        "senderEmail": "s@x.org",
        "fromName": "Shop",
        "version": "draft",
        "priority": "high",
        "scheduledAt": "2030-01-31T09:00:00Z",
        "headers": {"X-Order": "7"},
        "tags": ["a", "b"],
        "metadata": {"relayId": "r1", "count": 2},
        "attachments": [
            {"filename": "a.txt", "contentType": "text/plain", "content": "YQ=="},
            {"attachmentTemplateId": "att", "variables": {"n": 1}},
            {"type": "pdf", "templateId": "t2", "fileName": "invoice"},
        ],
    }


@pytest.mark.parametrize(
    "value",
    [math.nan, "\ud800", object(), {("a", "b"): 1}],
    ids=["nan", "surrogate", "object", "k"],
)
def test_variables_without_json_form_are_refused_before_any_call(value):
    http = FakeHttp(service="forma-mail")
    request = SendRequest(template_id="t", to=(Recipient(email="a@x.org"),), variables={"v": value})
    with pytest.raises(InvalidRequestError) as caught:
        client(http).send(request)
    assert type(caught.value) is InvalidRequestError
    assert caught.value.detail.startswith("not sent: ")
    assert http.requests == []


@pytest.mark.parametrize(
    "body",
    [
        BARE,
        {"success": True, "data": BARE},
        {"data": BARE},
        {**BARE, "id": None, "emailId": "e1"},
        {"success": True, "data": {"emailId": "e1", "status": "queued"}},
    ],
    ids=["bare", "enveloped", "data", "emailId", "enveloped emailId"],
)
@pytest.mark.parametrize("status", [200, 201, 202])
def test_every_dialect_of_success_is_understood(status, body):
    accepted = client(FakeHttp().replies(status, json=body)).send(MINIMAL)
    assert (accepted.email_id, accepted.status) == ("e1", "queued")
    assert accepted.blocked_recipients == ()
    assert accepted.all_blocked is False
    assert accepted.warning == ""
    assert accepted.rate is None


def test_an_unknown_status_word_is_passed_on():
    http = FakeHttp().replies(201, json={**BARE, "status": "levitating"})
    assert client(http).send(MINIMAL).status == "levitating"


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>ok</html>",
        b'{"id": "e1"',
        b"[]",
        b'"e1"',
        b"null",
        b"{}",
        b'{"id": ""}',
        b'{"id": null}',
        b'{"id": {"x": 1}}',
        b'{"id": "a b"}',
        b'{"id": "a\\nb"}',
        b'{"data": {}}',
        b'{"data": null, "id": "e1"}',
        b'{"data": [{"id": "e1"}]}',
        b'{"success": false, "id": "e1"}',
        b'{"success": false, "data": {"id": "e1"}}',
        b'{"success": "no", "id": "e1"}',
        b'{"message": "Email queued"}',
    ],
)
def test_a_2xx_that_names_no_mail_is_never_a_success(body):
    http = FakeHttp(service="forma-mail").replies(201, body=body)
    with pytest.raises(UnexpectedResponseError) as caught:
        client(http).send(MINIMAL)
    assert type(caught.value) is UnexpectedResponseError
    assert (caught.value.status, caught.value.operation) == (201, "POST emails/send")


def test_the_rate_limit_is_reported():
    headers = {
        "X-RateLimit-Limit": "100",
        "X-RateLimit-Remaining": "95",
        "X-RateLimit-Reset": "1640995200",
    }
    accepted = client(FakeHttp().replies(201, json=BARE, headers=headers)).send(MINIMAL)
    assert accepted.rate == RateLimit(limit=100, remaining=95, reset_at=1640995200.0)


ADA = {"email": "ada@example.com", "reason": "Hard Bounce", "source": "ses"}


@pytest.mark.parametrize(
    ("to", "blocked", "all_blocked"),
    [
        (["ada@example.com"], [ADA], True),
        (["Ada@Example.com", "ada@example.com"], [ADA], True),
        (["ada@example.com", "bob@example.com"], [ADA], False),
        (["ada@example.com"], ["ADA@example.com"], True),
        (["ada@example.com"], [{"email": "bob@example.com"}], False),
        (["ada@example.com"], [], False),
        (["ada@example.com"], None, False),
        (["ada@example.com"], [7, {}, {"email": 7}], False),
    ],
)
def test_a_mail_whose_every_addressee_is_blocked_is_recognised(to, blocked, all_blocked):
    body = {**BARE, "blockedRecipients": blocked, "warning": "some blocked"}
    request = SendRequest(template_id="t", to=tuple(Recipient(email=email) for email in to))
    accepted = client(FakeHttp().replies(201, json=body)).send(request)
    assert accepted.all_blocked is all_blocked
    assert len(accepted.blocked_recipients) == len(blocked or [])
    assert accepted.warning == "some blocked"


def test_a_blocked_recipient_keeps_its_reason():
    http = FakeHttp().replies(201, json={**BARE, "blockedRecipients": [ADA]})
    assert client(http).send(MINIMAL).blocked_recipients == (
        BlockedRecipient(email="ada@example.com", reason="Hard Bounce", source="ses"),
    )


def test_the_prefix_can_be_the_sdks():
    http = FakeHttp().replies(201, json=BARE)
    client(http, prefix="/api/v1").send(MINIMAL)
    assert http.requests[0].path == "/api/v1/emails/send"


def test_another_zone_is_written_with_its_offset():
    zone = timezone(timedelta(hours=2))
    request = SendRequest(
        template_id="t", to=MINIMAL.to, scheduled_at=datetime(2030, 1, 31, 9, tzinfo=zone)
    )
    http = FakeHttp().replies(201, json=BARE)
    client(http).send(request)
    assert http.requests[0].json["scheduledAt"] == "2030-01-31T09:00:00+02:00"

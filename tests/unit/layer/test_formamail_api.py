"""Bulk, templates, subscriptions, `me` and the key's state, with a scripted provider."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from formarelay.errors import (
    ConnectionFailedError,
    InvalidRequestError,
    NotFoundError,
    OutcomeUnknownError,
    RateLimit,
    ServerError,
    UnexpectedResponseError,
)
from formarelay.formamail.bulk import BulkAttachment, BulkRecipient
from formarelay.formamail.key_check import KeyState
from formarelay.formamail.templates import TemplateVariable
from formarelay.redact import Secret
from tests.support.fake_http import FakeHttp
from tests.support.mail_api import mail_api

pytestmark = pytest.mark.disable_socket

ADA = BulkRecipient(email="ada@example.com", variables={"n": 1})
BATCH = {"batchId": "b1", "status": "queued", "totalEmails": 1, "createdAt": "2030-01-01T00:00:00Z"}
TEMPLATE = {
    "id": "t1",
    "name": "Welcome",
    "type": "email",
    "variables": [{"name": "n", "type": "string", "required": True, "defaultValue": "x"}, "no"],
}
HOOK = {"id": "w1", "url": "https://example.com/x", "events": ["email.sent"], "active": True}
RATE = {"X-RateLimit-Remaining": "7"}


def test_a_batch_is_sent_as_the_sdks_send_it():
    http = FakeHttp().replies(202, json={"success": True, "data": BATCH}, headers=RATE)
    file = BulkAttachment(
        filename="a.pdf",
        attachment_template_id="at",
        base_variables={"x": 1},
        recipient_variable_fields=["n"],
        output_formats=["pdf"],
        required=True,
    )
    batch = mail_api(http).bulk.send(
        "welcome",
        [ADA, BulkRecipient(email="b@example.com", name="B", variables={})],
        base_variables={"shop": "S"},
        attachments=[file],
        batch_name="spring",
        dry_run=True,
        reply_to="r@example.com",
        scheduled_at=datetime(2030, 1, 1, tzinfo=UTC),
        metadata={"k": "v"},
    )
    (sent,) = http.requests
    assert (sent.method, sent.path) == ("POST", "/api/emails/send/bulk")
    assert sent.json == {
        "templateId": "welcome",
        "recipients": [
            {"email": "ada@example.com", "variables": {"n": 1}},
            {"email": "b@example.com", "name": "B", "variables": {}},
        ],
        "baseVariables": {"shop": "S"},
        "attachments": [
            {
                "filename": "a.pdf",
                "attachmentTemplateId": "at",
                "baseVariables": {"x": 1},
                "recipientVariableFields": ["n"],
                "outputFormats": ["pdf"],
                "required": True,
            }
        ],
        "batchName": "spring",
        "dryRun": True,
        "replyTo": "r@example.com",
        "scheduledAt": "2030-01-01T00:00:00Z",
        "metadata": {"k": "v"},
    }
    assert (batch.batch_id, batch.status, batch.total_emails) == ("b1", "queued", 1)
    assert batch.rate == RateLimit(remaining=7)


def test_a_batch_without_options_sends_none():
    http = FakeHttp().replies(201, json=BATCH)
    mail_api(http).bulk.send("welcome", [ADA])
    assert set(http.requests[0].json) == {"templateId", "recipients", "baseVariables"}


@pytest.mark.parametrize("number", [0, 1001])
def test_a_batch_of_none_or_too_many_is_not_sent(number):
    http = FakeHttp()
    with pytest.raises(InvalidRequestError) as caught:
        mail_api(http).bulk.send("welcome", [ADA] * number)
    assert caught.value.problems == ("recipients",)
    assert http.requests == []


def test_a_variable_without_json_form_is_not_sent_and_not_shown():
    http = FakeHttp()
    recipient = BulkRecipient(email="a@example.com", variables={"n": object()})
    with pytest.raises(InvalidRequestError) as caught:
        mail_api(http).bulk.send("welcome", [recipient])
    assert http.requests == []
    assert "object at" not in str(caught.value)
    assert (caught.value.__context__, caught.value.__cause__) == (None, None)


@pytest.mark.parametrize("body", [{}, {"batchId": ""}, {"batchId": 7}, {"data": []}])
def test_an_answer_without_a_batch_is_no_success(body):
    with pytest.raises(UnexpectedResponseError):
        mail_api(FakeHttp().replies(201, json=body)).bulk.send("welcome", [ADA])


def test_a_lost_batch_is_not_repeated():
    http = FakeHttp().fails(OutcomeUnknownError)
    with pytest.raises(OutcomeUnknownError):
        mail_api(http).bulk.send("welcome", [ADA])
    assert len(http.requests) == 1


def test_templates_are_read_and_listed_by_type():
    page = {"data": [TEMPLATE], "meta": {"total": 2, "totalPages": 2}}
    second = {"data": [{**TEMPLATE, "id": "t2"}], "meta": {"total": 2, "totalPages": 2}}
    http = FakeHttp().replies(200, json=page).replies(200, json=second)
    found = list(mail_api(http).templates.list(kind="email", page_size=1))
    assert [template.id for template in found] == ["t1", "t2"]
    assert found[0].variables == (
        TemplateVariable(name="n", type="string", required=True, default="x"),
    )
    assert [sent.params for sent in http.requests] == [
        {"type": "email", "limit": 1, "page": 1},
        {"type": "email", "limit": 1, "page": 2},
    ]
    one = mail_api(FakeHttp().replies(200, json={"data": TEMPLATE}, headers=RATE))
    assert one.templates.get("t/1").rate == RateLimit(remaining=7)


@pytest.mark.parametrize("identifier", ["", ".", "..", "\ud800"])
def test_what_is_no_id_names_no_other_route(identifier):
    http = FakeHttp()
    api = mail_api(http)
    for call in (api.templates.get, api.subscriptions.get, api.subscriptions.delete):
        with pytest.raises(InvalidRequestError):
            call(identifier)
    assert http.requests == []


def test_a_subscription_is_made_and_its_secret_kept_from_view():
    http = FakeHttp().replies(201, json={"data": {**HOOK, "secret": "whsec_1"}})
    made = mail_api(http).subscriptions.create("https://example.com/x", ["email.sent"], name="n")
    (sent,) = http.requests
    assert (sent.method, sent.path) == ("POST", "/api/v1/webhook-subscriptions")
    assert sent.json == {"url": "https://example.com/x", "events": ["email.sent"], "name": "n"}
    assert made.secret == Secret("whsec_1")
    assert "whsec" not in repr(made)
    assert "example.com" not in repr(made)


@pytest.mark.parametrize("status", [404, 405])
def test_an_update_falls_back_from_put_to_patch(status):
    http = FakeHttp().replies(status, json={}).replies(200, json=HOOK)
    changed = mail_api(http).subscriptions.update("w1", active=False)
    assert [(sent.method, sent.json) for sent in http.requests] == [
        ("PUT", {"active": False}),
        ("PATCH", {"active": False}),
    ]
    assert changed.id == "w1"


@pytest.mark.parametrize(("status", "error"), [(400, InvalidRequestError), (500, ServerError)])
def test_an_update_falls_back_for_nothing_else(status, error):
    http = FakeHttp().replies(status, json={})
    with pytest.raises(error):
        mail_api(http).subscriptions.update("w1", active=False)
    assert len(http.requests) == 1


def test_an_update_of_nothing_that_exists_is_not_found():
    with pytest.raises(NotFoundError):
        mail_api(FakeHttp().replies(404, times=2)).subscriptions.update("w1", name="n")


@pytest.mark.parametrize("answer", [{"status": 204}, {"status": 200, "json": {"deleted": True}}])
def test_subscriptions_are_listed_tried_and_ended(answer):
    http = FakeHttp().replies(200, json={"data": [HOOK, {**HOOK, "id": "w2"}]})
    api = mail_api(http.replies(200, json={}).replies(**answer))
    assert [hook.id for hook in api.subscriptions.list()] == ["w1", "w2"]
    api.subscriptions.send_test("w1")
    api.subscriptions.delete("w1")
    assert [(sent.method, sent.path) for sent in http.requests[1:]] == [
        ("POST", "/api/v1/webhook-subscriptions/w1/test"),
        ("DELETE", "/api/v1/webhook-subscriptions/w1"),
    ]


def test_me_is_asked_for_under_the_sdks_prefix():
    owner = {"id": "u1", "email": "o@example.com", "teamId": "t1"}
    http = FakeHttp().replies(200, json={"success": True, "data": owner}, headers=RATE)
    me = mail_api(http).me()
    assert http.requests[0].path == "/api/v1/me"
    assert (me.id, me.email, me.name, me.team_id) == ("u1", "o@example.com", "", "t1")
    assert me.rate == RateLimit(remaining=7)


@pytest.mark.parametrize(
    ("http", "state"),
    [
        (FakeHttp().replies(200, json={"email": {"used": 1}}), KeyState.VALID),
        (FakeHttp().replies(403, json={"code": "FORBIDDEN"}), KeyState.VALID),
        (FakeHttp().replies(401, json={"code": "API_KEY_REVOKED"}), KeyState.REJECTED),
        (FakeHttp().replies(500), KeyState.UNKNOWN),
        (FakeHttp().replies(429), KeyState.UNKNOWN),
        (FakeHttp().replies(200, body="<html>"), KeyState.UNKNOWN),
        (FakeHttp().fails(ConnectionFailedError), KeyState.UNKNOWN),
    ],
)
def test_a_key_is_valid_rejected_or_unknown(http, state):
    assert mail_api(http).key_state() is state

"""A straight message: what every field becomes."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from rich.pretty import pretty_repr

from formarelay.message import (
    Attachment,
    FormalooVariables,
    Recipient,
    StoredObject,
    VariablesFrom,
    parse_message,
)

MINIMAL: dict[str, Any] = {"templateId": "welcome", "to": [{"email": "ada@example.com"}]}


def test_the_smallest_message_has_empty_defaults() -> None:
    message = parse_message(json.dumps(MINIMAL), message_id="m-1")

    assert message.template_id == "welcome"
    assert message.to == (Recipient("ada@example.com"),)
    assert message.variables == message.headers == message.metadata == {}
    assert (message.cc, message.bcc, message.tags, message.attachments) == ((), (), (), ())
    texts = (message.reply_to, message.sender_email, message.from_name, message.idempotency_key)
    assert texts == (None,) * 4
    choices = (message.version, message.priority, message.scheduled_at, message.expires_at)
    assert choices == (None,) * 4
    assert message.variables_from is None
    assert message.message_id == "m-1"


def test_every_field_arrives() -> None:
    stored = {"bucket": "invoices", "key": "2026/a.pdf", "versionId": "v.1", "sha256": "a" * 64}
    body = MINIMAL | {
        "variables": {"total": 42.5, "lines": [{"sku": "A-1"}], "text": "one\ntwo"},
        "cc": [{"email": "grace@example.com", "name": "Grace"}],
        "bcc": [{"email": "archive@example.com", "name": None}],
        "replyTo": "help@example.com",
        "senderEmail": "shop@example.com",
        "fromName": "Shop",
        "version": "draft",
        "priority": "low",
        "scheduledAt": "2030-01-31T09:00:00+01:00",
        "headers": {"X-Campaign": "spring"},
        "tags": ["order", "eu_west-1"],
        "metadata": {"order": "12", "amount": 4.5, "items": 3, "gift": False},
        "attachments": [{"filename": "a.pdf", "contentType": "application/pdf", "s3": stored}],
        "idempotencyKey": "order 12/ü",
        "expiresAt": "2030-02-01T00:00:00.5Z",
        "variablesFrom": {"formaloo": {"row": "row-1", "fields": {"city": "city_field"}}},
    }

    message = parse_message(json.dumps(body), message_id="m-1")

    assert message.variables == body["variables"]
    assert message.cc == (Recipient("grace@example.com", "Grace"),)
    assert message.bcc == (Recipient("archive@example.com"),)
    assert message.reply_to == "help@example.com"
    assert message.sender_email == "shop@example.com"
    assert message.from_name == "Shop"
    assert message.version == "draft"
    assert message.priority == "low"
    one_hour_east = timezone(timedelta(hours=1))
    assert message.scheduled_at == datetime(2030, 1, 31, 9, tzinfo=one_hour_east)
    assert message.headers == {"X-Campaign": "spring"}
    assert message.tags == ("order", "eu_west-1")
    assert message.metadata == {"order": "12", "amount": 4.5, "items": 3, "gift": False}
    assert [type(value) for value in message.metadata.values()] == [str, float, int, bool]
    assert message.attachments == (
        Attachment(
            filename="a.pdf",
            content_type="application/pdf",
            s3=StoredObject(bucket="invoices", key="2026/a.pdf", version_id="v.1", sha256="a" * 64),
        ),
    )
    assert message.idempotency_key == "order 12/ü"
    assert message.expires_at == datetime(2030, 2, 1, microsecond=500_000, tzinfo=UTC)
    assert message.variables_from == VariablesFrom(
        formaloo=FormalooVariables(row="row-1", fields={"city": "city_field"})
    )


def test_null_is_the_same_as_left_out_for_every_optional_field() -> None:
    optional = [
        "variables", "cc", "bcc", "replyTo", "senderEmail", "fromName", "version", "priority",
        "scheduledAt", "headers", "tags", "metadata", "attachments", "idempotencyKey", "expiresAt",
        "variablesFrom",
    ]  # fmt: skip

    message = parse_message(json.dumps(MINIMAL | dict.fromkeys(optional)), message_id="m-1")

    assert message == parse_message(json.dumps(MINIMAL), message_id="m-1")


def test_a_frozen_message_cannot_be_changed() -> None:
    message = parse_message(json.dumps(MINIMAL), message_id="m-1")

    with pytest.raises(AttributeError):
        message.template_id = "other"  # type: ignore[misc]  # the point of the test


def test_the_key_of_the_producer_comes_before_the_message_id_and_never_meets_it() -> None:
    with_key = parse_message(json.dumps(MINIMAL | {"idempotencyKey": "m-1"}), message_id="m-2")
    posing = parse_message(
        json.dumps(MINIMAL | {"idempotencyKey": "message:m-1"}), message_id="m-3"
    )
    without_key = parse_message(json.dumps(MINIMAL), message_id="m-1")

    assert with_key.effective_key == "key:m-1"
    assert posing.effective_key == "key:message:m-1"
    assert without_key.effective_key == "message:m-1"


def test_no_text_form_of_a_message_shows_its_content() -> None:
    body = MINIMAL | {"variables": {"secret": "s3cret"}, "cc": [{"email": "grace@example.com"}]}
    message = parse_message(json.dumps(body), message_id="m-1")

    shown = f"{message} {message!r} {message.to} {pretty_repr(message)} {pretty_repr(message.to)}"

    assert "<EmailMessage 'm-1'>" in shown
    assert "@" not in shown
    assert "s3cret" not in shown

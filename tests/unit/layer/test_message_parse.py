"""A straight message: what every field becomes, and what each broken type or length is called."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from rich.pretty import pretty_repr

from formarelay.errors import MalformedMessageError
from formarelay.message import (
    Attachment,
    FormalooVariables,
    Recipient,
    StoredObject,
    VariablesFrom,
    parse_message,
)

MINIMAL: dict[str, Any] = {"templateId": "welcome", "to": [{"email": "ada@example.com"}]}


def refusal(**fields: Any) -> tuple[str, str]:
    with pytest.raises(MalformedMessageError) as caught:
        parse_message(json.dumps(MINIMAL | fields), message_id="m-1")
    assert type(caught.value) is MalformedMessageError
    return caught.value.reason, caught.value.detail


def test_the_smallest_message_has_empty_defaults() -> None:
    message = parse_message(json.dumps(MINIMAL), message_id="m-1")

    assert message.template_id == "welcome"
    assert message.to == (Recipient("ada@example.com"),)
    assert message.variables == message.headers == message.metadata == {}
    assert message.cc == message.bcc == message.tags == message.attachments == ()
    assert message.reply_to is message.sender_email is message.from_name is None
    assert message.version is message.priority is message.scheduled_at is None
    assert message.idempotency_key is message.expires_at is message.variables_from is None
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


@pytest.mark.parametrize(
    ("fields", "reason", "detail"),
    [
        ({"templateId": 7}, "wrong_type", "templateId: must be str, not int"),
        ({"templateId": None}, "wrong_type", "templateId: must be str, not null"),
        ({"templateId": ""}, "invalid_value", "templateId: must have at least 1 characters"),
        ({"to": None}, "wrong_type", "to: must be array, not null"),
        ({"to": {"email": "a@b.c"}}, "wrong_type", "to: must be array, not object"),
        ({"to": ["a@b.c"]}, "wrong_type", "to[0]: must be object, not str"),
        ({"to": [{"email": "a@b.c"}, {}]}, "missing_field", "to[1]: email is required"),
        ({"to": []}, "invalid_value", "to: must have at least 1 items"),
        ({"variables": []}, "wrong_type", "variables: must be object, not array"),
        ({"headers": {"X-A": 1}}, "wrong_type", "headers[...]: must be str, not int"),
        ({"tags": "order"}, "wrong_type", "tags: must be array, not str"),
        ({"tags": [True]}, "wrong_type", "tags[0]: must be str, not bool"),
        (
            {"metadata": {"a": None}},
            "wrong_type",
            "metadata[...]: must be bool | int | float | str, not null",
        ),
        (
            {"headers": {"X-" + "a" * 75: "v"}},
            "invalid_value",
            "headers (a key): must have at most 76 characters",
        ),
        (
            {"scheduledAt": 1767225600},
            "wrong_type",
            "scheduledAt: must be datetime | null, not int",
        ),
        (
            {"priority": "urgent"},
            "invalid_value",
            "priority: is none of the values allowed by the schema",
        ),
        (
            {"version": "3"},
            "invalid_value",
            "version: is none of the values allowed by the schema",
        ),
        ({"priority": 1}, "wrong_type", "priority: must be str | null, not int"),
        (
            {"idempotencyKey": ""},
            "invalid_value",
            "idempotencyKey: must have at least 1 characters",
        ),
        (
            {"idempotencyKey": "k" * 257},
            "invalid_value",
            "idempotencyKey: must have at most 256 characters",
        ),
        ({"subject": "x"}, "unknown_field", "message: has an unknown field 'subject'"),
        ({"subject": None}, "unknown_field", "message: has an unknown field 'subject'"),
        ({"template_id": "x"}, "unknown_field", "message: has an unknown field 'template_id'"),
        ({"messageId": "m-9"}, "unknown_field", "message: has an unknown field 'messageId'"),
        ({"messageId": None}, "unknown_field", "message: has an unknown field 'messageId'"),
        (
            {"to": [{"email": "a@b.c", "n\x1b[31m\u202e": 1}]},
            "unknown_field",
            "to[0]: has an unknown field 'n\\x1b[31m\\u202e'",
        ),
        (
            {"x" * 200: 1},
            "unknown_field",
            f"message: has an unknown field '{'x' * 64}...'",
        ),
        ({"variablesFrom": {}}, "missing_field", "variablesFrom: formaloo is required"),
        (
            {"variablesFrom": {"formaloo": {"row": "r", "fields": {}}}},
            "invalid_value",
            "variablesFrom.formaloo.fields: must have at least 1 items",
        ),
        (
            {"attachments": [{}] * 11},
            "invalid_value",
            "attachments: must have at most 10 items",
        ),
    ],
)
def test_a_broken_contract_is_named(fields: dict[str, Any], reason: str, detail: str) -> None:
    assert refusal(**fields) == (reason, detail)


@pytest.mark.parametrize("field", ["templateId", "to"])
def test_required_fields(field: str) -> None:
    body = {name: value for name, value in MINIMAL.items() if name != field}

    with pytest.raises(MalformedMessageError) as caught:
        parse_message(json.dumps(body), message_id="m-1")

    assert caught.value.reason == "missing_field"
    assert caught.value.detail == f"message: {field} is required"


def test_fifty_recipients_pass_and_fifty_one_do_not_however_they_are_spread() -> None:
    def some(count: int) -> list[dict[str, str]]:
        return [{"email": f"user{number}@example.com"} for number in range(count)]

    parse_message(json.dumps(MINIMAL | {"to": some(50)}), message_id="m-1")
    parse_message(
        json.dumps(MINIMAL | {"to": some(1), "cc": some(9), "bcc": some(40)}), message_id="m-1"
    )

    together = ("too_many_recipients", "to, cc, bcc: at most 50 recipients together")
    assert refusal(to=some(51)) == ("too_many_recipients", "to: at most 50 recipients")
    assert refusal(to=some(50), cc=some(1)) == together
    assert refusal(to=some(1), cc=some(10), bcc=some(40)) == together
    assert refusal(bcc=some(50)) == ("too_many_recipients", "bcc: at most 49 recipients")


def test_one_tag_is_left_for_the_relay() -> None:
    tags = [f"tag-{number}" for number in range(50)]

    assert len(parse_message(json.dumps(MINIMAL | {"tags": tags[:49]}), message_id="m").tags) == 49
    assert refusal(tags=tags) == ("invalid_value", "tags: must have at most 49 items")

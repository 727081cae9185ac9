"""The fingerprint: equal for the same mail, different for any other, the same next year."""

from __future__ import annotations

import json
from typing import Any

import pytest

from formarelay.message import fingerprint, parse_message

MAIL: dict[str, Any] = {
    "templateId": "welcome",
    "to": [{"email": "ada@example.com", "name": "Ada"}, {"email": "grace@example.com"}],
    "variables": {"b": {"y": 1, "x": [1, 2.5, None, "é"]}, "a": True},
    "scheduledAt": "2030-01-31T09:00:00Z",
    "metadata": {"order": "12", "amount": 1},
    "idempotencyKey": "order-12",
}


def of(body: dict[str, Any] | str, message_id: str = "m-1") -> str:
    text = body if isinstance(body, str) else json.dumps(body)
    return fingerprint(parse_message(text, message_id=message_id))


def test_it_never_changes_between_releases() -> None:
    minimal = {"templateId": "welcome", "to": [{"email": "ada@example.com"}]}

    assert of(minimal) == "96d43346a2e497b0dc45bd468f61fad04e57f17c231969220ec9529a3c07d7be"
    assert of(MAIL) == "c6d80be788f92796fbff7c630d35c0aef946a846f6fe7131691f38d9b077874c"


@pytest.mark.parametrize(
    "same",
    [
        dict(reversed(MAIL.items())),
        MAIL | {"variables": {"a": True, "b": {"x": [1, 2.5, None, "é"], "y": 1}}},
        MAIL | {"to": [{"name": "Ada", "email": "ada@example.com"},
                       {"email": "grace@example.com", "name": None}]},
        MAIL | {"scheduledAt": "2030-01-31T10:00:00+01:00"},
        MAIL | {"scheduledAt": "2030-01-31T09:00:00.000000Z"},
        MAIL | {"cc": [], "headers": {}, "tags": None, "replyTo": None, "attachments": []},
        MAIL | {"idempotencyKey": "order-13"},
        {name: value for name, value in MAIL.items() if name != "idempotencyKey"},
        MAIL | {"expiresAt": "2031-01-01T00:00:00Z"},
    ],
)  # fmt: skip
def test_the_same_mail_has_the_same_fingerprint(same: dict[str, Any]) -> None:
    assert of(same) == of(MAIL)


def test_neither_the_message_id_nor_the_writing_of_the_json_matters() -> None:
    assert of(MAIL, "m-2") == of(MAIL)
    assert of(json.dumps(MAIL, indent=4, ensure_ascii=False)) == of(MAIL)
    assert of(json.dumps(MAIL).replace("welcome", "w\\u0065lcome")) == of(MAIL)


@pytest.mark.parametrize(
    "change",
    [
        {"templateId": "welcome2"},
        {"to": MAIL["to"][:1]},
        {"to": MAIL["to"][::-1]},
        {"to": [{"email": "ada@example.com", "name": "Ada L."}, MAIL["to"][1]]},
        {"cc": [{"email": "eve@example.com"}]},
        {"bcc": [{"email": "eve@example.com"}]},
        {"variables": MAIL["variables"] | {"a": False}},
        {"variables": MAIL["variables"] | {"a": 1}},
        {"variables": {}},
        {"replyTo": "help@example.com"},
        {"senderEmail": "help@example.com"},
        {"fromName": "Shop"},
        {"version": "draft"},
        {"priority": "high"},
        {"scheduledAt": "2030-01-31T09:00:01Z"},
        {"scheduledAt": None},
        {"headers": {"X-A": "1"}},
        {"tags": ["order"]},
        {"metadata": {"order": "13", "amount": 1}},
        {"metadata": {"order": "12", "amount": 1.0}},
        {"attachments": [{"attachmentTemplateId": "t"}]},
        {"variablesFrom": {"formaloo": {"row": "r", "fields": {"a": "b"}}}},
    ],
)
def test_another_mail_has_another_fingerprint(change: dict[str, Any]) -> None:
    assert of(MAIL | change) != of(MAIL)

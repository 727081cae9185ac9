"""Errors name fields and rules; nothing that a producer wrote reaches a log through them."""

from __future__ import annotations

import json
from typing import Any

import pytest

from formarelay.errors import MalformedMessageError
from formarelay.message import parse_message

CANARY = "canary-7f3a"


@pytest.mark.parametrize(
    "fields",
    [
        {"templateId": [CANARY]},
        {"templateId": CANARY + " "},
        {"to": CANARY},
        {"to": [{"email": CANARY}]},
        {"to": [{"email": f"{CANARY}@example.com", "name": f"{CANARY}\n"}]},
        {"replyTo": CANARY},
        {"fromName": CANARY * 100},
        {"version": CANARY},
        {"priority": CANARY},
        {"scheduledAt": CANARY},
        {"expiresAt": CANARY},
        {"headers": {"X-A": CANARY + "\n"}},
        {"tags": [CANARY + " "]},
        {"metadata": {"a": CANARY * 300}},
        {"metadata": {"a": [CANARY]}},
        {"metadata": {CANARY + "\n": 1}},
        {"idempotencyKey": CANARY + "\n"},
        {"attachments": [{"filename": CANARY + "/", "content": "QUJD"}]},
        {"attachments": [{"filename": "a", "content": CANARY}]},
        {"attachments": [{"filename": "a", "url": CANARY}]},
        {"attachments": [{"type": CANARY, "templateId": "a"}]},
        {"variables": {CANARY: "\x00"}},
        {"variablesFrom": {"formaloo": {"row": CANARY + "/", "fields": {"a": "b"}}}},
        {"variablesFrom": {"formaloo": {"row": "r", "fields": {CANARY + "\n": "b"}}}},
    ],
)
def test_no_value_stands_in_an_error(fields: dict[str, Any]) -> None:
    body = {"templateId": "t", "to": [{"email": "ada@example.com"}]} | fields

    with pytest.raises(MalformedMessageError) as caught:
        parse_message(json.dumps(body), message_id="m-1")

    error = caught.value
    assert CANARY not in f"{error} {error!r} {error.detail} {error.reason}"
    assert error.__cause__ is None
    assert error.__suppress_context__ or error.__context__ is None


@pytest.mark.parametrize(
    ("place", "body"),
    [
        ("message", {"x` - at `$\x1b[31m": 1}),
        ("to[0]", {"templateId": "t", "to": [{"email": "a@b.c", "x` - at `$\x1b[31m": 1}]}),
    ],
)
def test_a_field_name_cannot_pose_as_another_place(place: str, body: dict[str, Any]) -> None:
    with pytest.raises(MalformedMessageError) as caught:
        parse_message(json.dumps(body), message_id="m-1")

    assert caught.value.reason == "unknown_field"
    assert caught.value.detail == f"{place}: has an unknown field 'x` - at `$\\x1b[31m'"

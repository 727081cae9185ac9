"""What each broken type, name, length or number of a field is called."""

from __future__ import annotations

import json
from typing import Any

import pytest

from formarelay.errors import MalformedMessageError
from formarelay.message import parse_message

MINIMAL: dict[str, Any] = {"templateId": "welcome", "to": [{"email": "ada@example.com"}]}


def refusal(**fields: Any) -> tuple[str, str]:
    with pytest.raises(MalformedMessageError) as caught:
        parse_message(json.dumps(MINIMAL | fields), message_id="m-1")
    assert type(caught.value) is MalformedMessageError
    return caught.value.reason, caught.value.detail


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

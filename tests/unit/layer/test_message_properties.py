"""Whatever comes in: a message or a `MalformedMessageError`, and nothing else."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from formarelay.errors import MalformedMessageError
from formarelay.message import EmailMessage, Reason, fingerprint, parse_message

SETTINGS = settings(max_examples=50, deadline=None, database=None, derandomize=True)

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4)
    ),
    max_leaves=15,
)
FIELDS = [
    "templateId", "to", "variables", "cc", "bcc", "replyTo", "senderEmail", "fromName", "version",
    "priority", "scheduledAt", "headers", "tags", "metadata", "attachments", "idempotencyKey",
    "expiresAt", "variablesFrom", "Type", "Message", "detail", "detail-type", "source", "Records",
    "messageId", "email", "name", "filename", "content", "url", "s3", "formaloo",
]  # fmt: skip
field_names = st.sampled_from(FIELDS)
shaped_values = st.recursive(
    json_values | st.sampled_from(["ada@example.com", "Notification", "high", "QUJD", "{}", "[]"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(field_names, inner, max_size=4),
    max_leaves=10,
)
words = st.text(
    st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Zl", "Zp"]), max_size=20
)
plain = st.text("abcdefghijklmnopqrstuvwxyz0123456789-_", min_size=1, max_size=12)
recipients = st.builds(
    lambda local, name: {"email": f"{local}@example.com"} | ({"name": name} if name else {}),
    plain,
    words,
)
variables = st.dictionaries(
    st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=8),
    st.recursive(
        st.none()
        | st.booleans()
        | st.integers()
        | st.floats(allow_nan=False, allow_infinity=False)
        | st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=20),
        lambda inner: st.lists(inner, max_size=3),
        max_leaves=8,
    ),
    max_size=6,
)
mails = st.fixed_dictionaries(
    {"templateId": plain, "to": st.lists(recipients, min_size=1, max_size=5)},
    optional={
        "variables": variables,
        "cc": st.lists(recipients, max_size=3),
        "fromName": words,
        "priority": st.sampled_from(["low", "normal", "high"]),
        "tags": st.lists(plain, max_size=5),
        "headers": st.dictionaries(plain.map("X-".__add__), words, max_size=1),
        "metadata": st.dictionaries(plain, words | st.integers() | st.booleans(), max_size=4),
        "idempotencyKey": plain,
    },
)


def verdict(body: str) -> EmailMessage | str:
    """The message or the reason; anything else that is raised fails the test."""
    try:
        return parse_message(body, message_id="m-1")
    except MalformedMessageError as caught:
        error = caught
    assert type(error) is MalformedMessageError
    assert len(error.detail) < 400
    assert error.detail.isprintable()
    return Reason(error.reason)


@SETTINGS
@given(st.text() | st.binary().map(lambda raw: raw.decode("utf-8", "surrogateescape")))
def test_any_text(body: str) -> None:
    assert isinstance(verdict(body), Reason)


@SETTINGS
@given(json_values)
def test_any_json(value: Any) -> None:
    assert isinstance(verdict(json.dumps(value)), Reason)


@SETTINGS
@given(st.dictionaries(field_names, shaped_values, max_size=6))
def test_any_json_with_the_names_of_the_contract(value: Any) -> None:
    assert isinstance(verdict(json.dumps(value)), EmailMessage | Reason)


@SETTINGS
@given(mails, field_names, shaped_values)
def test_a_valid_message_with_one_field_of_anything(
    mail: dict[str, Any], field: str, value: Any
) -> None:
    assert isinstance(verdict(json.dumps(mail | {field: value})), EmailMessage | Reason)


@SETTINGS
@given(mails, st.data())
def test_a_valid_message_cut_short(mail: dict[str, Any], data: st.DataObject) -> None:
    body = json.dumps(mail, ensure_ascii=False)

    assert verdict(body[: data.draw(st.integers(0, len(body) - 1))]) == "not_json"


@SETTINGS
@given(mails, st.booleans())
def test_a_valid_message_arrives_as_it_was_and_through_every_wrapper(
    mail: dict[str, Any], ascii_only: bool
) -> None:
    text = json.dumps(mail, ensure_ascii=ascii_only)

    message = verdict(text)

    assert isinstance(message, EmailMessage)
    assert message.template_id == mail["templateId"]
    assert [{"email": one.email} | ({"name": one.name} if one.name else {}) for one in message.to
            ] == mail["to"]  # fmt: skip
    assert message.variables == mail.get("variables", {})
    assert message.tags == tuple(mail.get("tags", ()))
    assert message.headers == mail.get("headers", {})
    assert message.metadata == mail.get("metadata", {})
    assert message.from_name == mail.get("fromName")
    eventbridge = json.dumps({"detail-type": "t", "source": "s", "detail": mail})
    for inner in (text, eventbridge):
        notification = json.dumps({"Type": "Notification", "Message": inner})
        assert verdict(inner) == verdict(notification) == message
        assert fingerprint(parse_message(notification, message_id="m-2")) == fingerprint(message)


pairs = st.recursive(
    st.sampled_from(['"a"', '"\\u0022"', '"\\""', '"\\\\u0022"', "1", "null"]),
    lambda inner: (
        st.lists(inner, max_size=3).map(lambda parts: f"[{','.join(parts)}]")
        | st.lists(
            st.tuples(
                st.sampled_from(['"a"', '"\\u0061"', '"b"', '"\\""', '"\\u0022"', '""']), inner
            ),
            max_size=4,
        ).map(lambda parts: "{" + ",".join(f"{key}:{value}" for key, value in parts) + "}")
    ),
    max_leaves=12,
)


def repeats_a_key(text: str) -> bool:
    found = False

    def look(items: list[tuple[str, object]]) -> None:
        nonlocal found
        found = found or len({key for key, _ in items}) < len(items)

    json.loads(text, object_pairs_hook=look)
    return found


@settings(SETTINGS, max_examples=200)
@given(pairs)
def test_duplicate_keys_are_found_exactly_when_they_are_there(value: str) -> None:
    body = '{"templateId":"t","to":[{"email":"a@b.c"}],"variables":{"v":' + value + "}}"

    found = verdict(body)

    assert (found == "duplicate_key") is repeats_a_key(body)


def test_the_vocabulary_of_reasons_is_stable() -> None:
    assert sorted(Reason) == [
        "control_character", "duplicate_key", "invalid_unicode", "invalid_value", "missing_field",
        "not_an_object", "not_json", "too_deep", "too_large", "too_many_recipients",
        "unknown_field", "unsupported_wrapper", "wrong_type",
    ]  # fmt: skip
    with pytest.raises(ValueError, match="no_such_reason"):
        Reason("no_such_reason")

"""The rules on single values: addresses, header-bound texts, times, metadata."""

from __future__ import annotations

import json
from typing import Any

import pytest

from formarelay.errors import MalformedMessageError
from formarelay.message import EmailMessage, parse_message

CONTENT = {"filename": "a.pdf", "content": "QUJD"}
STORED = {"bucket": "invoices", "key": "2026/a.pdf", "versionId": "v.1", "sha256": "a" * 64}


def parse(**fields: Any) -> EmailMessage:
    body = {"templateId": "welcome", "to": [{"email": "ada@example.com"}]} | fields
    return parse_message(json.dumps(body), message_id="m-1")


def refusal(**fields: Any) -> tuple[str, str]:
    with pytest.raises(MalformedMessageError) as caught:
        parse(**fields)
    assert type(caught.value) is MalformedMessageError
    where, _, _ = caught.value.detail.partition(": ")
    return caught.value.reason, where


@pytest.mark.parametrize(
    "address",
    [
        "a@b",
        "ada+tag@mail.example.co.uk",
        "o'brien@example.com",
        "first..last.@docomo.example",
        '"ada@home"@example.com',
        '"a\\"b"@example.com',
        "jürgen@bücher.example",
        "用户@例子.广告",
        "a" * 242 + "@example.com",
    ],
)
def test_addresses_that_pass(address: str) -> None:
    message = parse(to=[{"email": address}], replyTo=address, senderEmail=address)

    assert (message.to[0].email, message.reply_to, message.sender_email) == (address,) * 3


@pytest.mark.parametrize(
    "address",
    [
        "ada.example.com",
        "@example.com",
        "ada@",
        "ada@@example.com",
        "ada@home@example.com",
        "ada@.example.com",
        "ada@example..com",
        "ada@example.com.",
        "ada @example.com",
        "ada@example.com ",
        "ada@exam\u200bple.com",
        "ada\ufeff@example.com",
        "ada\u00a0@example.com",
        "ada\u2060@example.com",
        "ada\U000e0041@example.com",
        "ada\u202e@example.com",
        "ada@example.com,eve@example.com",
        "ada@example.com;eve",
        "Ada <ada@example.com>",
        "<ada@example.com>",
        "ada@[127.0.0.1]",
        '"ada@example.com',
        '"a"b"@example.com',
        '"ada home"@example.com',
        "a" * 243 + "@example.com",
    ],
)
def test_addresses_that_are_refused(address: str) -> None:
    assert refusal(to=[{"email": address}]) == ("invalid_value", "to[0].email")
    assert refusal(cc=[{"email": address}]) == ("invalid_value", "cc[0].email")
    assert refusal(bcc=[{"email": address}]) == ("invalid_value", "bcc[0].email")
    assert refusal(replyTo=address) == ("invalid_value", "replyTo")
    assert refusal(senderEmail=address) == ("invalid_value", "senderEmail")


CONTROLS = ["\r\n", "\n", "\r", "\t", "\x0b", "\x1b", "\x7f", "\x80", "\x85", "\u2028", "\u2029"]


@pytest.mark.parametrize("control", CONTROLS)
@pytest.mark.parametrize("at_the_end", [False, True])
def test_control_characters_are_refused_wherever_a_header_is_near(
    control: str, at_the_end: bool
) -> None:
    def with_control(text: str) -> str:
        return text + control if at_the_end else text[:1] + control + text[1:]

    address, word = with_control("ada@example.com"), with_control("word")
    stored_key = {"filename": "a", "s3": STORED | {"key": word}}
    stored_version = {"filename": "a", "s3": STORED | {"versionId": word}}
    formaloo = {"row": "r", "fields": {word: "f"}}
    refused: list[tuple[dict[str, Any], str]] = [
        ({"templateId": word}, "templateId"),
        ({"to": [{"email": address}]}, "to[0].email"),
        ({"cc": [{"email": address}]}, "cc[0].email"),
        ({"bcc": [{"email": address}]}, "bcc[0].email"),
        ({"to": [{"email": "a@b.c", "name": word}]}, "to[0].name"),
        ({"cc": [{"email": "a@b.c", "name": word}]}, "cc[0].name"),
        ({"bcc": [{"email": "a@b.c", "name": word}]}, "bcc[0].name"),
        ({"replyTo": address}, "replyTo"),
        ({"senderEmail": address}, "senderEmail"),
        ({"fromName": word}, "fromName"),
        ({"headers": {with_control("X-Word"): "v"}}, f"headers.{with_control('X-Word')!a}"),
        ({"headers": {"X-Word": word}}, "headers.'X-Word'"),
        ({"tags": ["order", word]}, "tags[1]"),
        ({"metadata": {word: 1}}, "metadata[0].key"),
        ({"metadata": {"a": 1, "b": word}}, "metadata[1].value"),
        ({"idempotencyKey": word}, "idempotencyKey"),
        ({"attachments": [CONTENT | {"filename": word}]}, "attachments[0].filename"),
        ({"attachments": [CONTENT | {"contentType": word}]}, "attachments[0].contentType"),
        ({"attachments": [{"filename": "a", "url": word}]}, "attachments[0].url"),
        ({"attachments": [{"attachmentTemplateId": word}]}, "attachments[0].attachmentTemplateId"),
        ({"attachments": [{"type": "pdf", "templateId": word}]}, "attachments[0].templateId"),
        (
            {"attachments": [{"type": "pdf", "templateId": "t", "fileName": word}]},
            "attachments[0].fileName",
        ),
        ({"attachments": [stored_key]}, "attachments[0].s3.key"),
        ({"attachments": [stored_version]}, "attachments[0].s3.versionId"),
        (
            {"variablesFrom": {"formaloo": {"row": word, "fields": {"a": "b"}}}},
            "variablesFrom.formaloo.row",
        ),
        ({"variablesFrom": {"formaloo": formaloo}}, "variablesFrom.formaloo.fields[0].variable"),
        (
            {"variablesFrom": {"formaloo": {"row": "r", "fields": {"a": word}}}},
            "variablesFrom.formaloo.fields[0].field",
        ),
    ]
    for fields, where in refused:
        assert refusal(**fields) == ("control_character", where)


def test_variables_may_hold_lines_but_no_nul() -> None:
    assert parse(variables={"a": "one\r\ntwo\u2028"}).variables == {"a": "one\r\ntwo\u2028"}
    assert parse(variables={"a": "\\u0000"}).variables == {"a": "\\u0000"}
    assert parse(variables={"a": "\\\\u0000"}).variables == {"a": "\\\\u0000"}
    assert refusal(variables={"a": ["b\x00"]}) == ("control_character", "body")
    assert refusal(variables={"a\x00": 1}) == ("control_character", "body")
    assert refusal(variables={"a": "\\\x00"}) == ("control_character", "body")


@pytest.mark.parametrize(
    "name", ["X-Campaign", "x-a", "List-Unsubscribe", "list-unsubscribe-post", "IN-REPLY-TO"]
)
def test_headers_that_pass(name: str) -> None:
    assert parse(headers={name: "<https://example.com/u>, ü"}).headers == {
        name: "<https://example.com/u>, ü"
    }


@pytest.mark.parametrize(
    "name",
    [
        "From", "from", "Sender", "To", "Cc", "Bcc", "Return-Path", "Reply-To", "Subject", "Date",
        "Content-Type", "Content-Transfer-Encoding", "MIME-Version", "DKIM-Signature", "Received",
        "X-", "X_Campaign", "X-Campaign:", "X-Cam paign", "X-Ümlaut", "List-Unsubscribe-",
    ],
)  # fmt: skip
def test_headers_that_are_refused(name: str) -> None:
    assert refusal(headers={name: "v"}) == ("invalid_value", f"headers.{name!a}")


def test_a_header_may_not_come_twice_in_other_letters() -> None:
    assert refusal(headers={"X-A": "1", "x-a": "2"}) == ("duplicate_key", "headers.'x-a'")


def test_header_values_keep_to_one_line_of_the_mail_format() -> None:
    assert parse(headers={"X-A": "v" * 998}).headers["X-A"] == "v" * 998
    assert refusal(headers={"X-A": "v" * 999}) == ("invalid_value", "headers[...]")
    assert refusal(headers={f"X-{number}": "v" for number in range(51)}) == (
        "invalid_value",
        "headers",
    )


@pytest.mark.parametrize("tag", ["order confirmed", "ördér", "a.b", "a:b", ""])
def test_tags_that_are_refused(tag: str) -> None:
    assert refusal(tags=[tag]) == ("invalid_value", "tags[0]")


def test_metadata_is_small_and_leaves_the_relays_key_alone() -> None:
    fitting = {
        "a": "v" * 998,
        "b": "v" * 998,
        "c": "v" * (2047 - 2 * 998 - len('{"a":"","b":"","c":""}')),
    }
    assert parse(metadata=fitting).metadata == fitting

    assert refusal(metadata=fitting | {"c": fitting["c"] + "v"}) == ("too_large", "metadata")
    assert refusal(metadata={f"key-{n}": "é" * 120 for n in range(9)}) == ("too_large", "metadata")
    assert refusal(metadata={"relayId": "1"}) == ("invalid_value", "metadata[0].key")
    assert refusal(metadata={"": "1"}) == ("invalid_value", "metadata (a key)")
    assert parse(metadata={"relayIdOfMine": "1"}).metadata == {"relayIdOfMine": "1"}


@pytest.mark.parametrize("field", ["scheduledAt", "expiresAt"])
@pytest.mark.parametrize(
    "text",
    [
        "", "tomorrow", "2030-01-31", "2030-01-31T09:00:00", "2030-01-31T09:00Z",
        "2030-02-30T09:00:00Z", "2030-01-31T25:00:00Z", "2030-01-31T09:00:00 CET",
        "2030-01-31T09:00:00Z\n", "0001-01-01T00:00:00+01:00", "9999-12-31T23:59:59-01:00",
    ],
)  # fmt: skip
def test_times_that_are_refused(field: str, text: str) -> None:
    assert refusal(**{field: text}) == ("invalid_value", field)


def test_a_mail_is_not_scheduled_for_when_it_has_expired() -> None:
    at_once = {"scheduledAt": "2030-01-01T01:00:00+01:00", "expiresAt": "2030-01-01T00:00:00Z"}
    assert parse(**at_once).scheduled_at == parse(**at_once).expires_at

    late = at_once | {"scheduledAt": "2030-01-01T00:00:00.001Z"}
    assert refusal(**late) == ("invalid_value", "scheduledAt")


@pytest.mark.parametrize("row", ["a/b", "..", "a b", ""])
def test_the_slug_of_a_row_cannot_leave_its_place_in_a_path(row: str) -> None:
    formaloo = {"row": row, "fields": {"city": "city_field"}}

    assert refusal(variablesFrom={"formaloo": formaloo}) == (
        "invalid_value",
        "variablesFrom.formaloo.row",
    )

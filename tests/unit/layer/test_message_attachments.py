"""Attachments: which shapes pass, and what is wrong with the others."""

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
    "attachment",
    [
        CONTENT,
        CONTENT | {"contentType": "application/pdf", "url": None},
        {"filename": "a b (1).pdf", "url": "https://example.com/a.pdf?x=1"},
        {"filename": "a.pdf", "s3": STORED},
        {"attachmentTemplateId": "atpl_1"},
        {"attachmentTemplateId": "atpl_1", "variables": {"a": [1]}},
        {"type": "pdf", "templateId": "tmpl_1"},
        {"type": "excel", "templateId": "tmpl_1", "fileName": "items", "variables": {}},
    ],
)
def test_attachments_that_pass(attachment: dict[str, Any]) -> None:
    assert len(parse(attachments=[attachment] * 10).attachments) == 10


@pytest.mark.parametrize(
    ("attachment", "reason", "where"),
    [
        ({}, "invalid_value", "attachments[0]"),
        ({"filename": "a.pdf"}, "invalid_value", "attachments[0]"),
        (CONTENT | {"url": "https://example.com/a"}, "invalid_value", "attachments[0]"),
        ({"content": "QUJD"}, "missing_field", "attachments[0]"),
        ({"url": "https://example.com/a"}, "missing_field", "attachments[0]"),
        ({"s3": STORED}, "missing_field", "attachments[0]"),
        ({"templateId": "t"}, "missing_field", "attachments[0]"),
        (CONTENT | {"variables": {}}, "invalid_value", "attachments[0]"),
        (CONTENT | {"type": "pdf"}, "invalid_value", "attachments[0]"),
        ({"attachmentTemplateId": "t", "filename": "a"}, "invalid_value", "attachments[0]"),
        ({"templateId": "t", "type": "pdf", "contentType": "x"}, "invalid_value", "attachments[0]"),
        ({"templateId": "t", "type": "word"}, "invalid_value", "attachments[0].type"),
        (CONTENT | {"content": ""}, "invalid_value", "attachments[0].content"),
        (CONTENT | {"content": "QUJ"}, "invalid_value", "attachments[0].content"),
        (CONTENT | {"content": "QU JD"}, "invalid_value", "attachments[0].content"),
        (CONTENT | {"content": "QUJD\n"}, "invalid_value", "attachments[0].content"),
        (CONTENT | {"content": "QUJé"}, "invalid_value", "attachments[0].content"),
        (CONTENT | {"filename": "../a.pdf"}, "invalid_value", "attachments[0].filename"),
        (CONTENT | {"filename": "a\\b.pdf"}, "invalid_value", "attachments[0].filename"),
        (CONTENT | {"filename": ".."}, "invalid_value", "attachments[0].filename"),
        ({"filename": "a", "url": "http://e.example/a"}, "invalid_value", "attachments[0].url"),
        ({"filename": "a", "url": "file:///etc/passwd"}, "invalid_value", "attachments[0].url"),
        ({"filename": "a", "url": "https://e.example/a b"}, "invalid_value", "attachments[0].url"),
    ],
)
def test_attachments_that_are_refused(attachment: dict[str, Any], reason: str, where: str) -> None:
    assert refusal(attachments=[attachment]) == (reason, where)


@pytest.mark.parametrize(
    ("change", "where"),
    [
        ({"bucket": "Invoices"}, "bucket"),
        ({"bucket": "a/b/c"}, "bucket"),
        ({"bucket": "ab"}, "bucket"),
        ({"key": "../a.pdf"}, "key"),
        ({"key": "a/../b.pdf"}, "key"),
        ({"key": "a/."}, "key"),
        ({"key": "k" * 1025}, "key"),
        ({"versionId": "a b"}, "versionId"),
        ({"versionId": ""}, "versionId"),
        ({"sha256": "A" * 64}, "sha256"),
        ({"sha256": "a" * 63}, "sha256"),
    ],
)
def test_stored_attachments_that_are_refused(change: dict[str, str], where: str) -> None:
    attachment = {"filename": "a.pdf", "s3": STORED | change}

    assert refusal(attachments=[attachment]) == ("invalid_value", f"attachments[0].s3.{where}")


def test_a_stored_attachment_names_its_version_and_hash() -> None:
    for field in STORED:
        rest = {name: value for name, value in STORED.items() if name != field}
        assert refusal(attachments=[{"filename": "a.pdf", "s3": rest}]) == (
            "missing_field",
            "attachments[0].s3",
        )

"""Forma Mail: what a send must be (FM-S8 to FM-S10)."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.testing import Answer, RunningSandbox, bearer


def fields_of(answer: Answer) -> list[str]:
    return [error["field"] for error in answer.json()["relatedInfo"]["errors"]]


def people(count: int, *, name: str = "user") -> list[dict[str, str]]:
    return [{"email": f"{name}{number}@example.com"} for number in range(count)]


@pytest.mark.parametrize(
    ("changes", "fields"),
    [
        ({"to": None}, ["to"]),
        ({"to": []}, ["to"]),
        ({"to": [{"email": "nobody"}]}, ["to[0].email"]),
        ({"to": [{"email": "a@b.co"}, {"name": "x"}]}, ["to[1].email"]),
        ({"to": ["a@b.co"]}, ["to[0]"]),
        ({"to": [{"email": "a@b.co\r\nBcc: c@d.eu"}]}, ["to[0].email"]),
        ({"to": [{"email": "a@b.co", "name": "x\ny"}]}, ["to[0].name"]),
        ({"templateId": None}, ["templateId"]),
        ({"templateId": ""}, ["templateId"]),
        ({"templateId": 7}, ["templateId"]),
        ({"variables": []}, ["variables"]),
        ({"cc": "a@b.co"}, ["cc"]),
        ({"bcc": [{"email": 1}]}, ["bcc[0].email"]),
        ({"replyTo": "nobody"}, ["replyTo"]),
        ({"senderEmail": 5}, ["senderEmail"]),
        ({"fromName": "x\r\ny"}, ["fromName"]),
        ({"priority": "urgent"}, ["priority"]),
        ({"version": True}, ["version"]),
        ({"scheduledAt": "tomorrow"}, ["scheduledAt"]),
        ({"scheduledAt": 5}, ["scheduledAt"]),
        ({"headers": {"X-A": 1}}, ["headers"]),
        ({"headers": {"X-A": "1\n2"}}, ["headers"]),
        ({"metadata": "x"}, ["metadata"]),
        ({"tags": "x"}, ["tags"]),
        ({"attachments": [{"filename": "a.txt"}]}, ["attachments[0]"]),
        ({"attachments": [{"filename": "a.txt", "content": "%%"}]}, ["attachments[0]"]),
        ({"to": [], "templateId": None, "tags": ["a b"]}, ["templateId", "to", "tags"]),
    ],
)
@pytest.mark.checklist("FM-S8")
def test_fm_s8_every_fault_is_named_by_its_field(
    sandbox: RunningSandbox, api_key: str, changes: dict[str, Any], fields: list[str]
) -> None:
    answer = sandbox.send(api_key, **changes)

    assert (answer.status, answer.json()["code"]) == (400, "ERR_VALID_001")
    assert fields_of(answer) == fields
    assert sandbox.accepted() == []


@pytest.mark.checklist("FM-S9")
def test_fm_s9_plain_string_recipient_is_refused(sandbox: RunningSandbox, api_key: str) -> None:
    answer = sandbox.send(api_key, to="ada@example.com")

    assert answer.status == 400
    assert fields_of(answer) == ["to"]


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"to": people(50)}, 201),
        ({"to": people(51)}, 400),
        ({"to": people(25), "cc": people(15, name="cc"), "bcc": people(10, name="bcc")}, 201),
        ({"to": people(25), "cc": people(15, name="cc"), "bcc": people(11, name="bcc")}, 400),
        ({"tags": [f"tag-{number}" for number in range(50)]}, 201),
        ({"tags": [f"tag-{number}" for number in range(51)]}, 400),
        ({"tags": ["with blank"]}, 400),
        ({"attachments": [{"filename": "a", "content": "YQ=="}] * 10}, 201),
        ({"attachments": [{"filename": "a", "content": "YQ=="}] * 11}, 400),
    ],
)
@pytest.mark.checklist("FM-S10")
def test_fm_s10_documented_limits(
    sandbox: RunningSandbox, api_key: str, changes: dict[str, Any], status: int
) -> None:
    assert sandbox.send(api_key, **changes).status == status
    assert len(sandbox.accepted()) == (status == 201)


@pytest.mark.parametrize(("excess_bytes", "status"), [(0, 201), (1, 413)])
@pytest.mark.checklist("FM-S10")
def test_fm_s10_body_above_ten_megabytes_is_413(
    sandbox: RunningSandbox, api_key: str, excess_bytes: int, status: int
) -> None:
    start = b'{"templateId":"welcome","to":[{"email":"a@b.co"}],"metadata":{"x":"'
    end = b'"}}'
    size = 10 * 1024 * 1024 + excess_bytes
    body = start + b"x" * (size - len(start) - len(end)) + end

    answer = sandbox.request("POST", "/api/emails/send", body=body, headers=bearer(api_key))

    assert answer.status == status
    assert len(sandbox.accepted()) == (status == 201)


@pytest.mark.parametrize(
    "attachment",
    [
        {"filename": "a.txt", "contentType": "text/plain", "content": "YQ=="},
        {"filename": "a.pdf", "url": "https://example.com/a.pdf"},
        {"attachmentTemplateId": "tmpl_1", "variables": {"a": 1}},
        {"type": "pdf", "templateId": "tmpl_1", "fileName": "invoice"},
        {"filename": "a", "attachmentTemplateId": "tmpl_1", "outputFormats": ["pdf", "excel"]},
    ],
)
def test_every_documented_attachment_shape_is_accepted(
    sandbox: RunningSandbox, api_key: str, attachment: dict[str, Any]
) -> None:
    assert sandbox.send(api_key, attachments=[attachment]).status == 201

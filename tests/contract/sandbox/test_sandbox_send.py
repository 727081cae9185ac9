"""Forma Mail: sending (FM-S7, FM-S11 to FM-S14)."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.testing import Answer, RunningSandbox, bearer


def fields_of(answer: Answer) -> list[str]:
    return [error["field"] for error in answer.json()["relatedInfo"]["errors"]]


@pytest.mark.checklist("FM-S7")
def test_fm_s7_minimal_mail_is_accepted(sandbox: RunningSandbox, api_key: str) -> None:
    answer = sandbox.send(api_key)

    document = answer.json()
    assert answer.status == 201
    assert document["success"] is True
    assert set(document["data"]) == {"id", "status", "message", "createdAt"}
    assert document["data"]["status"] == "queued"
    (mail,) = sandbox.accepted()
    assert mail["id"] == document["data"]["id"]


@pytest.mark.checklist("FM-S7")
def test_fm_s7_bare_envelope_and_email_id_are_knobs(sandbox: RunningSandbox, api_key: str) -> None:
    sandbox.control("PUT", "/profile", {"envelope": "bare", "id_field": "emailId"})

    document = sandbox.send(api_key).json()

    assert set(document) == {"emailId", "status", "message", "createdAt"}
    assert sandbox.read(api_key, f"/emails/{document['emailId']}").json()["id"]


def test_what_was_accepted_is_shown_as_it_was_sent(sandbox: RunningSandbox, api_key: str) -> None:
    sent: dict[str, Any] = {
        "templateId": "order-confirmation",
        "to": [{"email": "ada@example.com", "name": "Ada"}],
        "cc": [{"email": "cc@example.com"}],
        "bcc": [{"email": "bcc@example.com"}],
        "variables": {"firstName": "Ada"},
        "tags": ["one", "two_2"],
        "metadata": {"relayId": "r-1", "Nested": {"n": 1}},
    }
    before = sandbox.control("GET", "/clock")["now"]

    mail_id = sandbox.send(api_key, **sent).json()["data"]["id"]

    (mail,) = sandbox.accepted()
    (key,) = sandbox.control("GET", "/keys")["keys"]
    accepted_at = mail.pop("acceptedAt")
    assert before <= accepted_at <= sandbox.control("GET", "/clock")["now"]
    assert mail == {**sent, "id": mail_id, "keyId": key["id"], "status": "queued"}


@pytest.mark.checklist("FM-S11")
def test_fm_s11_unknown_template_is_404_by_default(sandbox: RunningSandbox, api_key: str) -> None:
    refused = sandbox.send(api_key, templateId="nowhere")
    sandbox.control("PUT", "/profile", {"unknown_template_status": 422})

    assert refused.status == 404
    assert refused.json()["code"] == "TEMPLATE_NOT_FOUND"
    assert sandbox.send(api_key, templateId="nowhere").status == 422
    assert sandbox.accepted() == []


def test_every_name_of_a_template_sends_it(sandbox: RunningSandbox, api_key: str) -> None:
    templates = sandbox.control("GET", "/templates")["templates"]
    assert [template["slug"] for template in templates] == [
        "welcome",
        "order-confirmation",
        "invoice",
    ]

    for template in templates:
        for name in (template["id"], template["shortId"], template["slug"]):
            assert sandbox.send(api_key, templateId=name).status == 201
        listed = sandbox.read(api_key, f"/emails?templateId={template['slug']}").json()
        assert listed["meta"]["total"] == 3


@pytest.mark.checklist("FM-S11")
def test_fm_s11_missing_required_variable_is_422(sandbox: RunningSandbox, api_key: str) -> None:
    variables: list[dict[str, Any]] = [
        {"name": "needed", "required": True},
        {"name": "defaulted", "required": True, "defaultValue": "x"},
        {"name": "optional"},
    ]
    sandbox.control("POST", "/templates", {"slug": "strict", "variables": variables})

    refused = sandbox.send(api_key, templateId="strict", variables={"optional": 1})

    assert refused.status == 422
    assert fields_of(refused) == ["variables.needed"]
    assert sandbox.send(api_key, templateId="strict", variables={"needed": 1}).status == 201
    sandbox.control("PUT", "/profile", {"template_variables_enforced": False})
    assert sandbox.send(api_key, templateId="strict").status == 201


def test_variables_may_be_absent_unless_the_knob_says_otherwise(
    sandbox: RunningSandbox, api_key: str
) -> None:
    body = {"templateId": "welcome", "to": [{"email": "a@b.co"}]}

    def send() -> Answer:
        return sandbox.request("POST", "/api/emails/send", body=body, headers=bearer(api_key))

    assert send().status == 201
    sandbox.control("PUT", "/profile", {"variables_required": True})
    assert send().status == 400


@pytest.mark.checklist("FM-S12")
def test_fm_s12_suppressed_address_among_others(sandbox: RunningSandbox, api_key: str) -> None:
    sandbox.control("PUT", "/profile", {"suppressed": {"Bad@example.com": "Hard Bounce"}})

    answer = sandbox.send(api_key, to=[{"email": "bad@example.com"}, {"email": "ok@example.com"}])

    assert answer.status == 201
    assert answer.json()["data"]["warning"]
    assert answer.json()["data"]["blockedRecipients"] == [
        {"email": "bad@example.com", "reason": "Hard Bounce", "source": "suppression_list"}
    ]


@pytest.mark.checklist("FM-S12")
def test_fm_s12_all_suppressed_is_a_knob(sandbox: RunningSandbox, api_key: str) -> None:
    sandbox.control("PUT", "/profile", {"suppressed": {"ada@example.com": "Complaint"}})
    accepted = sandbox.send(api_key)
    sandbox.control("PUT", "/profile", {"all_suppressed_status": 422})
    refused = sandbox.send(api_key)

    assert (accepted.status, accepted.json()["data"]["status"]) == (201, "rejected")
    assert refused.status == 422
    assert [mail["status"] for mail in sandbox.accepted()] == ["rejected"]


@pytest.mark.checklist("FM-S13")
def test_fm_s13_scheduled_mail_waits_for_the_clock(sandbox: RunningSandbox, api_key: str) -> None:
    sandbox.control("PUT", "/clock", {"now": "2030-01-01T00:00:00Z"})

    data = sandbox.send(api_key, scheduledAt="2030-01-01T01:00:00Z").json()["data"]

    assert (data["status"], data["scheduledAt"]) == ("scheduled", "2030-01-01T01:00:00.000Z")
    sandbox.control("PUT", "/clock", {"now": "2030-01-01T00:59:30Z"})
    waiting = sandbox.read(api_key, f"/emails/{data['id']}").json()["data"]
    assert (waiting["status"], "queuedAt" in waiting) == ("scheduled", False)
    sandbox.control("PUT", "/clock", {"now": "2030-01-01T01:00:30Z"})
    done = sandbox.read(api_key, f"/emails/{data['id']}").json()["data"]
    assert (done["status"], done["queuedAt"]) == ("delivered", "2030-01-01T01:00:00.000Z")


@pytest.mark.checklist("FM-S14")
def test_fm_s14_nothing_is_deduplicated(sandbox: RunningSandbox, api_key: str) -> None:
    body = {"templateId": "welcome", "to": [{"email": "a@b.co"}], "metadata": {"relayId": "1"}}
    headers = bearer(api_key) | {"Idempotency-Key": "same"}

    ids = {
        sandbox.request("POST", "/api/emails/send", body=body, headers=headers).json()["data"]["id"]
        for _ in range(2)
    }

    assert len(ids) == 2
    assert [mail["metadata"] for mail in sandbox.accepted()] == [{"relayId": "1"}] * 2

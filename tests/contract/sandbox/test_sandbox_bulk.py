"""Forma Mail's batches."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.testing import Answer, RunningSandbox, bearer

Recipients = list[dict[str, Any]]


def people(count: int) -> Recipients:
    return [{"email": f"p{number}@example.com", "variables": {}} for number in range(count)]


def send_bulk(
    sandbox: RunningSandbox,
    key: str,
    recipients: object,
    *,
    path: str = "send/bulk",
    **more: object,
) -> Answer:
    body = {"templateId": "welcome", "recipients": recipients, **more}
    return sandbox.request("POST", f"/api/emails/{path}", body=body, headers=bearer(key))


def fields(answer: Answer) -> list[str]:
    return [error["field"] for error in answer.json()["relatedInfo"]["errors"]]


@pytest.mark.checklist("FM-S21")
def test_fm_s21_a_thousand_recipients_and_not_one_more(
    sandbox: RunningSandbox, api_key: str
) -> None:
    refused = send_bulk(sandbox, api_key, people(1001))
    assert (refused.status, refused.json()["code"]) == (400, "ERR_VALID_001")
    assert fields(refused) == ["recipients"]
    assert sandbox.control("GET", "/emails")["total"] == 0

    accepted = send_bulk(sandbox, api_key, people(1000))
    assert (accepted.status, accepted.json()["data"]["totalEmails"]) == (201, 1000)
    assert sandbox.control("GET", "/emails?limit=1")["total"] == 1000


@pytest.mark.checklist("FM-S21")
def test_fm_s21_every_fault_of_every_recipient_is_named(
    sandbox: RunningSandbox, api_key: str
) -> None:
    recipients = [{"email": "a@b.co"}, {"email": "none", "variables": {}}, "c@d.co"]

    answer = send_bulk(sandbox, api_key, recipients, dryRun=1, baseVariables=[], tags=["a b"])

    assert answer.status == 400
    assert sorted(fields(answer)) == [
        *("baseVariables", "dryRun", "recipients[0].variables", "recipients[1].email"),
        *("recipients[2]", "tags"),
    ]
    assert sandbox.accepted() == []


@pytest.mark.checklist("FM-S22")
def test_fm_s22_the_answer_knows_a_batch_and_the_list_its_mails(
    sandbox: RunningSandbox, api_key: str
) -> None:
    recipients = people(2)
    recipients[1] |= {"name": "P", "variables": {"name": "own"}}

    answer = send_bulk(
        sandbox,
        api_key,
        recipients,
        baseVariables={"name": "all", "x": 1},
        tags=["t"],
        metadata={"batch": "7"},
        batchName="seven",
    )

    assert set(answer.json()["data"]) == {
        *("batchId", "status", "totalEmails", "message", "createdAt")
    }
    listed = sandbox.read(api_key, "/emails").json()["data"]
    assert [(mail["to"], mail["tags"], mail["metadata"]) for mail in listed] == [
        (["p1@example.com"], ["t"], {"batch": "7"}),
        (["p0@example.com"], ["t"], {"batch": "7"}),
    ]
    assert [mail["variables"] for mail in sandbox.accepted()] == [
        {"name": "all", "x": 1},
        {"name": "own", "x": 1},
    ]
    assert len({mail["id"] for mail in listed}) == 2
    assert sandbox.read(api_key, "/emails/usage/stats").json()["email"]["used"] == 2


@pytest.mark.checklist("FM-S23")
def test_fm_s23_a_dry_run_makes_nothing_and_costs_nothing(
    sandbox: RunningSandbox, api_key: str
) -> None:
    wet = send_bulk(sandbox, api_key, people(1)).json()["data"]

    dry = send_bulk(sandbox, api_key, people(3), dryRun=True)

    assert (dry.status, dry.json()["data"]["totalEmails"]) == (201, 3)
    assert dry.json()["data"].keys() == wet.keys()
    assert len(sandbox.accepted()) == 1
    assert sandbox.read(api_key, "/emails/usage/stats").json()["email"]["used"] == 1
    assert send_bulk(sandbox, api_key, [{"email": "a@b.co"}], dryRun=True).status == 400


@pytest.mark.checklist("FM-S24")
def test_fm_s24_a_bad_recipient_refuses_all_or_is_left_out(
    sandbox: RunningSandbox, api_key: str
) -> None:
    template = {"slug": "needs", "variables": [{"name": "code", "required": True}]}
    sandbox.control("POST", "/templates", template)
    good = {"email": "good@b.co", "variables": {"code": "1"}}
    batch: Recipients = [good, {"email": "bad"}, {"email": "without@b.co", "variables": {}}]

    assert send_bulk(sandbox, api_key, batch, templateId="needs").status == 400
    assert send_bulk(sandbox, api_key, [good, batch[2]], templateId="needs").status == 422
    assert sandbox.accepted() == []

    sandbox.control("PUT", "/profile", {"bulk_bad_recipient": "leave-out"})
    answer = send_bulk(sandbox, api_key, batch, templateId="needs")
    assert (answer.status, answer.json()["data"]["totalEmails"]) == (201, 1)
    assert [mail["to"] for mail in sandbox.accepted()] == [[{"email": "good@b.co"}]]


@pytest.mark.checklist("FM-S24")
@pytest.mark.parametrize("status", [200, 201, 202])
def test_fm_s24_the_status_is_a_knob(sandbox: RunningSandbox, api_key: str, status: int) -> None:
    sandbox.control("PUT", "/profile", {"bulk_status": status})

    assert send_bulk(sandbox, api_key, people(1)).status == status


@pytest.mark.checklist("FM-S25")
def test_fm_s25_the_old_path_is_not_found(sandbox: RunningSandbox, api_key: str) -> None:
    assert send_bulk(sandbox, api_key, people(1), path="send-bulk").status == 404
    assert sandbox.accepted() == []


def test_a_batch_larger_than_the_quota_is_refused_whole(
    sandbox: RunningSandbox, api_key: str
) -> None:
    sandbox.control("PUT", "/profile", {"quota_limit": 2})

    assert send_bulk(sandbox, api_key, people(3)).json()["code"] == "QUOTA_EXCEEDED"
    assert sandbox.accepted() == []


def test_suppressed_recipients_of_a_batch_are_rejected_and_cost_nothing(
    sandbox: RunningSandbox, api_key: str
) -> None:
    sandbox.control("PUT", "/profile", {"suppressed": {"p1@example.com": "Complaint"}})

    assert send_bulk(sandbox, api_key, people(2)).json()["data"]["totalEmails"] == 2
    assert [mail["status"] == "rejected" for mail in sandbox.accepted()] == [False, True]
    assert sandbox.read(api_key, "/emails/usage/stats").json()["email"]["used"] == 1


@pytest.mark.checklist("FM-S15")
@pytest.mark.parametrize(
    ("measure", "code", "maximum"),
    [
        ("pages", "ERR_LIMIT_001", 30),
        ("images", "ERR_LIMIT_002", 50),
        ("rows", "ERR_LIMIT_003", 10_000),
        ("sheets", "ERR_LIMIT_004", 10),
        ("columns", "ERR_LIMIT_005", 50),
        ("bytes", "ERR_LIMIT_006", 7_340_032),
        ("iterations", "ERR_LIMIT_007", 1000),
        ("nesting", "ERR_LIMIT_008", 10),
        ("components", "ERR_LIMIT_009", 500),
    ],
)
def test_fm_s15_generated_attachments_have_limits(
    sandbox: RunningSandbox, api_key: str, measure: str, code: str, maximum: int
) -> None:
    files = [{"type": "pdf", "templateId": "invoice", "fileName": "invoice"}]
    sandbox.control("PUT", "/profile", {"generated_measures": {measure: maximum}})
    assert sandbox.send(api_key, attachments=files).status == 201
    sandbox.control("PUT", "/profile", {"generated_measures": {measure: maximum + 1}})
    assert sandbox.send(api_key).status == 201

    refused = sandbox.send(api_key, attachments=files)

    assert (refused.status, refused.json()["code"]) == (400, code)
    assert refused.json()["relatedInfo"] == {
        "limit": measure,
        "actual": maximum + 1,
        "max": maximum,
    }
    assert len(sandbox.accepted()) == 2

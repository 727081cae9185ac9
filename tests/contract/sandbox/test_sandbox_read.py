"""Forma Mail: reading mails and templates (FM-S16 to FM-S20)."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

import pytest

from sandbox.testing import RunningSandbox

EMAIL_FIELDS = {
    "id",
    "teamId",
    "templateId",
    "templateName",
    "subject",
    "from",
    "to",
    "cc",
    "bcc",
    "status",
    "openCount",
    "clickCount",
    "tags",
    "metadata",
    "queuedAt",
    "createdAt",
    "updatedAt",
}


def sent_id(sandbox: RunningSandbox, api_key: str, **fields: Any) -> str:
    return str(sandbox.send(api_key, **fields).json()["data"]["id"])


def found_ids(sandbox: RunningSandbox, api_key: str, **query: object) -> list[str]:
    answer = sandbox.read(api_key, f"/emails?{urlencode(query)}").json()
    return [mail["id"] for mail in answer["data"]]


@pytest.mark.checklist("FM-S16")
def test_fm_s16_read_model_echoes_tags_and_metadata(sandbox: RunningSandbox, api_key: str) -> None:
    metadata = {"relayId": "r-1", "CamelCase": [1, {"deep": None}], "n": 1.5, "uni": "\u00fc\u2028"}
    mail_id = sent_id(
        sandbox,
        api_key,
        to=[{"email": "a@b.co", "name": "A"}, {"email": "c@d.eu"}],
        cc=[{"email": "cc@d.eu"}],
        tags=["x", "y"],
        metadata=metadata,
    )

    mail = sandbox.read(api_key, f"/emails/{mail_id}").json()["data"]

    assert set(mail) == EMAIL_FIELDS
    assert (mail["to"], mail["cc"], mail["bcc"]) == (["a@b.co", "c@d.eu"], ["cc@d.eu"], [])
    assert (mail["tags"], mail["metadata"]) == (["x", "y"], metadata)


@pytest.mark.checklist("FM-S17")
def test_fm_s17_filters(sandbox: RunningSandbox, api_key: str) -> None:
    sandbox.control("PUT", "/clock", {"now": "2030-01-01T00:00:00Z"})
    first = sent_id(sandbox, api_key, to=[{"email": "a@b.co"}, {"email": "c@d.eu"}])
    sandbox.control("PUT", "/clock", {"now": "2030-01-02T00:00:00Z"})
    second = sent_id(sandbox, api_key, templateId="invoice", cc=[{"email": "a@b.co"}])

    def found(**query: object) -> list[str]:
        return found_ids(sandbox, api_key, **query)

    assert found() == [second, first]
    assert found(recipient="a@b.co") == [first]
    assert found(recipient="c@d.eu") == [first]
    assert found(recipient="nobody@b.co") == []
    assert found(templateId="invoice") == [second]
    assert found(templateId="unknown") == []
    assert found(status="delivered") == [first]
    assert found(status="queued") == [second]
    assert found(dateFrom="2030-01-01T12:00:00.000Z") == [second]
    assert found(dateTo="2030-01-01T12:00:00+00:00") == [first]
    assert found(recipient="a@b.co", dateFrom="2030-01-01T12:00:00Z") == []


@pytest.mark.checklist("FM-S17")
def test_fm_s17_unknown_parameters_have_no_effect(sandbox: RunningSandbox, api_key: str) -> None:
    mail_id = sent_id(sandbox, api_key, tags=["a"], metadata={"relayId": "1"})

    assert found_ids(sandbox, api_key, tag="other", metadata="other") == [mail_id]


@pytest.mark.parametrize(
    ("query", "expected_count", "meta"),
    [
        ("", 20, {"total": 45, "page": 1, "limit": 20, "totalPages": 3}),
        ("?page=3", 5, {"total": 45, "page": 3, "limit": 20, "totalPages": 3}),
        ("?page=4", 0, {"total": 45, "page": 4, "limit": 20, "totalPages": 3}),
        ("?limit=45", 45, {"total": 45, "page": 1, "limit": 45, "totalPages": 1}),
        ("?limit=5000", 45, {"total": 45, "page": 1, "limit": 100, "totalPages": 1}),
        ("?recipient=none@b.co", 0, {"total": 0, "page": 1, "limit": 20, "totalPages": 0}),
    ],
)
@pytest.mark.checklist("FM-S17")
def test_fm_s17_paging(
    sandbox: RunningSandbox, api_key: str, query: str, expected_count: int, meta: dict[str, int]
) -> None:
    for _ in range(45):
        sandbox.send(api_key)

    answer = sandbox.read(api_key, f"/emails{query}").json()

    assert (len(answer["data"]), answer["meta"]) == (expected_count, meta)


@pytest.mark.checklist("FM-S17")
def test_fm_s17_pages_cover_everything_once(sandbox: RunningSandbox, api_key: str) -> None:
    sent = [sent_id(sandbox, api_key) for _ in range(7)]

    pages = [found_ids(sandbox, api_key, limit=3, page=page) for page in (1, 2, 3)]

    assert [mail_id for page in pages for mail_id in page] == sent[::-1]


@pytest.mark.parametrize(
    "query",
    [
        "limit=0",
        "limit=x",
        "page=0",
        "page=-1",
        "page=99999999999999999999",
        "status=unknown",
        "dateFrom=yesterday",
        "dateTo=",
    ],
)
def test_bad_query_is_400(sandbox: RunningSandbox, api_key: str, query: str) -> None:
    answer = sandbox.read(api_key, f"/emails?{query}")

    field = query.partition("=")[0]
    assert answer.status == 400
    assert [error["field"] for error in answer.json()["relatedInfo"]["errors"]] == [field]


@pytest.mark.checklist("FM-S18")
def test_fm_s18_list_lag_hides_a_mail_from_the_list_only(
    sandbox: RunningSandbox, api_key: str
) -> None:
    sandbox.control("PUT", "/profile", {"list_lag_seconds": 30})
    mail_id = sent_id(sandbox, api_key)

    assert found_ids(sandbox, api_key, recipient="ada@example.com") == []
    assert sandbox.read(api_key, f"/emails/{mail_id}").status == 200
    sandbox.control("PUT", "/clock", {"offset_seconds": 31})
    assert found_ids(sandbox, api_key, recipient="ada@example.com") == [mail_id]


@pytest.mark.checklist("FM-S18")
def test_fm_s18_metadata_can_be_stripped(sandbox: RunningSandbox, api_key: str) -> None:
    mail_id = sent_id(sandbox, api_key, metadata={"relayId": "1"})
    sandbox.control("PUT", "/profile", {"strip_metadata": True})

    assert "metadata" not in sandbox.read(api_key, f"/emails/{mail_id}").json()["data"]
    assert "metadata" not in sandbox.read(api_key, "/emails").json()["data"][0]


@pytest.mark.checklist("FM-S19")
def test_fm_s19_status_progresses_with_the_clock(sandbox: RunningSandbox, api_key: str) -> None:
    sandbox.control("PUT", "/profile", {"status_step_seconds": 100})
    mail_id = sent_id(sandbox, api_key)
    seen: list[dict[str, Any]] = []

    for offset in (0, 110, 210, 310, 5000):
        sandbox.control("PUT", "/clock", {"offset_seconds": offset})
        seen.append(sandbox.read(api_key, f"/emails/{mail_id}").json()["data"])

    assert [mail["status"] for mail in seen] == [
        "queued",
        "processing",
        "sent",
        "delivered",
        "delivered",
    ]
    times = ("queuedAt", "processingAt", "sentAt", "deliveredAt")
    assert [sum(name in mail for name in times) for mail in seen] == [1, 2, 3, 4, 4]
    assert [seen[-1][name] for name in times] == sorted(seen[-1][name] for name in times)


@pytest.mark.checklist("FM-S19")
@pytest.mark.parametrize(
    ("ending", "statuses", "last_time"),
    [
        ("bounced", ["queued", "processing", "sent", "bounced", "bounced"], "failedAt"),
        ("complained", ["queued", "processing", "sent", "delivered", "complained"], "deliveredAt"),
        ("failed", ["queued", "processing", "failed", "failed", "failed"], "failedAt"),
        ("rejected", ["rejected"] * 5, "failedAt"),
    ],
)
def test_fm_s19_other_endings_by_the_pattern_of_a_recipient(
    sandbox: RunningSandbox, api_key: str, ending: str, statuses: list[str], last_time: str
) -> None:
    knobs = {"status_step_seconds": 100, "recipient_endings": {"bad*@example.com": ending}}
    sandbox.control("PUT", "/profile", knobs)
    good, bad = (
        sandbox.send(api_key, to=[{"email": address}]).json()["data"]["id"]
        for address in ("good@example.com", "Bad1@example.com")
    )

    seen = []
    for offset in (0, 110, 210, 310, 410):
        sandbox.control("PUT", "/clock", {"offset_seconds": offset})
        seen.append(sandbox.read(api_key, f"/emails/{bad}").json()["data"])

    assert [mail["status"] for mail in seen] == statuses
    assert seen[-1]["updatedAt"] == seen[-1][last_time]
    assert sandbox.read(api_key, f"/emails?status={ending}").json()["meta"]["total"] == 1
    assert sandbox.read(api_key, f"/emails/{good}").json()["data"]["status"] == "delivered"


@pytest.mark.checklist("FM-S20")
def test_fm_s20_unknown_id_is_404(sandbox: RunningSandbox, api_key: str) -> None:
    answer = sandbox.read(api_key, "/emails/00000000-0000-0000-0000-000000000000")

    assert (answer.status, answer.json()["code"]) == (404, "EMAIL_NOT_FOUND")


def test_templates_are_listed_and_found(sandbox: RunningSandbox, api_key: str) -> None:
    sandbox.control("POST", "/templates", {"slug": "report", "type": "pdf"})

    listed = sandbox.read(api_key, "/templates").json()
    pdfs = sandbox.read(api_key, "/templates?type=pdf&limit=1").json()
    one = sandbox.read(api_key, f"/templates/{listed['data'][0]['id']}").json()["data"]

    assert listed["meta"] == {"total": 4, "page": 1, "limit": 20, "totalPages": 1}
    assert [template["name"] for template in pdfs["data"]] == ["report"]
    assert one == listed["data"][0]
    assert sandbox.read(api_key, "/templates/unknown").status == 404
    assert sandbox.read(api_key, "/templates?type=word").status == 400

"""Formaloo: rows changed and removed, alone and together."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.testing import Answer, RunningSandbox
from tests.contract.sandbox.formaloo_workspace import Workspace, with_rows
from tests.contract.sandbox.webhook_receiver import Receiver


def call(workspace: Workspace, method: str, path: str, body: object = None) -> Answer:
    return workspace.sandbox.request(method, f"/v3.0{path}", body=body, headers=workspace.headers())


def slugs(workspace: Workspace) -> list[str]:
    data = workspace.data("/forms/many/rows/", sort_by="submit_number")
    return [row["slug"] for row in data["rows"]]


def row_of(answer: Answer) -> dict[str, Any]:
    assert (answer.status, answer.json()["status"]) == (200, 200)
    row: dict[str, Any] = answer.json()["data"]["row"]
    return row


@pytest.fixture
def many(sandbox: RunningSandbox) -> Workspace:
    """A form of four rows, a minute after they were made."""
    workspace = with_rows(sandbox, 4)
    sandbox.control("PUT", "/clock", {"offset_seconds": 60})
    return workspace


@pytest.mark.checklist("FL-S21")
def test_fl_s21_flat_fields_change_and_the_others_stay(many: Workspace) -> None:
    path = f"/rows/{slugs(many)[1]}/"
    before = many.data(path)["row"]

    changed = row_of(call(many, "PATCH", path, {"name-slug": "New", "plan-slug": "gold-slug"}))

    assert changed["data"] == {
        "name-slug": "New",
        "email-slug": "e1@b.co",
        "plan-slug": "gold-slug",
    }
    assert changed["readable_data"]["Plan"] == "Gold"
    assert changed["created_at"] == before["created_at"]
    assert changed["updated_at"] > before["updated_at"]
    assert many.data(path)["row"] == changed


@pytest.mark.parametrize(
    "body",
    [
        {"data": {"name-slug": "New"}},
        {"plan-slug": "no-such-choice"},
        {"plan-slug": ["gold-slug"]},
        {"name": "New"},
        {"no-such-field": "New"},
        {},
    ],
)
@pytest.mark.checklist("FL-S21")
def test_fl_s21_what_is_not_understood_is_200_and_changes_nothing(
    many: Workspace, body: dict[str, object]
) -> None:
    path = f"/rows/{slugs(many)[1]}/"
    before = many.data(path)["row"]

    assert row_of(call(many, "PATCH", path, body)) == before
    assert many.data(path)["row"] == before


@pytest.mark.checklist("FL-S21")
def test_fl_s21_a_required_field_can_be_emptied(many: Workspace) -> None:
    changed = row_of(call(many, "PATCH", f"/rows/{slugs(many)[1]}/", {"name-slug": ""}))

    assert changed["data"] == {"email-slug": "e1@b.co"}


@pytest.mark.checklist("FL-S32")
def test_fl_s32_a_change_is_told_to_who_wants_it_and_a_soft_200_is_not(many: Workspace) -> None:
    path = f"/rows/{slugs(many)[1]}/"
    with Receiver() as wanting, Receiver() as other:
        for receiver, wanted in ((wanting, True), (other, False)):
            hook = {"url": receiver.url, "row_update_events": wanted}
            assert call(many, "POST", "/forms/many/webhooks/", hook).status == 200
        call(many, "PATCH", path, {"data": {"name-slug": "New"}})
        changed = row_of(call(many, "PATCH", path, {"name-slug": "New"}))
        wanting.wait_for(1)
        planned = many.sandbox.control("GET", "/deliveries")["deliveries"]

    (received,) = wanting.received
    assert received.event["event_type"] == "row_update"
    assert (received.event["slug"], received.event["data"]) == (changed["slug"], changed["data"])
    assert received.event["updated_at"] == changed["updated_at"]
    assert (len(planned), other.received) == (1, [])


@pytest.mark.parametrize("method", ["PATCH", "DELETE"])
def test_a_row_is_changed_by_its_visible_slug_and_the_full_credentials_only(
    many: Workspace, method: str
) -> None:
    first = slugs(many)[0]
    code = many.data(f"/rows/{first}/")["row"]["submit_code"]
    many.sandbox.control("PUT", "/profile", {"formaloo_row_lag_seconds": 10})
    late = many.submit({"name-slug": "late"}, slug="many").json()["data"]["row"]["slug"]

    for slug in (code, late, "none"):
        assert call(many, method, f"/rows/{slug}/", {"name-slug": "x"}).status == 404
    for key, status in (("api_key", 401), ("write_only_key", 403)):
        headers = {"x-api-key": many.state[key]}
        answer = many.sandbox.request(method, f"/v3.0/rows/{first}/", body={}, headers=headers)
        assert answer.status == status
    assert many.data("/forms/many/rows/")["count"] == 4


def test_a_deleted_row_is_gone_and_its_number_is_not_given_again(many: Workspace) -> None:
    *kept, last = slugs(many)
    many.sandbox.control("PUT", "/clock", {"offset_seconds": 0})
    used = many.data("/usage/")["usage"]

    answer = call(many, "DELETE", f"/rows/{last}/")

    assert (answer.status, answer.json()["data"]) == (200, {})
    assert slugs(many) == kept
    for method in ("GET", "PATCH", "DELETE"):
        assert call(many, method, f"/rows/{last}/", {}).status == 404
    # The submission was used up, the record is free again.
    left = {item["resource"]: item["used"] for item in many.data("/usage/")["usage"]}
    before = {item["resource"]: item["used"] for item in used}
    assert left == {"submissions": before["submissions"], "records": before["records"] - 1}
    again = many.submit({"name-slug": "again"}, slug="many").json()["data"]["row"]
    assert again["submit_number"] == 5


@pytest.mark.checklist("FL-S22")
def test_fl_s22_rows_are_deleted_together(many: Workspace) -> None:
    first, second, third, fourth = slugs(many)
    path = "/forms/many/rows/bulk-delete/"

    answer = call(many, "POST", path, {"slugs_list": [first, third, third, "none"]})

    assert (answer.status, answer.json()["data"]) == (200, {})
    assert slugs(many) == [second, fourth]
    assert call(many, "POST", path, {"slugs_list": [first]}).status == 200
    assert call(many, "POST", path, {"slugs_list": []}).status == 200
    assert slugs(many) == [second, fourth]


def test_a_slug_that_no_database_takes_is_of_no_row(many: Workspace) -> None:
    # JSON can hold half of a pair of surrogates.
    body = {"slugs_list": ["\ud800", *slugs(many)[:1]]}

    assert call(many, "POST", "/forms/many/rows/bulk-delete/", body).status == 200
    assert len(slugs(many)) == 3


@pytest.mark.checklist("FL-S22")
def test_fl_s22_another_forms_rows_stay(sandbox: RunningSandbox) -> None:
    forms = [
        {
            "title": name,
            "slug": name,
            "fields": [{"title": "N", "alias": "n"}],
            "rows": [{"n": "x"}],
        }
        for name in ("many", "other")
    ]
    sandbox.control("PUT", "/formaloo", {"forms": forms})
    workspace = Workspace(sandbox)

    path = "/forms/other/rows/bulk-delete/"
    assert call(workspace, "POST", path, {"slugs_list": slugs(workspace)}).status == 200

    assert len(slugs(workspace)) == 1
    assert call(workspace, "POST", "/forms/none/rows/bulk-delete/", {}).status == 404


@pytest.mark.parametrize("body", [{}, {"slugs_list": "a"}, {"slugs_list": [1]}])
@pytest.mark.checklist("FL-S22")
def test_fl_s22_a_faulty_list_deletes_nothing(many: Workspace, body: dict[str, object]) -> None:
    answer = call(many, "POST", "/forms/many/rows/bulk-delete/", body)

    assert answer.status == 400
    assert list(answer.json()["errors"]["form_errors"]) == ["slugs_list"]
    assert len(slugs(many)) == 4


@pytest.mark.checklist("FL-S16")
def test_fl_s16_rows_are_found_by_their_tags(many: Workspace) -> None:
    first, second, *_ = slugs(many)
    tagged = row_of(call(many, "PATCH", f"/rows/{first}/", {"row_tags": ["vip", "new", "vip"]}))
    row_of(call(many, "PATCH", f"/rows/{second}/", {"row_tags": ["new"]}))

    def found(tags: str) -> list[str]:
        rows = many.data("/forms/many/rows/", sort_by="submit_number", tags=tags)["rows"]
        return [row["slug"] for row in rows]

    assert tagged["row_tags"] == ["vip", "new"]
    assert (found("vip"), found("new"), found("old")) == ([first], [first, second], [])
    assert found("old,vip") == [first]
    assert len(found("")) == 4


@pytest.mark.parametrize("tags", ["vip", [1], {"vip": True}, None])
def test_tags_that_are_no_list_of_words_change_nothing(many: Workspace, tags: object) -> None:
    path = f"/rows/{slugs(many)[0]}/"
    before = many.data(path)["row"]

    assert row_of(call(many, "PATCH", path, {"row_tags": tags})) == before

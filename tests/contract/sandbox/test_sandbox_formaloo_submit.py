"""Formaloo: submissions (FL-S9, FL-S10, FL-S24 to FL-S26)."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

import pytest

from sandbox.testing import RunningSandbox
from tests.contract.sandbox.formaloo_workspace import MANY_FIELDS, Workspace


@pytest.mark.checklist("FL-S9")
def test_fl_s9_submit_needs_the_key_only_and_reads_need_more(workspace: Workspace) -> None:
    key_only = {"x-api-key": workspace.state["api_key"]}

    assert workspace.submit(workspace.valid()).status == 201
    assert workspace.submit(workspace.valid(), key="wrong").status == 401
    for path in ("/forms/", f"/forms/{workspace.form['slug']}/rows/"):
        answer = workspace.sandbox.request("GET", f"/v3.0{path}", headers=key_only)
        assert answer.status == 401


@pytest.mark.checklist("FL-S10")
def test_fl_s10_write_only_key_submits_and_reads_nothing(workspace: Workspace) -> None:
    key = workspace.state["write_only_key"]
    headers = workspace.headers() | {"x-api-key": key}

    assert workspace.submit(workspace.valid(), key=key).status == 201
    assert workspace.sandbox.request("GET", "/v3.0/forms/", headers=headers).status == 403


@pytest.mark.checklist("FL-S24")
def test_fl_s24_same_body_twice_makes_two_rows(workspace: Workspace) -> None:
    answers = [workspace.submit(workspace.valid()) for _ in range(2)]

    rows = [answer.json()["data"]["row"] for answer in answers]
    assert [answer.status for answer in answers] == [201, 201]
    assert rows[0]["slug"] != rows[1]["slug"]
    assert rows[0]["tracking_code"] != rows[1]["tracking_code"]
    assert [row["submit_number"] for row in rows] == [4, 5]
    stored = workspace.data(f"/rows/{rows[0]['slug']}/")["row"]
    assert stored["data"] == workspace.valid()


@pytest.mark.checklist("FL-S24")
def test_fl_s24_form_data_and_own_submit_code(workspace: Workspace) -> None:
    body = urlencode({**workspace.valid(), "submit_code": "mine-1"}).encode()
    path = f"/v3.0/form-displays/slug/{workspace.form['slug']}/submit/"
    headers = {
        "x-api-key": workspace.state["api_key"],
        "Content-Type": "application/x-www-form-urlencoded",
    }

    answer = workspace.sandbox.request("POST", path, body=body, headers=headers)

    assert answer.status == 201
    assert answer.json()["data"]["row"]["submit_code"] == "mine-1"
    assert workspace.submit({**workspace.valid(), "submit_code": "a b"}).status == 400


def test_reply_without_the_row_key_is_a_knob(workspace: Workspace) -> None:
    workspace.sandbox.control("PUT", "/profile", {"formaloo_submit_key": "bare"})

    assert len(workspace.submit(workspace.valid()).json()["data"]["slug"]) == 20


@pytest.mark.checklist("FL-S25")
def test_fl_s25_aliases_count_with_the_flag_only(workspace: Workspace) -> None:
    by_alias = {"name": "Eve", "email": "eve@example.com"}

    accepted = workspace.submit({**by_alias, "submit_by_alias": True})
    without_flag = workspace.submit(by_alias)
    mixed = workspace.submit({**workspace.valid(), "submit_by_alias": True})

    assert accepted.json()["data"]["row"]["data"] == workspace.valid()
    assert without_flag.status == 400
    slugs = {workspace.slugs["name"], workspace.slugs["email"]}
    assert set(without_flag.json()["errors"]["form_errors"]) == slugs
    assert mixed.status == 400
    assert set(mixed.json()["errors"]["form_errors"]) == {"name", "email"}


@pytest.mark.checklist("FL-S26")
def test_fl_s26_refused_submissions_store_nothing(workspace: Workspace) -> None:
    slugs = workspace.slugs
    bodies: list[tuple[dict[str, Any], str]] = [
        ({slugs["email"]: "eve@example.com"}, slugs["name"]),
        ({**workspace.valid(), slugs["email"]: "nobody"}, slugs["email"]),
        ({**workspace.valid(), slugs["plan"]: "Basic"}, slugs["plan"]),
        ({**workspace.valid(), slugs["plan"]: ["x"]}, slugs["plan"]),
    ]

    for body, field in bodies:
        answer = workspace.submit(body)
        assert answer.status == 400
        assert list(answer.json()["errors"]["form_errors"]) == [field]
    assert workspace.submit(workspace.valid(), slug="unknown").status == 404
    assert workspace.submit(workspace.valid(), slug=workspace.form["address"]).status == 404
    assert Workspace(workspace.sandbox).form["rows"] == workspace.form["rows"]


@pytest.mark.checklist("FL-S26")
def test_fl_s26_inactive_form_takes_nothing(sandbox: RunningSandbox) -> None:
    form = {"title": "Closed", "slug": "closed", "active": False, "fields": MANY_FIELDS}
    sandbox.control("PUT", "/formaloo", {"forms": [form]})
    workspace = Workspace(sandbox)

    answer = workspace.submit({"name-slug": "x"}, slug="closed")

    assert answer.status == 400
    assert answer.json()["errors"]["general_errors"] == ["This form is not active."]


def test_authenticated_row_creation(workspace: Workspace) -> None:
    path = f"/v3.0/forms/{workspace.form['slug']}/rows/"

    answer = workspace.sandbox.request(
        "POST", path, body=workspace.valid(), headers=workspace.headers()
    )
    refused = workspace.sandbox.request(
        "POST", path, body=workspace.valid(), headers={"x-api-key": workspace.state["api_key"]}
    )

    assert (answer.status, refused.status) == (201, 401)
    assert answer.json()["data"]["row"]["slug"] in Workspace(workspace.sandbox).form["rows"]

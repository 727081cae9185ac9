"""Formaloo: forms (FL-S13, FL-S14)."""

from __future__ import annotations

import re

import pytest

from sandbox.testing import RunningSandbox
from tests.contract.sandbox.formaloo_workspace import Workspace


def test_starts_with_one_form_and_three_rows(workspace: Workspace) -> None:
    assert len(workspace.state["forms"]) == 1
    assert len(workspace.form["rows"]) == 3
    assert {"name", "email"} <= workspace.slugs.keys()
    slugs = [workspace.form["slug"], *workspace.form["rows"], *workspace.slugs.values()]
    assert all(re.fullmatch(r"[A-Za-z0-9]{20}", slug) for slug in slugs)


@pytest.mark.checklist("FL-S13")
def test_fl_s13_forms_list(sandbox: RunningSandbox) -> None:
    forms = [{"title": f"Form {number}", "address": f"public-{number}"} for number in range(5)]
    sandbox.control("PUT", "/formaloo", {"forms": forms})
    workspace = Workspace(sandbox)

    first = workspace.data("/forms/", page_size=2)
    last = workspace.data("/forms/", page_size=2, page=3)
    found = workspace.data("/forms/", search="form 3")

    assert [form["title"] for form in first["forms"]] == ["Form 0", "Form 1"]
    assert (first["count"], first["page_count"], first["previous"]) == (5, 3, None)
    assert ([form["title"] for form in last["forms"]], last["next"]) == (["Form 4"], None)
    assert [form["address"] for form in found["forms"]] == ["public-3"]
    slug = found["forms"][0]["slug"]
    assert workspace.data(f"/forms/{slug}/")["form"]["address"] == "public-3"
    assert workspace.get("/forms/public-3/").status == 404


@pytest.mark.checklist("FL-S14")
def test_fl_s14_form_config(workspace: Workspace) -> None:
    form = workspace.data(f"/forms/{workspace.form['slug']}/")["form"]

    by_alias = {field["alias"]: field for field in form["fields_list"]}
    assert by_alias["name"] == {
        "slug": workspace.slugs["name"],
        "type": "short_text",
        "title": "Name",
        "required": True,
        "alias": "name",
    }
    assert [item["title"] for item in by_alias["plan"]["choice_items"]] == ["Basic", "Premium"]
    assert form["submit_count"] == 3


def test_public_form_is_found_by_slug_and_by_address_with_the_key_only(
    workspace: Workspace,
) -> None:
    headers = {"x-api-key": workspace.state["api_key"]}

    for path in (f"slug/{workspace.form['slug']}/", f"address/{workspace.form['address']}/"):
        answer = workspace.sandbox.request("GET", f"/v1.0/form-displays/{path}", headers=headers)
        assert answer.json()["data"]["form"]["slug"] == workspace.form["slug"]
    unknown = workspace.sandbox.request("GET", "/v3.0/form-displays/address/x/", headers=headers)
    assert unknown.status == 404

"""Formaloo's client against the sandbox: forms, rows to read and to make, keys and usage."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from formarelay.errors import (
    CredentialError,
    InvalidRequestError,
    NotFoundError,
    PermissionDeniedError,
)
from formarelay.formaloo.filters import row_filters
from formarelay.formaloo.write_only import WriteOnlyFormaloo
from formarelay.http import HttpClient
from formarelay.redact import Secret
from formarelay.standalone import formaloo_write_only


def test_forms_are_found_and_read(sandbox, forms, workspace):
    known = workspace["forms"][0]
    (found,) = forms.forms.list(search="regis")
    assert (found.slug, found.address, found.submit_count) == (known["slug"], "registration", 3)
    assert list(forms.forms.list(search="nothing")) == []
    form = forms.forms.get(found.slug)
    assert [field.alias for field in form.fields] == ["name", "email", "order_number", "plan"]
    assert [title for _, title in form.field("plan").choices] == ["Basic", "Premium"]
    assert forms.forms.by_address("registration") == form
    with pytest.raises(NotFoundError):
        forms.forms.get("registration")


def test_many_forms_are_listed_over_pages(sandbox, forms):
    documents = [{"title": f"F{number}", "fields": []} for number in range(7)]
    sandbox.control("PUT", "/formaloo", {"forms": documents})
    assert sorted(form.title for form in forms.forms.list(page_size=3)) == [
        f"F{number}" for number in range(7)
    ]


def test_rows_are_filtered_as_the_provider_can(forms, workspace):
    form = forms.forms.get(workspace["forms"][0]["slug"])
    name = form.field("name").slug
    today = datetime.now(UTC).date()

    def names(**filters) -> list[object]:
        rows = forms.rows.list(form.slug, page_size=2, filters=row_filters(**filters))
        return [row.value("name") for row in rows]

    assert names() == ["Ada Lovelace", "Grace Hopper", "Alan Turing"]
    assert names(fields={f"{name}_contains": "ace"}) == ["Ada Lovelace", "Grace Hopper"]
    assert names(fields={name: "Alan Turing"}) == ["Alan Turing"]
    assert names(submit_number=2) == ["Grace Hopper"]
    assert names(search="turing") == ["Alan Turing"]
    assert names(created_from=today, created_until=today) == names()
    assert names(created_from=today + timedelta(days=3)) == []


@pytest.mark.parametrize("by_alias", [True, False])
@pytest.mark.parametrize("door", ["create", "submit", "write_only"])
def test_a_row_is_made_by_slug_or_alias_through_every_door(
    sandbox, forms, workspace, by_alias, door
):
    form = forms.forms.get(workspace["forms"][0]["slug"])
    values = {"name": "Eve", "email": "eve@example.com"}
    if not by_alias:
        values = {form.field(alias).slug: value for alias, value in values.items()}
    write_only = formaloo_write_only(
        {
            "FORMALOO_WRITE_ONLY_KEY": workspace["write_only_key"],
            "FORMALOO_API_URL": sandbox.url,
        }
    )
    doors = {
        "create": forms.rows.create,
        "submit": forms.submit,
        "write_only": write_only.submit,
    }
    made = doors[door](form.slug, values, by_alias=by_alias)
    row = forms.rows.get(made.slug)
    assert (row.value("name"), row.value("email")) == ("Eve", "eve@example.com")
    assert row.submit_code == made.submit_code


def test_a_refused_row_names_its_fields(forms, workspace):
    form = forms.forms.get(workspace["forms"][0]["slug"])
    with pytest.raises(InvalidRequestError) as caught:
        forms.rows.create(form.slug, {"name": "Eve", "email": "secret@"}, by_alias=True)
    assert caught.value.problems == ("email",)
    assert "secret@" not in str(caught.value)


def test_the_write_only_key_is_no_key_for_anything_else(sandbox, workspace):
    answer = sandbox.request(
        "GET", "/v3.0/forms/", headers={"x-api-key": workspace["write_only_key"]}
    )
    assert answer.status in {401, 403}
    http = HttpClient(sandbox.url, service="formaloo")
    wrong = WriteOnlyFormaloo(http, key=Secret("key_wrong"))
    with pytest.raises((CredentialError, PermissionDeniedError)):
        wrong.submit(workspace["forms"][0]["slug"], {})
    http.close()


@pytest.mark.parametrize("shape", ["list", "object"])
def test_usage_is_found_in_both_shapes_and_by_the_workspaces_slug(sandbox, forms, workspace, shape):
    sandbox.control("PUT", "/profile", {"formaloo_usage_shape": shape})
    usage = forms.usage()
    assert {pair.resource: pair.used for pair in usage.pairs} == {"submissions": 3, "records": 3}
    assert forms.usage(workspace["business"]).pairs == usage.pairs
    with pytest.raises(NotFoundError):
        forms.usage("nothing")


def test_the_keys_are_shown_and_not_rotated(forms, workspace):
    pair = forms.keys()
    assert pair.api_key == Secret(workspace["api_key"])
    assert forms.keys().secret_key == Secret(workspace["secret_key"])
    assert forms.profile().email == "owner@example.com"

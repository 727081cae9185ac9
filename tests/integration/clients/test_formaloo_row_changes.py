"""Formaloo's client against the sandbox: rows changed and removed."""

from __future__ import annotations

import pytest

from formarelay.errors import InvalidRequestError, NotFoundError, OutcomeUnknownError


@pytest.fixture
def form(forms, workspace):
    return forms.forms.get(workspace["forms"][0]["slug"])


@pytest.fixture
def row_slugs(workspace) -> list[str]:
    return list(workspace["forms"][0]["rows"])


def test_given_fields_change_and_the_others_stay(forms, form, row_slugs):
    name, plan = form.field("name").slug, form.field("plan")
    premium = next(slug for slug, title in plan.choices if title == "Premium")

    change = forms.rows.change(row_slugs[0], {name: "Ada King", plan.slug: premium})

    assert change.not_taken == ()
    assert change.row == forms.rows.get(row_slugs[0])
    values = [change.row.value(alias) for alias in ("name", "email", "plan")]
    assert values == ["Ada King", "ada@example.com", premium]


def test_what_the_provider_left_out_in_silence_is_named(forms, form, row_slugs):
    name, plan = form.field("name").slug, form.field("plan").slug

    change = forms.rows.change(row_slugs[0], {name: "Ada King", plan: "Premium", "name": "x"})

    assert change.not_taken == (plan, "name")
    assert change.row.value("name") == "Ada King"


def test_fields_inside_data_never_reach_the_provider(sandbox, forms, row_slugs):
    with pytest.raises(InvalidRequestError):
        forms.rows.change(row_slugs[0], {"data": {"name": "x"}})

    requests = sandbox.control("GET", "/requests")["requests"]
    assert "PATCH" not in [request["method"] for request in requests]


def test_rows_are_removed_alone_and_together(forms, form, row_slugs):
    first, second, third = row_slugs

    forms.rows.delete(second)
    assert [row.slug for row in forms.rows.list(form.slug)] == [first, third]
    for gone in (lambda: forms.rows.delete(second), lambda: forms.rows.change(second, {"a": "b"})):
        with pytest.raises(NotFoundError):
            gone()

    for _ in range(2):
        forms.rows.delete_many(form.slug, [first, second, third])
        assert list(forms.rows.list(form.slug)) == []


@pytest.mark.parametrize("fault", ["accept_then_drop", "drop_before_accept"])
def test_a_change_without_an_answer_is_unknown_and_made_once_at_most(
    sandbox, forms, form, row_slugs, fault
):
    name = form.field("name").slug
    rule = {"route": "PATCH /rows/{slug}/", "fault": fault, "times": 1}
    sandbox.control("POST", "/faults", rule)

    with pytest.raises(OutcomeUnknownError):
        forms.rows.change(row_slugs[0], {name: "Ada King"})

    requests = sandbox.control("GET", "/requests")["requests"]
    assert [request["method"] for request in requests].count("PATCH") == 1
    # Safe to repeat, whichever it was.
    assert forms.rows.change(row_slugs[0], {name: "Ada King"}).not_taken == ()

"""Rows and submissions against the sandbox."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta

import pytest

from formarelay.errors import (
    CredentialError,
    InvalidRequestError,
    NotFoundError,
    OutcomeUnknownError,
    ServerError,
    UnexpectedResponseError,
)
from formarelay.http import Timeouts

SUBMIT = "POST /form-displays/slug/{slug}/submit/"
ROW = "GET /rows/{slug}/"
TOKEN = "POST /oauth2/authorization-token/"


@pytest.mark.parametrize("shape", ["array", "object"])
def test_a_row_is_found_by_slug_and_its_values_by_slug_and_alias(provider, client, shape):
    provider.set_knobs(formaloo_rendered_data=shape)
    slug = provider.form["rows"][0]

    row = client.row(slug)

    assert (row.slug, row.form) == (slug, provider.form["slug"])
    assert row.value("email") == row.value(provider.field("email")) == "ada@example.com"
    assert row.value("order_number") == "A-1001"
    assert row.created_at.tzinfo is UTC
    assert abs(datetime.now(UTC) - row.created_at) < timedelta(minutes=5)


def test_a_submit_code_is_no_row_slug(provider, client):
    code = client.row(provider.form["rows"][0]).submit_code

    with pytest.raises(NotFoundError) as caught:
        client.row(code)

    assert type(caught.value) is NotFoundError


@pytest.mark.parametrize("style", ["string", "integer"])
@pytest.mark.parametrize("page_size", [1, 2, 3, 50])
def test_all_rows_come_oldest_first(provider, client, style, page_size):
    provider.set_knobs(formaloo_current_page=style)

    rows = list(client.rows(provider.form["slug"], page_size=page_size))

    assert [row.slug for row in rows] == provider.form["rows"]


def test_rows_submitted_during_a_crawl_are_neither_lost_nor_doubled(provider, client, clock):
    form = provider.fill_form(5)
    name = provider.form["fields"][0]["slug"]
    names = []
    for row in client.rows(form, page_size=2):
        names.append(row.value("name"))
        if len(names) in {1, 3}:
            clock.advance(1)
            client.submit(form, {name: f"late {len(names)}"})

    assert names == [*(f"person {number}" for number in range(5)), "late 1", "late 3"]


def test_an_order_that_shifts_the_pages_doubles_none(provider, client, clock):
    form = provider.fill_form(5)
    rows = client.rows(form, page_size=2, sort_by="-submit_number")
    names = [next(rows).value("name")]
    clock.advance(1)
    client.submit(form, {"name": "late"}, by_alias=True)
    names += [row.value("name") for row in rows]

    assert names == [f"person {number}" for number in (4, 3, 2, 1, 0)]


def test_rows_can_be_filtered(provider, client):
    form = provider.form["slug"]

    rows = client.rows(form, filters={provider.field("order_number"): "A-1002"})

    assert [row.value("name") for row in rows] == ["Grace Hopper"]


def test_a_public_address_is_no_form_slug(provider, client):
    with pytest.raises(NotFoundError):
        list(client.rows(provider.form["address"]))


def test_any_data_can_be_read(provider, client):
    slug = provider.form["slug"]

    data = client.get("forms/{form}", form=slug)

    assert data["form"]["slug"] == slug
    assert {entry["path"][-1] for entry in provider.journal()} == {"/"}


@pytest.mark.parametrize("version", ["v1.0", "v2.0", "v3", "v3.0"])
def test_the_version_is_configurable(provider, make_client, version):
    row = provider.form["rows"][0]

    assert make_client(version=version).row(row).slug == row
    assert {entry["path"].split("/")[1] for entry in provider.journal()} == {version}


@pytest.mark.parametrize("key", ["row", "bare"])
def test_a_submission_carries_the_api_key_and_no_authorization(provider, client, key):
    provider.set_knobs(formaloo_submit_key=key)
    client.row(provider.form["rows"][0])
    values = {provider.field("name"): "Mary", provider.field("email"): "mary@example.com"}

    submission = client.submit(provider.form["slug"], values)

    assert client.row(submission.slug).submit_code == submission.submit_code
    (entry,) = [entry for entry in provider.journal() if entry["path"].endswith("/submit/")]
    sent = {name.lower() for name in entry["headers"]}
    assert "x-api-key" in sent
    assert "authorization" not in sent


def test_a_submission_needs_no_token(provider, client):
    client.submit(provider.form["slug"], {"name": "M", "email": "m@example.com"}, by_alias=True)

    assert provider.mints == 0


@pytest.mark.parametrize("by_alias", [False, True])
def test_refused_fields_are_named_as_they_were_given(provider, client, by_alias):
    email = "email" if by_alias else provider.field("email")
    name = "name" if by_alias else provider.field("name")

    with pytest.raises(InvalidRequestError) as caught:
        client.submit(provider.form["slug"], {email: "nonsense"}, by_alias=by_alias)

    assert type(caught.value) is InvalidRequestError
    assert sorted(caught.value.problems) == sorted([email, name])
    assert "nonsense" not in str(caught.value)


def test_a_form_that_does_not_exist_takes_no_submission(client):
    with pytest.raises(NotFoundError):
        client.submit("nowhere", {})


@pytest.mark.parametrize(
    ("fault", "error", "new_rows"),
    [
        ("accept_then_drop", OutcomeUnknownError, 1),
        ("accept_then_status:504", ServerError, 1),
        ("accept_then_html:200", UnexpectedResponseError, 1),
        ("empty", UnexpectedResponseError, 1),
        ("broken_json", UnexpectedResponseError, 1),
        ("truncated", OutcomeUnknownError, 1),
        ("drop_before_accept", OutcomeUnknownError, 0),
        ("status:503", ServerError, 0),
        ("html", ServerError, 0),
    ],
)
def test_a_submission_of_open_outcome_is_never_made_twice(provider, client, fault, error, new_rows):
    provider.add_fault(SUBMIT, fault)
    values = {"name": "Mary", "email": "mary@example.com"}

    with pytest.raises(OutcomeUnknownError) as caught:
        client.submit(provider.form["slug"], values, by_alias=True)

    assert type(caught.value) is error
    assert len(provider.form["rows"]) == 3 + new_rows
    assert len(provider.journal()) == 1


def test_a_submission_with_rotated_keys_is_made_once(provider, client):
    provider.rotate_keys()

    client.submit(provider.form["slug"], {"name": "M", "email": "m@example.com"}, by_alias=True)

    assert len(provider.form["rows"]) == 4
    assert [status for _, status in provider.calls()] == [401, 201]


@pytest.mark.parametrize("route", [ROW, TOKEN])
@pytest.mark.parametrize(
    "fault",
    [
        "accept_then_drop", "drop_before_accept", "status:500", "status:503", "html", "empty",
        "broken_json", "truncated", "accept_then_html:200", "retry_after:3",
    ],
)  # fmt: skip
def test_a_read_survives_a_fault_that_passes(provider, client, route, fault):
    row = provider.form["rows"][0]
    provider.add_fault(route, fault)

    assert client.row(row).slug == row


def test_a_hanging_provider_costs_no_more_than_the_timeouts(provider, make_client):
    client = make_client(timeouts=Timeouts(connect_seconds=0.2, read_seconds=0.3))
    provider.add_fault(ROW, "hang:20", times=3)

    row = provider.form["rows"][0]

    begin = time.monotonic()
    with pytest.raises(OutcomeUnknownError) as caught:
        client.row(row)

    assert type(caught.value) is OutcomeUnknownError
    assert time.monotonic() - begin < 10
    assert len(provider.journal()) == 1 + 3


def test_a_401_that_stays_is_the_callers(provider, client):
    provider.add_fault(ROW, "status:401", times=2)
    row = provider.form["rows"][0]

    with pytest.raises(CredentialError) as caught:
        client.row(row)

    assert type(caught.value) is CredentialError
    assert provider.mints == 2
    assert client.row(row).slug == row

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest

from formarelay.errors import UnexpectedResponseError
from formarelay.formaloo.models import (
    Row,
    parse_row,
    parse_timestamp,
)

OPERATION = "GET rows/{row}/"
ROW = {
    "slug": "kT4nQxW7LmZbR2vYc9sD",
    "form": "fORm1",
    "submit_code": "code-7",
    "tracking_code": "T-7",
    "submit_number": 7,
    "data": {"fMail": "ada@example.com", "fName": "Ada", "fPlan": "chPro", "fNote": None},
    "rendered_data": [
        {"form": "fORm1", "slug": "fMail", "alias": "mail", "value": "Ada <ada@example.com>"},
        {"form": "fORm1", "slug": "fName", "alias": None, "value": "Ada"},
        {"form": "fORm1", "slug": "fPlan", "alias": "plan", "value": "Professional"},
        {"form": "fORm1", "slug": "fNote", "alias": "note", "value": ""},
    ],
    "readable_data": {"E-mail": "ada@example.com"},
    "status": "active",
    "created_at": "2026-07-01T10:20:30.123456",
    "updated_at": "2026-07-02T10:20:30+02:00",
}


def row(**changes: object) -> Row:
    return parse_row({**ROW, **changes}, operation=OPERATION)


def test_a_row_is_read_whole():
    parsed = row()

    assert parsed.slug == "kT4nQxW7LmZbR2vYc9sD"
    assert parsed.form == "fORm1"
    assert parsed.submit_code == "code-7"
    assert dict(parsed.data) == ROW["data"]
    assert dict(parsed.aliases) == {"mail": "fMail", "plan": "fPlan", "note": "fNote"}
    assert parsed.created_at == datetime(2026, 7, 1, 10, 20, 30, 123456, tzinfo=UTC)
    assert parsed.updated_at == datetime(2026, 7, 2, 8, 20, 30, tzinfo=UTC)


@pytest.mark.parametrize("name", ["fPlan", "plan"])
def test_a_value_is_found_by_slug_and_by_alias_and_is_the_raw_one(name):
    assert row().value(name) == "chPro"


@pytest.mark.parametrize("name", ["nothing", "", "fNote", "note", "E-mail"])
def test_a_field_that_is_empty_or_not_there_has_no_value(name):
    assert row().value(name) is None


def test_a_slug_goes_before_an_alias_of_the_same_name():
    rendered = [{"slug": "fName", "alias": "fMail"}]

    assert row(rendered_data=rendered).value("fMail") == "ada@example.com"


def test_rendered_data_may_be_an_object_by_slug():
    rendered = {
        "fMail": {"alias": "mail", "value": "x"},
        "other-key": {"slug": "fPlan", "alias": "plan"},
    }

    assert dict(row(rendered_data=rendered).aliases) == {"mail": "fMail", "plan": "fPlan"}


def test_an_alias_that_two_fields_share_names_neither():
    rendered = [
        {"slug": "fMail", "alias": "mail"},
        {"slug": "fName", "alias": "mail"},
        {"slug": "fPlan", "alias": "plan"},
        {"slug": "fPlan", "alias": "plan"},
    ]

    parsed = row(rendered_data=rendered)

    assert parsed.value("mail") is None
    assert parsed.value("plan") == "chPro"


@pytest.mark.parametrize(
    "rendered",
    [None, "text", 7, [], {}, [None, "x", 7], {"fMail": None}, [{"alias": "mail"}], [{"slug": 7}]],
)
def test_unreadable_rendered_data_only_means_no_aliases(rendered):
    parsed = row(rendered_data=rendered)

    assert dict(parsed.aliases) == {}
    assert parsed.value("fMail") == "ada@example.com"


def test_a_row_of_the_bare_minimum_is_a_row():
    assert parse_row({"slug": "r1", "data": {}}, operation=OPERATION) == Row(slug="r1", data={})


def test_a_row_cannot_be_changed():
    with pytest.raises(TypeError):
        row().data["fMail"] = "eve@example.com"


def test_no_field_content_shows_in_a_repr():
    shown = repr(row())

    assert "kT4nQxW7LmZbR2vYc9sD" in shown
    assert "ada" not in shown.lower()


@pytest.mark.parametrize(
    "document",
    [None, "row", [], {}, {"slug": "r1"}, {"data": {}}, {"slug": "", "data": {}},
     {"slug": 7, "data": {}}, {"slug": "r1", "data": "text"}, {"slug": "r1", "data": []}],
)  # fmt: skip
def test_what_is_no_row_is_refused(document):
    with pytest.raises(UnexpectedResponseError) as caught:
        parse_row(document, operation=OPERATION)

    assert type(caught.value) is UnexpectedResponseError
    assert caught.value.service == "formaloo"
    assert caught.value.operation == OPERATION


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-07-01T10:20:30", datetime(2026, 7, 1, 10, 20, 30, tzinfo=UTC)),
        ("2026-07-01T10:20:30Z", datetime(2026, 7, 1, 10, 20, 30, tzinfo=UTC)),
        ("2026-07-01T10:20:30-04:00", datetime(2026, 7, 1, 14, 20, 30, tzinfo=UTC)),
        ("2026-07-01", datetime(2026, 7, 1, tzinfo=UTC)),
        ("0001-01-01T00:00:00+10:00", None),
        ("yesterday", None),
        ("", None),
        (None, None),
        (1_800_000_000, None),
    ],
)
def test_timestamps_are_utc_and_naive_ones_taken_as_such(text, moment):
    parsed = parse_timestamp(text)

    assert parsed == moment
    assert parsed is None or parsed.tzinfo is UTC


def test_timestamps_with_an_offset_lose_it():
    aware = datetime(2026, 7, 1, tzinfo=timezone(timedelta(hours=2)))

    assert parse_timestamp(aware.isoformat()).utcoffset() == timedelta(0)

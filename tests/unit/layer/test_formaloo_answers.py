"""Pages of rows and answers to submissions, as values."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from formarelay.errors import UnexpectedResponseError
from formarelay.formaloo.models import (
    Row,
    RowPage,
    Submission,
    parse_row_page,
    parse_submission,
)

OPERATION = "GET rows/{row}/"


def test_a_page_is_read_whole():
    page = parse_row_page(
        {
            "count": 51, "next": "https://api.formaloo.me/v3.0/forms/f/rows/?page=3",
            "previous": None, "page_size": 25, "page_count": 3, "current_page": "2",
            "rows": [{"slug": "r1", "data": {}}], "top_fields": [],
        },
        operation=OPERATION,
    )  # fmt: skip

    assert page == RowPage(
        rows=(Row(slug="r1", data={}),),
        has_next=True,
        current_page=2,
        page_count=3,
        page_size=25,
        count=51,
    )


@pytest.mark.parametrize(
    ("number", "parsed"),
    [(2, 2), ("2", 2), (0, 0), (None, None), ("", None), ("two", None), (True, None), (-1, None),
     (2.0, None), ("²", None), ("9" * 5_000, None), ([], None)],
)  # fmt: skip
def test_page_numbers_come_as_numbers_or_as_digits(number, parsed):
    assert parse_row_page({"rows": [], "current_page": number}, operation="").current_page == parsed


@pytest.mark.parametrize(
    ("data", "has_next"),
    [({}, None), ({"next": None}, False), ({"next": ""}, False), ({"next": "https://x"}, True)],
)
def test_a_missing_next_says_nothing(data, has_next):
    assert parse_row_page({"rows": [], **data}, operation="").has_next is has_next


@pytest.mark.parametrize("rows", [None, {}, "rows", [None], [{"slug": "r1"}]])
def test_a_page_without_readable_rows_is_refused(rows):
    with pytest.raises(UnexpectedResponseError) as caught:
        parse_row_page({"rows": rows}, operation=OPERATION)

    assert type(caught.value) is UnexpectedResponseError
    assert caught.value.operation == OPERATION


ANSWER = {
    "id": 7,
    "slug": "r1",
    "submit_code": "code-7",
    "tracking_code": "T-7",
    "created_at": "2026-07-01T10:20:30",
}


SUBMISSION = Submission(
    slug="r1",
    submit_code="code-7",
    tracking_code="T-7",
    created_at=datetime(2026, 7, 1, 10, 20, 30, tzinfo=UTC),
)


@pytest.mark.parametrize(
    "body",
    [
        {"status": 201, "data": {"row": ANSWER}},
        {"status": 201, "data": ANSWER},
        ANSWER,
        {**ANSWER, "data": {"fMail": "ada@example.com"}},
        {"data": {"row": None, **ANSWER}},
        {"data": {"row": ANSWER, "slug": "of something else"}},
        {"data": {"row": {"note": "no ids"}, **ANSWER}},
    ],
)
def test_a_submission_is_found_wherever_it_stands(body):
    assert parse_submission(body, operation=OPERATION) == SUBMISSION


def test_a_submission_may_have_only_a_submit_code():
    parsed = parse_submission({"data": {"submit_code": "c", "slug": None}}, operation="")

    assert parsed == Submission(slug="", submit_code="c", tracking_code="", created_at=None)


@pytest.mark.parametrize(
    "body", [{}, {"data": {}}, {"data": None}, {"data": [ANSWER]}, {"detail": "ok"}]
)
def test_an_answer_that_names_no_row_proves_no_submission(body):
    with pytest.raises(UnexpectedResponseError) as caught:
        parse_submission(body, operation=OPERATION)

    assert type(caught.value) is UnexpectedResponseError
    assert caught.value.operation == OPERATION

"""The rows of a form through the client: which pages are asked for, and with which token."""

from __future__ import annotations

import pytest

from formarelay.errors import InvalidRequestError, NotFoundError, UnexpectedResponseError
from tests.support.formaloo import Service, enveloped, refusal

OPERATION = "GET forms/{form}/rows/"


def rows_page(*slugs: str, number: int | str, of: int) -> dict[str, object]:
    elsewhere = "https://elsewhere.example/v3.0/forms/f1/rows/?page=99"
    return enveloped(
        {
            "count": 2 * of, "page_size": 2, "page_count": of, "current_page": number,
            "previous": None, "next": elsewhere if int(number) < of else None,
            "rows": [{"slug": slug, "data": {}} for slug in slugs],
        }
    )  # fmt: skip


@pytest.fixture
def service():
    return Service()


def add_page(service: Service, *slugs: str, number: int | str, of: int, **how: object) -> None:
    service.http.replies(json=rows_page(*slugs, number=number, of=of), operation=OPERATION, **how)


def test_all_pages_are_asked_for_by_number(service):
    service.mints()
    add_page(service, "a", "b", number="1", of=3)
    add_page(service, "c", "d", number=2, of=3)
    add_page(service, "e", "f", number="3", of=3)

    rows = service.client.rows("f/1", page_size=2)

    assert [row.slug for row in rows] == list("abcdef")
    pages = service.http.requests[1:]
    assert {page.path for page in pages} == {"/v3.0/forms/f%2F1/rows/"}
    assert [page.params for page in pages] == [
        {"page": number, "page_size": 2, "sort_by": "created_at"} for number in (1, 2, 3)
    ]
    assert {page.headers["Authorization"] for page in pages} == {"JWT token-1"}
    service.http.assert_done()


def test_the_token_is_looked_at_anew_for_each_page(service):
    service.mints(200, 200)
    add_page(service, "a", "b", number=1, of=3)
    add_page(service, "c", "d", number=2, of=3)
    add_page(service, "e", "f", number=3, of=3)
    rows = service.client.rows("f1", page_size=2)

    taken = [next(rows).slug, next(rows).slug]
    service.clock.advance(31)
    taken += [row.slug for row in rows]

    assert taken == list("abcdef")
    assert service.sent == [
        "Basic secret-key-one==", "JWT token-1",
        "Basic secret-key-one==", "JWT token-2", "JWT token-2",
    ]  # fmt: skip


def test_a_page_refused_for_its_token_is_asked_for_again_and_no_row_lost(service):
    service.mints(200, 200)
    add_page(service, "a", "b", number=1, of=2)
    service.http.replies(401, json=refusal(401, "Signature has expired."), operation=OPERATION)
    add_page(service, "c", "d", number=2, of=2)

    assert [row.slug for row in service.client.rows("f1", page_size=2)] == list("abcd")


def test_filters_and_sorting_are_passed_on(service):
    service.mints()
    add_page(service, number=1, of=1)

    list(
        service.client.rows("f1", sort_by="-submit_time", filters={"created_at_gte": "2026-07-01"})
    )

    assert service.http.requests[1].params == {
        "created_at_gte": "2026-07-01",
        "page": 1,
        "page_size": 50,
        "sort_by": "-submit_time",
    }


@pytest.mark.parametrize("name", ["page", "page_size", "sort_by"])
def test_a_filter_cannot_take_the_paging_over(service, name):
    with pytest.raises(ValueError, match="filters"):
        service.client.rows("f1", filters={name: "1"})

    assert service.http.requests == []


def test_a_form_that_does_not_exist_has_no_rows_to_give(service):
    service.mints()
    service.http.replies(404, json=refusal(404, "Not found."), operation=OPERATION)

    with pytest.raises(NotFoundError) as caught:
        list(service.client.rows("address-not-slug"))

    assert type(caught.value) is NotFoundError


def test_an_empty_slug_is_refused_before_the_first_row_is_taken(service):
    with pytest.raises(InvalidRequestError):
        service.client.rows("")


def test_a_crawl_has_a_bound():
    service = Service(most_page_requests=2)
    service.mints()
    add_page(service, "a", "b", number=1, of=9)
    add_page(service, "c", "d", number=2, of=9)

    with pytest.raises(UnexpectedResponseError) as caught:
        list(service.client.rows("f1", page_size=2))

    assert type(caught.value) is UnexpectedResponseError
    service.http.assert_done()

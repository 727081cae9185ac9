from __future__ import annotations

from collections.abc import Callable

import pytest

from formarelay.errors import NotFoundError, ServerError, UnexpectedResponseError
from formarelay.formaloo.models import Row, RowPage
from formarelay.formaloo.paging import crawl_rows


def page(*slugs: str, **facts: object) -> RowPage:
    given = {
        "has_next": None, "current_page": None, "page_count": None, "page_size": None,
        "count": None, **facts,
    }  # fmt: skip
    return RowPage(rows=tuple(Row(slug=slug, data={}) for slug in slugs), **given)


class Form:
    """A form's rows, paged as the provider pages them; a test may change them between pages."""

    def __init__(self, slugs: str, *, page_size: int = 2) -> None:
        self.slugs = list(slugs)
        self.page_size = page_size
        self.asked: list[int] = []
        self.between: dict[int, Callable[[], None]] = {}

    def read(self, number: int) -> RowPage:
        self.between.pop(len(self.asked), lambda: None)()
        self.asked.append(number)
        page_count = max(1, -(-len(self.slugs) // self.page_size))
        if number > page_count:
            raise NotFoundError("no such page", status=404)
        begin = (number - 1) * self.page_size
        return page(
            *self.slugs[begin : begin + self.page_size],
            has_next=number < page_count,
            current_page=number,
            page_count=page_count,
            page_size=self.page_size,
            count=len(self.slugs),
        )

    def crawl(self) -> str:
        rows = crawl_rows(self.read, page_size=self.page_size, most_requests=100)
        return "".join(row.slug for row in rows)


def crawl(*pages: RowPage, page_size: int = 2, most_requests: int = 100) -> str:
    """The slugs that come of these pages; reading beyond them fails the test."""
    rows = crawl_rows(
        lambda number: pages[number - 1], page_size=page_size, most_requests=most_requests
    )
    return "".join(row.slug for row in rows)


@pytest.mark.parametrize(
    ("slugs", "asked"),
    [("", [1]), ("a", [1]), ("ab", [1]), ("abc", [1, 2]), ("abcdefg", [1, 2, 3, 4])],
)
def test_every_page_is_asked_for_once(slugs, asked):
    form = Form(slugs)

    assert form.crawl() == slugs
    assert form.asked == asked


def test_pages_are_read_only_as_rows_are_taken():
    form = Form("abcdef")
    rows = crawl_rows(form.read, page_size=2, most_requests=100)

    assert [next(rows).slug, next(rows).slug] == ["a", "b"]
    assert form.asked == [1]
    assert next(rows).slug == "c"
    assert form.asked == [1, 2]


def test_rows_that_are_added_at_the_end_meanwhile_are_read_too():
    form = Form("abcd")
    form.between[1] = lambda: form.slugs.extend("efg")

    assert form.crawl() == "abcdefg"


def test_rows_that_are_inserted_in_front_meanwhile_duplicate_none():
    form = Form("abcdef")
    form.between[1] = lambda: form.slugs.insert(0, "x")
    form.between[2] = lambda: form.slugs.insert(0, "y")

    assert form.crawl() == "abcdef"


def test_rows_that_move_forward_because_others_are_deleted_are_not_lost():
    form = Form("abcdefgh")
    form.between[2] = lambda: form.slugs.remove("a")

    assert form.crawl() == "abcdfgeh"
    assert form.asked == [1, 2, 3, 2, 3, 4]


def test_many_deletions_are_followed_back_over_as_many_pages():
    form = Form("abcdefghij")
    form.between[3] = lambda: [form.slugs.remove(slug) for slug in "abc"]

    assert sorted(form.crawl()) == list("abcdefghij")


def test_pages_read_again_in_vain_are_not_taken_for_a_repetition():
    form = Form("abcdefghijklmnopqrstuvwxyz")
    form.between[6] = lambda: form.slugs.__delitem__(slice(16, None))

    assert form.crawl() == "abcdefghijklmnop"
    assert form.asked == [1, 2, 3, 4, 5, 6, 7, 2, 3, 4, 5, 6, 7, 8]


def test_more_deletions_than_were_read_lead_back_to_the_first_page():
    form = Form("abcdefghij")
    form.between[2] = lambda: form.slugs.__delitem__(slice(4, None))

    assert form.crawl() == "abcd"
    assert form.asked == [1, 2, 3, 2, 1, 2]


def test_a_page_that_vanishes_meanwhile_ends_the_crawl_after_another_look():
    form = Form("abcdef")
    form.between[2] = lambda: [form.slugs.remove(slug) for slug in "ab"]

    assert form.crawl() == "abcdef"


def test_a_form_emptied_meanwhile_ends_the_crawl():
    form = Form("abcdef")
    form.between[1] = form.slugs.clear

    assert form.crawl() == "ab"


def test_a_missing_first_page_is_a_missing_form():
    def read(number: int) -> RowPage:
        raise NotFoundError("no such form", status=404)

    with pytest.raises(NotFoundError) as caught:
        list(crawl_rows(read, page_size=2, most_requests=100))

    assert type(caught.value) is NotFoundError


def test_errors_of_a_later_page_are_not_taken_for_the_end():
    def read(number: int) -> RowPage:
        if number == 2:
            raise ServerError("down")
        return page("a", "b", has_next=True)

    with pytest.raises(ServerError):
        list(crawl_rows(read, page_size=2, most_requests=100))


@pytest.mark.parametrize(
    ("first", "more"),
    [
        (page("a", "b", has_next=True), True),
        (page("a", "b", has_next=True, page_count=1), True),
        (page("a", "b", has_next=False, page_count=2), True),
        (page("a", "b", page_count=2), True),
        (page("a", "b"), True),
        (page("a", has_next=True), True),
        (page("a", page_size=1), True),
        (page("a", "b", has_next=False), False),
        (page("a", "b", page_count=1), False),
        (page("a", "b", has_next=False, page_count=1), False),
        (page("a"), False),
        (page(), False),
    ],
)
def test_either_sign_of_another_page_leads_to_it(first, more):
    assert crawl(first, page("z", has_next=False)) == ("".join(row.slug for row in first.rows)
        + ("z" if more else ""))  # fmt: skip


def test_a_row_twice_on_one_page_comes_once():
    assert crawl(page("a", "a", "b", has_next=False)) == "ab"


def test_a_last_page_given_again_instead_of_one_beyond_it_is_the_end():
    assert crawl(
        page("a", "b", has_next=True, current_page=1, page_count=2),
        page("c", "d", has_next=True, current_page=2, page_count=2),
        page("c", "d", has_next=True, current_page=2, page_count=2),
    ) == "abcd"  # fmt: skip


@pytest.mark.parametrize("page_count", [None, 1, 5])
def test_another_page_than_the_one_asked_for_is_not_taken(page_count):
    with pytest.raises(UnexpectedResponseError, match="another page") as caught:
        crawl(
            page("a", "b", has_next=True, current_page=1, page_count=5),
            page("c", "d", has_next=True, current_page=3, page_count=page_count),
        )

    assert type(caught.value) is UnexpectedResponseError


def test_a_server_that_repeats_a_page_for_ever_is_left():
    asked = []

    def read(number: int) -> RowPage:
        asked.append(number)
        return page("a", "b", has_next=True)

    with pytest.raises(UnexpectedResponseError, match="repeat") as caught:
        list(crawl_rows(read, page_size=2, most_requests=100))

    assert type(caught.value) is UnexpectedResponseError
    assert asked == [1, 2, 3, 4, 5]


def test_a_server_that_alternates_between_missing_and_promised_pages_is_left():
    def read(number: int) -> RowPage:
        if number > 1:
            raise NotFoundError("no such page", status=404)
        return page("a", "b", has_next=True)

    with pytest.raises(UnexpectedResponseError, match="repeat"):
        list(crawl_rows(read, page_size=2, most_requests=100))


def test_a_server_with_ever_new_rows_is_left_after_the_bound():
    asked = []

    def read(number: int) -> RowPage:
        asked.append(number)
        return page(f"r{number}", has_next=True)

    with pytest.raises(UnexpectedResponseError, match="do not end"):
        list(crawl_rows(read, page_size=2, most_requests=7))

    assert asked == [1, 2, 3, 4, 5, 6, 7]


def test_a_count_that_wavers_for_ever_is_left_after_the_bound():
    counts = iter([9, 8] * 50)

    with pytest.raises(UnexpectedResponseError, match="do not end"):
        list(
            crawl_rows(
                lambda number: page(f"r{number}", has_next=True, count=next(counts)),
                page_size=2,
                most_requests=100,
            )
        )

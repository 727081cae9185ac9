"""Reads every row of a form although the provider offers neither a cursor nor a snapshot."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import Generic, Protocol, TypeVar

from formarelay.errors import NotFoundError, UnexpectedResponseError
from formarelay.formaloo.models import SERVICE, Page


class Slugged(Protocol):
    """What a list shows: its slug tells it from the others."""

    @property
    def slug(self) -> str: ...


ItemT = TypeVar("ItemT", bound=Slugged)
PageReader = Callable[[int], Page[ItemT]]

# Pages in a row without one new row. Rows inserted in front while we read can push a page or two
# of known ones before us; a server that repeats itself does so for ever.
MOST_BARREN_PAGES = 3


def crawl_rows(
    read_page: PageReader[ItemT], *, page_size: int, most_requests: int
) -> Iterator[ItemT]:
    """Every row (or form) once, in the order of the pages.

    Pages are asked for by number, from 1; the address that the server gives for the next one is
    never followed. Rows that are inserted while we read, and so seen twice, come once. When rows
    are deleted meanwhile (`count` falls, or the page has gone), the pages onto which unread rows
    may have moved are read again.

    Raises:
        UnexpectedResponseError: The pages never end: more than `most_requests` of them, pages
            without anything new, or another page than the one asked for.
        Whatever `read_page` raises.
    """
    crawl: _Crawl[ItemT] = _Crawl(page_size=page_size)
    for _ in range(most_requests):
        try:
            page = read_page(crawl.page_number)
        except NotFoundError:
            if crawl.page_number == 1:
                raise
            crawl.step_back_from_missing_page()
            continue
        yield from crawl.new_rows(page)
        if not crawl.advance(page):
            return
    raise UnexpectedResponseError("the pages of rows do not end", service=SERVICE)


class _Crawl(Generic[ItemT]):
    def __init__(self, *, page_size: int) -> None:
        self.page_number = 1
        self._page_size = page_size
        self._seen: set[str] = set()
        self._last_count: int | None = None
        self._barren_pages = 0
        self._new_on_page = 0

    def new_rows(self, page: Page[ItemT]) -> list[ItemT]:
        fresh = list({row.slug: row for row in page.rows if row.slug not in self._seen}.values())
        self._seen.update(row.slug for row in fresh)
        self._new_on_page = len(fresh)
        return fresh

    def advance(self, page: Page[ItemT]) -> bool:
        """Choose the next page; False when everything has been read."""
        if self._is_clamped(page):
            return False
        deleted = self._deleted_since_last_page(page)
        if deleted and self.page_number > 1:
            self._step_back(math.ceil(deleted / self._size_of(page)))
            return True
        if not self._has_more(page):
            return False
        self._tolerate_barren_page()
        self.page_number += 1
        return True

    def step_back_from_missing_page(self) -> None:
        self._tolerate_barren_page()
        self.page_number -= 1

    def _step_back(self, pages: int) -> None:
        target = max(1, self.page_number - pages)
        # The pages between have been read before, so nothing new is expected of them.
        self._barren_pages = target - self.page_number
        self.page_number = target

    def _deleted_since_last_page(self, page: Page[ItemT]) -> int:
        previous, self._last_count = self._last_count, page.count
        if previous is None or page.count is None:
            return 0
        return max(0, previous - page.count)

    def _is_clamped(self, page: Page[ItemT]) -> bool:
        if page.current_page is None or page.current_page == self.page_number:
            return False
        if page.page_count is not None and page.current_page == page.page_count < self.page_number:
            return True
        raise UnexpectedResponseError(
            "the server gave another page than the one asked for", service=SERVICE
        )

    def _has_more(self, page: Page[ItemT]) -> bool:
        if page.has_next is None and page.page_count is None:
            return len(page.rows) >= self._size_of(page)
        return bool(page.has_next) or (
            page.page_count is not None and self.page_number < page.page_count
        )

    def _size_of(self, page: Page[ItemT]) -> int:
        """The provider's upper bound of the page size is unknown; it may have given less."""
        return min(self._page_size, page.page_size or self._page_size)

    def _tolerate_barren_page(self) -> None:
        self._barren_pages = 0 if self._new_on_page else self._barren_pages + 1
        if self._barren_pages > MOST_BARREN_PAGES:
            raise UnexpectedResponseError("the pages of rows repeat themselves", service=SERVICE)

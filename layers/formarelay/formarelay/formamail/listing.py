"""Walks the pages of a listing so that its end can be trusted."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Protocol, TypeVar

from formarelay.errors import UnexpectedResponseError


class Listed(Protocol):
    """What a listing shows: its id tells it from the others."""

    @property
    def id(self) -> str: ...


ItemT = TypeVar("ItemT", bound=Listed)
ItemT_co = TypeVar("ItemT_co", bound=Listed, covariant=True)


class Page(Protocol[ItemT_co]):
    """One page; `total` and `total_pages` are None where the provider is silent."""

    @property
    def items(self) -> Sequence[ItemT_co]: ...

    @property
    def total(self) -> int | None: ...

    @property
    def total_pages(self) -> int | None: ...


# Ours: 50,000 mails of one recipient since one instant; more is a server that never ends.
MAX_PAGES = 1000


def walk(fetch: Callable[[int], Page[ItemT]], *, service: str, operation: str) -> Iterator[ItemT]:
    """Yield every item once, fetching a page only when it is needed.

    That the walk ends without an error means that the provider says it has shown everything.

    Args:
        fetch: Gets one page by its number, from 1.
        service: For errors.
        operation: For errors.

    Raises:
        UnexpectedResponseError: Pages repeat, end before the promised total, or never end, so
            that an item that was not seen may still be there. After those that were seen.
    """
    seen: set[str] = set()
    for number in range(1, MAX_PAGES + 1):
        page = fetch(number)
        seen_before = len(seen)
        for item in page.items:
            if item.id not in seen:
                seen.add(item.id)
                yield item
        if _shows_all(page, number, seen=len(seen)):
            return
        if len(seen) == seen_before:
            raise UnexpectedResponseError(
                "the pages repeat or end before all is shown", service=service, operation=operation
            )
    raise UnexpectedResponseError(
        f"no end after {MAX_PAGES} pages", service=service, operation=operation
    )


def _shows_all(page: Page[Listed], number: int, *, seen: int) -> bool:
    if page.total is None and page.total_pages is None:
        return not page.items
    # Where the provider gives both numbers, both must be reached.
    all_items = page.total is None or seen >= page.total
    all_pages = page.total_pages is None or number >= page.total_pages
    return all_items and all_pages

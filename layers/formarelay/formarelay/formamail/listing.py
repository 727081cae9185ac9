"""Walks the pages of a listing so that its end can be trusted."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from formarelay.errors import UnexpectedResponseError
from formarelay.formamail.models import Email, EmailPage

# Ours: 50,000 mails of one recipient since one instant; more is a server that never ends.
MAX_PAGES = 1000


def walk(fetch: Callable[[int], EmailPage], *, service: str, operation: str) -> Iterator[Email]:
    """Yield every mail once, fetching a page only when it is needed.

    That the walk ends without an error means that the provider says it has shown everything.

    Args:
        fetch: Gets one page by its number, from 1.
        service: For errors.
        operation: For errors.

    Raises:
        UnexpectedResponseError: Pages repeat, end before the promised total, or never end, so
            that a mail that was not seen may still be there. After the mails that were seen.
    """
    seen: set[str] = set()
    for number in range(1, MAX_PAGES + 1):
        page = fetch(number)
        seen_before = len(seen)
        for email in page.emails:
            if email.id not in seen:
                seen.add(email.id)
                yield email
        if _shows_all(page, number, seen=len(seen)):
            return
        if len(seen) == seen_before:
            raise UnexpectedResponseError(
                "the pages repeat or end before all is shown", service=service, operation=operation
            )
    raise UnexpectedResponseError(
        f"no end after {MAX_PAGES} pages", service=service, operation=operation
    )


def _shows_all(page: EmailPage, number: int, *, seen: int) -> bool:
    if page.total is None and page.total_pages is None:
        return not page.emails
    # Where the provider gives both numbers, both must be reached.
    all_mails = page.total is None or seen >= page.total
    all_pages = page.total_pages is None or number >= page.total_pages
    return all_mails and all_pages

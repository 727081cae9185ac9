"""Pages of Forma Mail's lists: what was asked for, and what the answer says of it."""

from __future__ import annotations

import math
from collections.abc import Mapping

from sandbox.formamail.checks import Problems

DEFAULT_LIMIT = 20  # provider docs, SDKs: default page size of every list
MAXIMUM_LIMIT = 100  # undocumented; more is clamped
_MAXIMUM_PAGE = 1_000_000


def paging_of(query: Mapping[str, str], *, problems: Problems) -> tuple[int, int]:
    """`limit` and `page`."""
    limit = _positive("limit", query, default=DEFAULT_LIMIT, problems=problems)
    page = _positive("page", query, default=1, problems=problems)
    return min(limit, MAXIMUM_LIMIT), page


def meta_of(total: int, *, limit: int, page: int) -> dict[str, object]:
    """The `meta` of a list."""
    pages = math.ceil(total / limit)
    return {"total": total, "page": page, "limit": limit, "totalPages": pages}


def _positive(name: str, query: Mapping[str, str], *, default: int, problems: Problems) -> int:
    text = query.get(name)
    if text is None:
        return default
    if text.isascii() and text.isdigit() and 1 <= int(text[:20]) <= _MAXIMUM_PAGE:
        return int(text)
    problems.append((name, "must be a positive integer"))
    return default

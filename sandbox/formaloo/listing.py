"""Filters, order and pages of Formaloo's lists."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, TypeVar
from urllib.parse import urlencode

from sandbox.clock import parse_instant
from sandbox.exchange import Call
from sandbox.formaloo.envelope import FormalooRefusalError
from sandbox.formaloo.forms import Form, Row
from sandbox.profile import Profile

ItemT = TypeVar("ItemT")

MAXIMUM_PAGE_SIZE = 1000  # undocumented; `max` and 999 are seen in public code
_SORTABLE = ("created_at", "updated_at", "submit_number")


def page_of(
    items: Sequence[ItemT], *, call: Call, profile: Profile
) -> tuple[list[ItemT], dict[str, object]]:
    """One page and its paging fields; `next` and `previous` are absolute and keep the query.

    Raises:
        FormalooRefusalError: 404 for a page that does not exist.
    """
    size = _page_size(call.query.get("page_size"), default=profile.formaloo_page_size)
    pages = max(1, math.ceil(len(items) / size))
    text = call.query.get("page", "1")
    number = int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0
    if not 1 <= number <= pages:
        raise FormalooRefusalError(404, "Invalid page.")
    paging: dict[str, object] = {
        "count": len(items),
        "next": _link(call, page=number + 1) if number < pages else None,
        "previous": _link(call, page=number - 1) if number > 1 else None,
        "page_size": size,
        "page_count": pages,
        "current_page": number if profile.formaloo_current_page == "integer" else str(number),
    }
    return list(items[(number - 1) * size : number * size]), paging


def _page_size(text: str | None, *, default: int) -> int:
    if text == "max":
        return MAXIMUM_PAGE_SIZE
    if text is None or not (text.isascii() and text.isdigit()) or len(text) > 9 or int(text) < 1:
        return default
    return min(int(text), MAXIMUM_PAGE_SIZE)


def _link(call: Call, *, page: int) -> str:
    query = {**call.query, "page": str(page)}
    return f"{call.origin}{call.path}?{urlencode(query)}"


def matching_rows(rows: Sequence[Row], *, form: Form, query: Mapping[str, str]) -> list[Row]:
    """The rows that every known filter lets through, in the order asked for; unknown parameters
    have no effect. Without `sort_by` the newest row comes first.

    Raises:
        FormalooRefusalError: 400 for a date that is none.
    """
    found = [row for row in rows if _fits(row, form=form, query=query)]
    if "sort_by" not in query:
        return found[::-1]
    for name in reversed(query.get("sort_by", "").split(",")):
        key = name.removeprefix("-")
        if key in _SORTABLE:
            found.sort(key=lambda row: getattr(row, key), reverse=name.startswith("-"))
    return found


def _fits(row: Row, *, form: Form, query: Mapping[str, str]) -> bool:
    return (
        query.get("tracking_code") in (None, row.tracking_code)
        and query.get("submit_number") in (None, str(row.submit_number))
        and _fits_search(row, query.get("search"))
        and _fits_tags(row, query.get("tags"))
        and _fits_fields(row, form=form, query=query)
        and all(
            _fits_time(getattr(row, attribute), name=name, query=query)
            for name, attribute in (
                ("created_at", "created_at"),
                ("updated_at", "updated_at"),
                ("submit_time", "created_at"),
            )
        )
    )


def _fits_search(row: Row, text: str | None) -> bool:
    return not text or any(text.lower() in str(value).lower() for value in row.data.values())


def _fits_tags(row: Row, text: str | None) -> bool:
    # A list with commas (OpenAPI); that one of them is enough is an assumption.
    return not text or not set(text.split(",")).isdisjoint(row.tags)


def _fits_fields(row: Row, *, form: Form, query: Mapping[str, str]) -> bool:
    for field in form.fields:
        value = _as_text(row.data.get(field.slug))
        equal = query.get(field.slug, query.get(f"{field.slug}_equal"))
        contained = query.get(f"{field.slug}_contains")
        if equal is not None and value != equal:
            return False
        if contained is not None and contained.lower() not in value.lower():
            return False
    return True


def _as_text(value: Any) -> str:
    return "" if value is None else str(value)


def _fits_time(unix_seconds: float, *, name: str, query: Mapping[str, str]) -> bool:
    day = query.get(name)
    earliest, latest = query.get(f"{name}_gte"), query.get(f"{name}_lte")
    if day is not None and not _within_day(unix_seconds, day):
        return False
    if earliest is not None and unix_seconds < _instant(earliest):
        return False
    # A bare date as the upper bound includes that whole day.
    return latest is None or unix_seconds <= _instant(latest) or _within_day(unix_seconds, latest)


def _within_day(unix_seconds: float, text: str) -> bool:
    return datetime.fromtimestamp(unix_seconds, UTC).date().isoformat() == text


def _instant(text: str) -> float:
    try:
        return parse_instant(text)
    except ValueError:
        raise FormalooRefusalError(400, "Enter a valid date.") from None

"""Filters of a form's rows, in the provider's words."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date, timedelta

# Documentation, newer version; `not_` may stand before each.
OPERATORS = ("contains", "has", "equal", "exact", "lt", "lte", "gt", "gte")
# The zone of the provider's days is undocumented, and no zone is further off.
OVERLAP = timedelta(days=1)
_FIELD = re.compile(r"[A-Za-z0-9_-]+")


def row_filters(
    *,
    created_from: date | None = None,
    created_until: date | None = None,
    updated_from: date | None = None,
    updated_until: date | None = None,
    search: str | None = None,
    tags: Sequence[str] = (),
    tracking_code: str | None = None,
    submit_number: int | None = None,
    fields: Mapping[str, str] | None = None,
) -> dict[str, str]:
    """The `filters` of `Rows.list`.

    Dates reach a day further to either side, so that no row of the first or last day is missed
    whatever zone the provider's days are of: judge `Row.created_at` where the edge matters.

    Args:
        created_from: First day.
        created_until: Last day.
        updated_from: First day.
        updated_until: Last day.
        search: In all fields.
        tags: Rows with any of them.
        tracking_code: Exactly this.
        submit_number: Exactly this.
        fields: Field slug to value, for equality; or `<slug>_<operator>`, see `OPERATORS`.

    Raises:
        ValueError: A tag holds a comma, or a field's name is none.
    """
    if any("," in tag for tag in tags):
        raise ValueError("a tag cannot hold a comma, which separates tags")
    if not all(_FIELD.fullmatch(name) for name in fields or {}):
        raise ValueError("a field is named by its slug, perhaps with an operator")
    given = {
        "created_at_gte": _day(created_from, -OVERLAP),
        "created_at_lte": _day(created_until, OVERLAP),
        "updated_at_gte": _day(updated_from, -OVERLAP),
        "updated_at_lte": _day(updated_until, OVERLAP),
        "search": search,
        "tags": ",".join(tags) or None,
        "tracking_code": tracking_code,
        "submit_number": None if submit_number is None else str(submit_number),
    }
    return {name: value for name, value in given.items() if value is not None} | dict(fields or {})


def _day(day: date | None, shift: timedelta) -> str | None:
    if day is None:
        return None
    try:
        return (date(day.year, day.month, day.day) + shift).isoformat()
    except OverflowError:
        # At the ends of the calendar there is no further day, and no row either.
        return date(day.year, day.month, day.day).isoformat()

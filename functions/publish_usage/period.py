"""The billing period: a month from the day that the provider names (seed: the first of a month)."""

from __future__ import annotations

import calendar
from datetime import UTC, date, datetime

from msgspec import Struct

# A provider renews late, and its day begins in another time zone.
_GRACE_SECONDS = 86_400.0


class Period(Struct, frozen=True, kw_only=True):
    """Unix seconds of its start and its end."""

    starts_at: float
    ends_at: float

    def holds(self, now: float) -> bool:
        """Whether it can be the present one."""
        return self.starts_at - _GRACE_SECONDS <= now < self.ends_at + _GRACE_SECONDS

    def hours_left(self, now: float) -> float:
        return max(0.0, self.ends_at - now) / 3600


def period_of(first_day: str) -> Period | None:
    """The month that begins on this day, as `2024-11-01`; None when that is no day."""
    try:
        start = date.fromisoformat(first_day)
        end = _a_month_later(start)
    except ValueError:
        return None
    return Period(starts_at=_midnight(start), ends_at=_midnight(end))


def _a_month_later(day: date) -> date:
    year, month = (day.year, day.month + 1) if day.month < 12 else (day.year + 1, 1)
    return date(year, month, min(day.day, calendar.monthrange(year, month)[1]))


def _midnight(day: date) -> float:
    return datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp()

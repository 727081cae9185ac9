"""When a quota ends at the present pace, and whether that is before its period does.

The pace is that of the last seven days, which no hour and no weekday distorts. A day that had more
than twice of what it had a week ago counts as it was then: only what comes again belongs to the
pace. A campaign therefore shows in two other paces: the week's, and in addition what the last 24
hours, or the last 3, had more than the same hours a week ago. Such an excess is not believed to
last longer than seven days, or two: by then the week or the day has it, or it is over.
`docs/forecast.md` shows how early that warns, and how often falsely.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from msgspec import Struct

from publish_usage.history import HOUR_SECONDS, History
from publish_usage.period import Period

# More is as good as never, and no alarm depends on it.
MOST_HOURS = 2400.0
DAY_HOURS = 24
DAY_SECONDS = DAY_HOURS * HOUR_SECONDS
WEEK_SECONDS = 7 * DAY_SECONDS
# A day with more than this many times the mail of the same day a week ago is an exception.
EXCEPTIONAL = 2.0


class Excess(NamedTuple):
    """The use of the last `window_hours` counts as a pace for the next `horizon_hours`."""

    window_hours: int
    horizon_hours: float


EXCESSES = (Excess(DAY_HOURS, 168.0), Excess(3, 48.0))


class Forecast(Struct, frozen=True, kw_only=True):
    """What is to come. None is "not known", which is not 0.

    Args:
        hours_left: Until the quota ends at the present pace, at most `MOST_HOURS`.
        shortfall_hours: How long there will be no quota before the period ends; 0 when it lasts.
    """

    hours_left: float | None = None
    shortfall_hours: float | None = None


def forecast(history: History, *, remaining: float, period: Period | None, now: float) -> Forecast:
    """The forecast of one quota.

    Args:
        history: Its use, the present figure included.
        remaining: What is left of it, however it was topped up.
        period: The present billing period; None when it is not known.
        now: Unix seconds.
    """
    period_left = period.hours_left(now) if period is not None else None
    if remaining <= 0:
        return Forecast(hours_left=0.0, shortfall_hours=period_left)
    base = _base_pace(history, period, now)
    if base is None:
        return Forecast()
    hours_left = _hours(remaining, base)
    for pace, horizon in _raised_paces(history, base, now):
        raised = _hours(remaining, pace)
        if raised < min(horizon, hours_left):
            hours_left = raised
    if period_left is None:
        return Forecast(hours_left=hours_left)
    return Forecast(hours_left=hours_left, shortfall_hours=max(0.0, period_left - hours_left))


def _base_pace(history: History, period: Period | None, now: float) -> float | None:
    """A week's pace an hour; of the whole period, where the history is younger than a week."""
    days = [_ordinary_day(history, now - back * DAY_SECONDS, now) for back in range(7)]
    known = [used for used in days if used is not None]
    if len(known) == len(days):
        return sum(known) / (len(days) * DAY_HOURS)
    if period is None:
        return None
    hours = (now - period.starts_at) / HOUR_SECONDS
    return history.used / hours if hours >= DAY_HOURS else None


def _ordinary_day(history: History, end: float, now: float) -> float | None:
    """What a day had; of an exception, what the same day had a week ago."""
    used = history.between(end - DAY_SECONDS, end, now=now)
    before = history.between(end - DAY_SECONDS - WEEK_SECONDS, end - WEEK_SECONDS, now=now)
    if used is None or before is None:
        return used
    return before if used > EXCEPTIONAL * before else used


def _raised_paces(history: History, base: float, now: float) -> Iterator[tuple[float, float]]:
    """Each pace that the excess of a window raises, and for how many hours it is believed."""
    for window_hours, horizon_hours in EXCESSES:
        seconds = window_hours * HOUR_SECONDS
        recent = history.between(now - seconds, now, now=now)
        usual = _usual(history, seconds, base, now)
        if recent is not None and usual is not None and recent > usual:
            yield base + (recent - usual) / window_hours, horizon_hours


def _usual(history: History, seconds: int, base: float, now: float) -> float | None:
    """What the same hours had a week ago; in the first week, what they had the day before."""
    for back in (WEEK_SECONDS, DAY_SECONDS):
        usual = history.between(now - back - seconds, now - back, now=now)
        if usual is not None:
            return usual
    return base * DAY_HOURS if seconds == DAY_SECONDS else None


def _hours(remaining: float, pace: float) -> float:
    return min(MOST_HOURS, remaining / pace) if pace > 0 else MOST_HOURS

"""RotationRules: which of them AWS refuses, and when the next rotation window is.

Windows open on the hour, in UTC. AWS rotates at any time within a window; a rotation here starts
when it opens. An interval in days counts from the day of the last rotation, one in hours from
that day's midnight: the user guide says no more than that windows of rate() start at midnight.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

from local.emulator.internals import ModuleFunction
from local.emulator.secrets_manager.refusals import invalid_parameter

_EVENTS = "ministack.services.eventbridge"
_PARSE_CRON = ModuleFunction(module=_EVENTS, name="_parse_cron_fields", parameters=("expr",))
_NEXT_CRON = ModuleFunction(
    module=_EVENTS, name="_cron_next_fire", parameters=("fields", "after_dt")
)
INTERNALS = (_PARSE_CRON, _NEXT_CRON)

# API reference of RotationRulesType, and "Rotation schedules" of the user guide.
_MOST_DAYS = 1000
_LEAST_HOURS = 4
_MOST_RATE_DAYS = 999
_DAY_HOURS = 24
_RATE = re.compile(r"rate\(([1-9]\d*) (hours?|days?)\)")
_CRON = re.compile(r"cron\(0 (\S+) \S+ \S+ \S+ \*\)")
_LEAP_YEAR = datetime(2024, 1, 1, tzinfo=UTC)
_DURATION = re.compile(r"(\d{1,2})h")

Rules = dict[str, Any]


@dataclass(frozen=True)
class Window:
    """Epoch seconds."""

    opens: float
    closes: float


@dataclass(frozen=True)
class _Every:
    """`hours` between windows, none for days; `cron` instead of an interval."""

    days: int = 0
    hours: int = 0
    cron: Any = None
    # The longest window that ends before the next one and before the day does.
    longest_window_hours: int = _DAY_HOURS


def check(rules: Rules) -> None:
    """Raises SecretRefusedError for what AWS refuses."""
    _duration_hours(rules, _every(rules))


def next_window(rules: Rules, *, after: float) -> Window:
    """The first window that opens after a moment in epoch seconds."""
    every = _every(rules)
    moment = datetime.fromtimestamp(after, UTC)
    midnight = moment.replace(hour=0, minute=0, second=0, microsecond=0)
    if every.cron is not None:
        opens = _NEXT_CRON.read()(every.cron, moment)
    elif every.hours:
        passed = int((moment - midnight).total_seconds() // 3600)
        opens = midnight + timedelta(hours=(passed // every.hours + 1) * every.hours)
    else:
        opens = midnight + timedelta(days=every.days)
    closes = opens + timedelta(hours=_duration_hours(rules, every))
    return Window(opens=opens.timestamp(), closes=closes.timestamp())


def _every(rules: Rules) -> _Every:
    days, expression = rules.get("AutomaticallyAfterDays"), rules.get("ScheduleExpression")
    if (days is None) == (expression is None):
        raise invalid_parameter(
            "RotationRules needs either AutomaticallyAfterDays or ScheduleExpression, not both."
        )
    if days is not None:
        if not 1 <= days <= _MOST_DAYS:
            raise invalid_parameter(
                f"RotationRules.AutomaticallyAfterDays must be within 1-{_MOST_DAYS}."
            )
        return _Every(days=days)
    text = str(expression)
    if rate := _RATE.fullmatch(text):
        return _every_rate(int(rate[1]), in_days=rate[2].startswith("day"))
    return _every_cron(text)


def _every_rate(number: int, *, in_days: bool) -> _Every:
    if number > _MOST_RATE_DAYS * (1 if in_days else _DAY_HOURS):
        raise invalid_parameter(f"A rotation rate can be at most {_MOST_RATE_DAYS} days.")
    if in_days:
        return _Every(days=number)
    if number < _LEAST_HOURS:
        raise invalid_parameter(f"A secret is rotated at most every {_LEAST_HOURS} hours.")
    return _Every(hours=number, longest_window_hours=min(number, _DAY_HOURS))


def _every_cron(expression: str) -> _Every:
    fields = _PARSE_CRON.read()(expression) if _CRON.fullmatch(expression) else None
    if fields is None or not _ever_opens(fields):
        raise invalid_parameter(
            "ScheduleExpression must be rate(N hours), rate(N days), or a cron() with 0 minutes, "
            f"any year and one of its two day fields: {expression}"
        )
    hours = sorted(fields[1])
    gaps = [later - earlier for earlier, later in pairwise(hours)]
    if any(gap < _LEAST_HOURS for gap in gaps):
        raise invalid_parameter(f"A secret is rotated at most every {_LEAST_HOURS} hours.")
    longest = min([*gaps, _DAY_HOURS - hours[-1]])
    return _Every(cron=fields, hours=len(gaps), longest_window_hours=longest)


def _ever_opens(fields: Any) -> bool:
    # The emulator parses hours and months that do not exist, and stumbles over them here.
    try:
        return _NEXT_CRON.read()(fields, _LEAP_YEAR) is not None
    except ValueError:
        return False


def _duration_hours(rules: Rules, every: _Every) -> int:
    text = rules.get("Duration")
    if text is None:
        # A schedule in hours closes after one, a schedule in days at the end of the day.
        return 1 if every.hours else every.longest_window_hours
    match = _DURATION.fullmatch(text)
    if match is None or not 1 <= int(match[1]) <= every.longest_window_hours:
        raise invalid_parameter(
            f"Duration must be 1h to {every.longest_window_hours}h for this schedule: {text}"
        )
    return int(match[1])

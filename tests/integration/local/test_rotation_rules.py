"""RotationRules without an emulator: windows in UTC, and the rules that AWS refuses."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from local.emulator.secrets_manager.clock import ScheduleClock
from local.emulator.secrets_manager.refusals import SecretRefusedError
from local.emulator.secrets_manager.rules import check, next_window

# A Thursday.
NOON = datetime(2026, 11, 26, 12, 30, tzinfo=UTC)


def window(after: datetime = NOON, **rules: Any) -> str:
    found = next_window(rules, after=after.timestamp())
    opens, closes = (
        datetime.fromtimestamp(moment, UTC).strftime("%d %b %H:%M")
        for moment in (found.opens, found.closes)
    )
    return f"{opens} - {closes}"


@pytest.mark.parametrize(
    ("rules", "expected"),
    [
        ({"AutomaticallyAfterDays": 1}, "27 Nov 00:00 - 28 Nov 00:00"),
        ({"AutomaticallyAfterDays": 30}, "26 Dec 00:00 - 27 Dec 00:00"),
        ({"AutomaticallyAfterDays": 30, "Duration": "3h"}, "26 Dec 00:00 - 26 Dec 03:00"),
        ({"ScheduleExpression": "rate(1 day)"}, "27 Nov 00:00 - 28 Nov 00:00"),
        ({"ScheduleExpression": "rate(10 days)"}, "06 Dec 00:00 - 07 Dec 00:00"),
        ({"ScheduleExpression": "rate(4 hours)"}, "26 Nov 16:00 - 26 Nov 17:00"),
        (
            {"ScheduleExpression": "rate(12 hours)", "Duration": "12h"},
            "27 Nov 00:00 - 27 Nov 12:00",
        ),
        ({"ScheduleExpression": "cron(0 8 1 * ? *)"}, "01 Dec 08:00 - 02 Dec 00:00"),
        ({"ScheduleExpression": "cron(0 12 ? * SUN#1 *)"}, "06 Dec 12:00 - 07 Dec 00:00"),
        (
            {"ScheduleExpression": "cron(0 16 L * ? *)", "Duration": "8h"},
            "30 Nov 16:00 - 01 Dec 00:00",
        ),
        ({"ScheduleExpression": "cron(0 4/12 * * ? *)"}, "26 Nov 16:00 - 26 Nov 17:00"),
    ],
    ids=str,
)
def test_next_window(rules: dict[str, Any], expected: str) -> None:
    check(rules)

    assert window(**rules) == expected


def test_window_that_opens_now_is_not_the_next_one() -> None:
    midnight = NOON.replace(hour=0, minute=0)

    assert window(midnight, AutomaticallyAfterDays=1) == "27 Nov 00:00 - 28 Nov 00:00"
    assert window(midnight, ScheduleExpression="rate(4 hours)") == "26 Nov 04:00 - 26 Nov 05:00"


@pytest.mark.parametrize(
    "rules",
    [
        {},
        {"Duration": "3h"},
        {"AutomaticallyAfterDays": 0},
        {"AutomaticallyAfterDays": 1001},
        {"AutomaticallyAfterDays": 30, "ScheduleExpression": "rate(30 days)"},
        {"AutomaticallyAfterDays": 30, "Duration": "25h"},
        {"AutomaticallyAfterDays": 30, "Duration": "0h"},
        {"AutomaticallyAfterDays": 30, "Duration": "3"},
        {"ScheduleExpression": "rate(0 days)"},
        {"ScheduleExpression": "rate(1000 days)"},
        {"ScheduleExpression": "rate(30 minutes)"},
        {"ScheduleExpression": "rate(3 hours)"},
        {"ScheduleExpression": "rate(4 hours)", "Duration": "5h"},
        {"ScheduleExpression": "at(2026-12-01T00:00:00)"},
        {"ScheduleExpression": "cron(30 8 1 * ? *)"},
        {"ScheduleExpression": "cron(0 8 1 * ? 2027)"},
        {"ScheduleExpression": "cron(0 8 1 * *)"},
        {"ScheduleExpression": "cron(0 8 1 * 1 *)"},
        {"ScheduleExpression": "cron(0 25 1 * ? *)"},
        {"ScheduleExpression": "cron(0 8 1 13 ? *)"},
        {"ScheduleExpression": "cron(0 8 30 2 ? *)"},
        {"ScheduleExpression": "cron(0 * * * ? *)"},
        {"ScheduleExpression": "cron(0 16 1 * ? *)", "Duration": "9h"},
        {"ScheduleExpression": "cron(0 4/12 * * ? *)", "Duration": "9h"},
    ],
    ids=str,
)
def test_refused_rules(rules: dict[str, Any]) -> None:
    with pytest.raises(SecretRefusedError) as caught:
        check(rules)

    assert caught.value.code == "InvalidParameterException"


def test_clock_goes_forward_only() -> None:
    clock = ScheduleClock(now=lambda: 100.0)

    clock.advance(5)
    clock.advance(0.5)
    for step in (-1.0, float("nan")):
        with pytest.raises(ValueError, match="forward only"):
            clock.advance(step)

    assert clock.now() == 105.5

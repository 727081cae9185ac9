"""The forecast of one quota, from histories whose pace is known."""

from __future__ import annotations

import pytest

from publish_usage.forecast import MOST_HOURS, forecast
from publish_usage.history import HOUR_SECONDS, History, begun, continued
from publish_usage.period import Period
from tests.support.publishing import NOW

pytestmark = pytest.mark.disable_socket

HOURS = HOUR_SECONDS


def history(*, hours, mails):
    """A history that ends now; `mails` gives what each of its hours had, 0 being the last."""
    start = NOW - hours * HOURS
    found = begun(used=0, period="2027-01-01", now=start)
    used = 0
    for back in reversed(range(hours)):
        used += mails(back)
        found, doubt = continued(found, used=used, period="2027-01-01", now=NOW - back * HOURS)
        assert doubt == ""
    return found


def period(hours_left, *, days=31):
    ends_at = NOW + hours_left * HOURS
    return Period(starts_at=ends_at - days * 86_400, ends_at=ends_at)


def foreseen(found: History, *, remaining, hours_left=300.0):
    result = forecast(found, remaining=remaining, period=period(hours_left), now=NOW)
    return result.hours_left, result.shortfall_hours


def test_a_steady_pace_goes_on():
    steady = history(hours=400, mails=lambda _: 10)
    assert foreseen(steady, remaining=5000) == (500.0, 0.0)
    assert foreseen(steady, remaining=2000) == (200.0, 100.0)


def test_nothing_left_is_nothing_left():
    steady = history(hours=400, mails=lambda _: 10)
    assert foreseen(steady, remaining=0) == (0.0, 300.0)


def test_nothing_used_lasts_as_long_as_anybody_asks():
    assert foreseen(history(hours=400, mails=lambda _: 0), remaining=10) == (MOST_HOURS, 0.0)


def test_a_campaign_of_three_hours_counts_for_two_days():
    campaign = history(hours=400, mails=lambda back: 10 + (90 if back < 3 else 0))
    # 100 an hour: 40 hours are believed, 60 are not.
    assert foreseen(campaign, remaining=4000) == (40.0, 260.0)
    hours_left, shortfall = foreseen(campaign, remaining=6000)
    assert hours_left > 168
    assert shortfall < 132


def test_a_campaign_of_a_day_counts_for_a_week():
    campaign = history(hours=400, mails=lambda back: 10 + (30 if back < 24 else 0))
    assert foreseen(campaign, remaining=6400) == (160.0, 140.0)
    assert foreseen(campaign, remaining=6800)[0] == 680.0


@pytest.mark.parametrize("every", [24, 168])
def test_what_comes_every_day_or_every_week_is_no_campaign(every):
    def mails(back):
        return 500 if back % every < 3 else 1

    regular = history(hours=400, mails=mails)
    week = sum(mails(back) for back in range(168))
    assert foreseen(regular, remaining=4000)[0] == pytest.approx(4000 / (week / 168))


def test_a_campaign_that_is_over_is_forgotten_the_next_day():
    over = history(hours=400, mails=lambda back: 10 + (200 if 24 <= back < 48 else 0))
    assert foreseen(over, remaining=4000) == (400.0, 0.0)


def test_a_level_that_lasts_is_the_pace_after_a_week():
    raised = history(hours=400, mails=lambda back: 30 if back < 336 else 10)
    assert foreseen(raised, remaining=6000) == (200.0, 100.0)


def test_a_young_history_takes_the_pace_of_the_period():
    young = history(hours=10, mails=lambda _: 10)
    # 100 mails in 444 hours.
    assert foreseen(young, remaining=1000)[0] == pytest.approx(MOST_HOURS)
    hours_left, _ = foreseen(young, remaining=100)
    assert hours_left == pytest.approx(444.0)


def test_the_first_day_of_a_period_and_of_a_history_tells_nothing():
    young = history(hours=10, mails=lambda _: 10)
    assert foreseen(young, remaining=10, hours_left=31 * 24 - 23) == (None, None)


def test_without_a_period_the_hours_are_known_and_the_shortfall_is_not():
    steady = history(hours=400, mails=lambda _: 10)
    found = forecast(steady, remaining=2000, period=None, now=NOW)
    assert (found.hours_left, found.shortfall_hours) == (200.0, None)
    spent = forecast(steady, remaining=0, period=None, now=NOW)
    assert (spent.hours_left, spent.shortfall_hours) == (0.0, None)

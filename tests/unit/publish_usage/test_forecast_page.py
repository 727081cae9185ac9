"""The tables of `docs/forecast.md` are those of this code, and they keep the promise."""

from __future__ import annotations

import pytest

from bench.forecast import backtest
from bench.forecast.months import ENDING, QUIET
from bench.forecast.report import DOCUMENT, ending_row, fingerprint, part, written
from tests.support.template import load_template

pytestmark = pytest.mark.disable_socket

TEXT = DOCUMENT.read_text()
TEMPLATE = load_template()
# The shortest campaign of which 24 hours are left once the last three hours show it.
ANNOUNCEABLE_HOURS = 27


def rows(name):
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in part(TEXT, name)[2:]]


def test_the_page_was_made_from_this_code():
    assert part(TEXT, "made from") == [f"`{fingerprint()}`"], "run `make forecast`"


def test_a_month_that_is_simulated_again_gives_the_row_of_the_page():
    curve = next(one for one in ENDING if one.name == "campaign of 30 h")
    assert ending_row(curve) in part(TEXT, "ending")


def test_every_month_is_on_the_page():
    assert [row[0] for row in rows("ending")] == [curve.name for curve in ENDING]
    assert [row[0] for row in rows("quiet")] == [curve.name for curve in QUIET]


@pytest.mark.parametrize("row", rows("ending"), ids=lambda row: row[0])
def test_every_end_that_could_be_announced_a_day_ahead_was(row):
    _, campaign, warning, critical, forecast, _ = row
    if campaign == "-" or int(campaign) >= ANNOUNCEABLE_HOURS:
        assert int(forecast) >= 24
    # Never later than the alarms that only look at what was used.
    assert int(forecast) > int(warning) > int(critical)


@pytest.mark.parametrize("row", rows("quiet"), ids=lambda row: row[0])
def test_a_quiet_month_has_one_false_forecast_at_most(row):
    _, lasted, false = row
    assert lasted == "lasts, lasts, lasts"
    assert max(map(int, false.split(", "))) <= 1


def test_the_alarms_are_those_of_the_template():
    alarms = TEMPLATE["Resources"]
    forecast = alarms["EmailQuotaForecastAlarm"]["Properties"]
    assert forecast["EvaluationPeriods"] == backtest.FORECAST_PERIODS
    assert forecast["DatapointsToAlarm"] == backtest.FORECAST_PERIODS
    assert forecast["ComparisonOperator"] == "GreaterThanThreshold"
    for name, threshold in (
        ("EmailQuotaWarningAlarm", backtest.WARNING_PERCENT),
        ("EmailQuotaCriticalAlarm", backtest.CRITICAL_PERCENT),
        ("EmailQuotaForecastAlarm", backtest.FORECAST_HOURS),
    ):
        parameter = alarms[name]["Properties"]["Threshold"]["Ref"]
        assert TEMPLATE["Parameters"][parameter]["Default"] == threshold


def test_writing_replaces_what_stands_between_the_marks():
    text = "<!-- a -->\nold\n<!-- end -->\nkept\n<!-- made from -->\nx\n<!-- end -->\n"
    found = written(text, {"a": ["new", "lines"]})
    assert part(found, "a") == ["new", "lines"]
    assert part(found, "made from") == [f"`{fingerprint()}`"]
    assert "\nkept\n" in found

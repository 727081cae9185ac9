"""Which figures are believed, and that no other is ever published."""

from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from formarelay.formamail.models import Allowance, Usage
from publish_usage.form_quotas import of_form_usage
from publish_usage.mail_quotas import judged
from publish_usage.quota import Disbelief, Quota, believed
from tests.support.publishing import NOW

pytestmark = pytest.mark.disable_socket


@pytest.mark.parametrize(
    ("used", "limit", "remaining"),
    [
        (150, 1000, 850),
        (0, 1000, 1000),
        (1000, 1000, 0),
        (1200, 1000, 0),
        # Counted between two of its own figures.
        (150, 1000, 840),
        (150, 1000, 860),
    ],
)
def test_figures_that_add_up_are_believed(used, limit, remaining):
    told = Allowance(used=used, limit=limit, remaining=remaining, percent_used=-3)
    assert believed(told) == Quota(used=used, limit=limit, remaining=remaining)


@pytest.mark.parametrize(
    ("told", "reason"),
    [
        (None, "missing"),
        (Allowance(used=-1, limit=10, remaining=9), "absurd"),
        (Allowance(used=10**13, limit=None), "absurd"),
        (Allowance(used=1, limit=0, remaining=0), "absurd"),
        (Allowance(used=1, limit=-1, remaining=0), "absurd"),
        (Allowance(used=1, limit=10**13, remaining=10**13), "absurd"),
        (Allowance(used=1, limit=10, remaining=-1), "inconsistent"),
        (Allowance(used=150, limit=1000, remaining=0), "inconsistent"),
        (Allowance(used=150, limit=1000, remaining=861), "inconsistent"),
        (Allowance(used=150, limit=1000, remaining=839), "inconsistent"),
        (Allowance(used=1100, limit=1000, remaining=100), "inconsistent"),
    ],
)
def test_figures_that_cannot_be_true_are_not(told, reason):
    assert believed(told) == Disbelief(reason=reason)


def test_what_is_left_follows_from_the_rest_when_it_is_not_told():
    assert believed(Allowance(used=150, limit=1000)) == Quota(used=150, limit=1000, remaining=850)


def test_a_plan_without_a_limit_has_no_percentage():
    assert believed(Allowance(used=150)) == Quota(used=150)
    assert Quota(used=150).used_percent is None


@pytest.mark.parametrize("first_day", ["2026-12-01", "2027-02-01", "2026-11-30", "1999-01-01"])
def test_figures_of_another_period_are_not_believed(first_day):
    usage = Usage(email=Allowance(used=1, limit=10, remaining=9), billing_period=first_day)
    found = judged(usage, {}, now=NOW)
    assert found.doubts == {"email": "other_period", "attachment": "other_period"}
    assert {(datum.name, datum.value) for datum in found.data} == {("UsageDisbelieved", 1.0)}
    assert found.histories == {}


@pytest.mark.parametrize("first_day", ["2027-01-01", "2027-01-15", "2026-12-16", "2027-01-16"])
def test_a_period_may_begin_on_any_day(first_day):
    usage = Usage(email=Allowance(used=1, limit=10, remaining=9), billing_period=first_day)
    assert judged(usage, {}, now=NOW).email == Quota(used=1, limit=10, remaining=9)


@pytest.mark.parametrize("first_day", ["", "soon", "2027-13-01", "9999-12-01", "01.01.2027"])
def test_without_a_period_the_figures_are_known_and_its_end_is_not(first_day):
    usage = Usage(email=Allowance(used=9, limit=10, remaining=1), billing_period=first_day)
    names = {datum.name for datum in judged(usage, {}, now=NOW).data}
    assert "QuotaUsedPercent" in names
    assert not names & {"PeriodHoursLeft", "QuotaShortfallHours", "QuotaHoursLeft"}


def formaloo(raw):
    return {(datum.dimensions["resource"], datum.name): datum.value for datum in of_form_usage(raw)}


@pytest.mark.parametrize("raw", [{}, {"message": "none"}, {"used": 7}, {"rows": {"limit": 5}}])
def test_an_answer_without_a_pair_is_disbelieved_as_a_whole(raw):
    assert formaloo(raw) == {("usage", "UsageDisbelieved"): 1.0}


def test_a_number_that_may_be_what_is_left_is_no_limit():
    found = formaloo({"rows": {"used": 42, "available": 58}})
    assert found[("rows", "QuotaUsed")] == 42.0
    assert found[("rows", "QuotaLimitUnknown")] == 1.0
    assert ("rows", "QuotaUsedPercent") not in found
    assert ("highest", "QuotaUsedPercent") not in found


def test_a_limit_of_nothing_is_disbelieved_and_its_neighbour_is_not():
    found = formaloo({"rows": {"used": 1, "limit": 0}, "forms": {"used": 9, "limit": 10}})
    assert found == {
        ("rows", "UsageDisbelieved"): 1.0,
        ("forms", "UsageDisbelieved"): 0.0,
        ("forms", "QuotaUsed"): 9.0,
        ("forms", "QuotaLimit"): 10.0,
        ("forms", "QuotaRemaining"): 1.0,
        ("forms", "QuotaUsedPercent"): 90.0,
        ("forms", "QuotaLimitUnknown"): 0.0,
        ("highest", "QuotaUsedPercent"): 90.0,
        ("usage", "UsageDisbelieved"): 0.0,
    }


def test_two_of_one_name_are_neither():
    raw = {
        "usage": [{"name": "rows", "used": 1, "limit": 9}, {"name": "rows", "used": 2, "max": 3}]
    }
    found = formaloo(raw)
    assert found == {("rows", "UsageDisbelieved"): 1.0, ("usage", "UsageDisbelieved"): 0.0}


def test_the_names_of_an_answer_make_ten_metrics_at_most():
    raw = {"usage": [{"name": f"r{number}", "used": 1, "limit": 9} for number in range(500)]}
    resources = {resource for resource, _ in formaloo(raw)} - {"highest", "usage"}
    assert len(resources) == 10


figures = st.none() | st.integers(-(10**20), 10**20) | st.integers(-5, 2000)


@given(used=st.integers(-(10**20), 10**20), limit=figures, remaining=figures)
@settings(max_examples=200, deadline=None)
def test_whatever_is_told_only_finite_figures_of_a_quota_are_published(used, limit, remaining):
    told = Allowance(used=used, limit=limit, remaining=remaining)
    usage = Usage(email=told, billing_period="2027-01-01")
    for datum in judged(usage, {}, now=NOW).data:
        assert math.isfinite(datum.value)
        assert datum.value >= 0

"""The counter that survives renewals, restarts, gaps and nonsense."""

from __future__ import annotations

from itertools import pairwise

import pytest

from publish_usage.history import HOUR_SECONDS, KEPT_SECONDS, History, begun, continued
from publish_usage.mail_quotas import read_histories, written
from tests.support.publishing import NOW

pytestmark = pytest.mark.disable_socket

START = NOW // HOUR_SECONDS * HOUR_SECONDS


def told(*figures, period="2027-01-01", history=None, step=300.0):
    """The history after these figures, one every five minutes, and what was doubted."""
    doubts = []
    now = START
    for used in figures:
        if history is None:
            history, doubt = begun(used=used, period=period, now=now), ""
        else:
            history, doubt = continued(history, used=used, period=period, now=now)
        doubts.append(doubt)
        now += step
    assert history is not None
    return history, doubts


def test_what_was_used_before_the_history_began_is_not_a_pace():
    history, _ = told(500, 510, 520)
    assert history.consumed == 520
    assert history.between(START, START + 600, now=START + 600) == 20


def test_a_renewed_period_counts_on():
    history, _ = told(990, 1000)
    history, doubts = told(7, 9, period="2027-02-01", history=history)
    assert doubts == ["", ""]
    assert (history.used, history.consumed, history.period) == (9, 1009, "2027-02-01")


def test_a_figure_that_falls_is_believed_when_it_stays():
    history, doubts = told(100, 90, 91, 92, 93)
    assert doubts == ["", "fell", "fell", "", ""]
    # Nothing of what was used is forgotten, and nothing is counted twice.
    assert (history.used, history.consumed) == (93, 101)


def test_a_fall_that_is_over_changes_nothing():
    history, doubts = told(100, 0, 104)
    assert doubts == ["", "fell", ""]
    assert (history.used, history.consumed, history.falls) == (104, 104, 0)


def test_two_falls_apart_are_not_three_in_a_row():
    _, doubts = told(100, 90, 101, 91, 92, 102)
    assert doubts == ["", "fell", "", "fell", "fell", ""]


def test_an_earlier_period_is_not_believed():
    history, _ = told(100)
    history, doubts = told(3000, period="2026-12-01", history=history)
    assert doubts == ["other_period"]
    assert (history.used, history.consumed, history.period) == (100, 100, "2027-01-01")


def test_an_answer_without_a_period_belongs_to_the_known_one():
    history, _ = told(100)
    history, doubts = told(105, 104, period="", history=history)
    assert doubts == ["", "fell"]
    assert (history.period, history.consumed) == ("2027-01-01", 105)


def test_one_sample_an_hour_is_kept_for_a_little_more_than_two_weeks():
    history, _ = told(*range(20 * 24 * 12))
    hours = [at for at, _ in history.samples]
    assert hours == sorted(set(hours))
    assert {later - before for before, later in pairwise(hours)} == {HOUR_SECONDS}
    now = START + (20 * 24 * 12 - 1) * 300
    assert hours[0] <= now - KEPT_SECONDS < hours[1] + HOUR_SECONDS
    assert history.between(now - 14 * 24 * 3600, now, now=now) == pytest.approx(14 * 24 * 12)


def test_a_gap_is_a_straight_line():
    history, _ = told(0, 240, step=24 * 3600.0)
    now = START + 24 * 3600
    assert history.between(now - 3 * 3600, now, now=now) == pytest.approx(30)


def test_before_the_first_sample_nothing_is_known():
    history, _ = told(10)
    assert history.consumed_at(START - 1, now=START + 60) is None
    assert history.between(START - 1, START, now=START + 60) is None


def test_a_clock_that_was_set_back_breaks_nothing():
    history, _ = told(*range(100, 200))
    history, doubt = continued(history, used=200, period="2027-01-01", now=START - 7200)
    assert doubt == ""
    assert history.consumed == 200
    assert history.between(START - 9000, START - 7200, now=START - 7200) is None


def test_what_is_written_is_read_again():
    history, _ = told(100, 90, 150)
    assert read_histories(written({"email": history})) == {"email": history}
    assert isinstance(history, History)


def test_a_whole_history_is_small():
    history, _ = told(*range(10_000_000, 10_000_000 + 20 * 24 * 12))
    assert len(written({"email": history, "attachment": history})) < 20_000

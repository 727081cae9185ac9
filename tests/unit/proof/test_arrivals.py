"""What the proofs count in a provider's journal."""

from __future__ import annotations

from itertools import islice

import pytest

from tests.support.arrivals import burst_and_probes, early_probes, gate_rules, probe_intervals
from tests.support.windows import most_in_a_window, rate_used


def test_the_fullest_window_is_half_open_and_may_lie_anywhere():
    times = [0.0, 9.0, 9.5, 10.0, 18.9, 19.0]
    assert most_in_a_window(times, window_seconds=10.0) == 4
    assert most_in_a_window([0.0, 10.0], window_seconds=10.0) == 1
    assert most_in_a_window([9.999, 0.0], window_seconds=10.0) == 2
    assert most_in_a_window([], window_seconds=10.0) == 0


@pytest.mark.parametrize(
    "times",
    [
        [0.0, 0.0, 10.0, 10.0, 20.0, 20.0],
        [0.0, 5.0, 10.0, 15.0, 20.0, 25.0],
        [15.0, 10.0, 5.0, 0.0],
    ],
    ids=["at once", "evenly", "in any order"],
)
def test_a_full_rate_is_all_of_it_however_it_is_spread(times):
    assert rate_used(times, limit=2, window_seconds=10.0) == 1.0


def test_a_call_that_could_have_come_earlier_costs_rate():
    assert rate_used([0.0, 0.0, 10.0, 15.0], limit=2, window_seconds=10.0) == 0.8
    # Two windows with one call each of two.
    assert rate_used([0.0, 10.0, 20.0], limit=2, window_seconds=10.0) == 0.5


def test_a_rate_above_the_allowed_one_shows_as_such():
    assert rate_used([0.0, 5.0], limit=1, window_seconds=10.0) == 2.0


def test_no_more_calls_than_one_limit_say_nothing():
    with pytest.raises(ValueError, match="2 calls say nothing about a limit of 2"):
        rate_used([0.0, 1.0], limit=2, window_seconds=10.0)


def test_the_gate_doubles_its_pause_up_to_ten_seconds():
    assert list(islice(probe_intervals(gate_rules()), 6)) == [2.0, 4.0, 8.0, 10.0, 10.0, 10.0]


def test_what_comes_within_the_first_pause_was_under_way():
    assert burst_and_probes([7.1, 0.0, 1.9, 3.0], first_interval=2.0) == ([0.0, 1.9], [3.0, 7.1])
    assert burst_and_probes([0.0, 2.0], first_interval=2.0) == ([0.0], [2.0])
    assert burst_and_probes([], first_interval=2.0) == ([], [])


def test_a_probe_before_its_time_is_found_and_a_late_one_is_none():
    assert early_probes([0.0, 4.0, 13.0], iter([4.0, 8.0])) == []
    assert early_probes([0.0, 3.5, 12.0], iter([4.0, 8.0])) == [0.5]
    assert early_probes([0.0, 0.0], iter([4.0])) == [4.0]

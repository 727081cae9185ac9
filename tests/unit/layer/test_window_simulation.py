"""Many workers against a provider that judges at arrival: no refusal, and nearly all is used.

More calls: `PYTHONPATH=layers/formarelay python -m tests.support.simulation --calls 1000000`.
"""

from __future__ import annotations

from itertools import pairwise

import pytest

from tests.support.simulation import Scenario, simulate

SHORT_CALLS = {"call_timeout": 2.0, "longest_call": 3.0, "patience": 2.0}


@pytest.mark.parametrize(
    ("calls", "least_use", "numbers"),
    [
        (6_000, 0.98, {"limit": 100, "window": 60.0, "workers": 8}),
        (1_200, 0.98, {"limit": 100, "window": 60.0, "workers": 30, "patience": 0.0}),
        (3_000, 0.98, {"limit": 30, "window": 60.0, "workers": 4}),
        # Calls take 2.7 % of so short a window, and the skew another 1 %.
        (10_000, 0.955, {"limit": 20, "window": 5.0, "workers": 4} | SHORT_CALLS),
        (12_000, 0.97, {"limit": 600, "window": 10.0, "workers": 8} | SHORT_CALLS),
        (12_000, 0.98, {"limit": 5_000, "window": 60.0, "workers": 50}),
        (120_000, 0.98, {"limit": 100_000, "window": 60.0, "workers": 100, "batch": 100}),
    ],
    ids=["100", "100-impatient", "30", "20-in-5s", "600-in-10s", "5000", "100000"],
)
def test_no_call_is_too_many_and_nearly_all_are_made(calls, least_use, numbers):
    figures = simulate(Scenario(calls=calls, **numbers))
    assert (figures.violations, figures.seed_violations) == (0, 0)
    assert figures.use >= least_use
    assert figures.most_bytes < 4_600


@pytest.mark.parametrize("seed", range(4))
def test_nothing_that_goes_wrong_makes_a_call_too_many(seed):
    figures = simulate(
        Scenario(
            calls=3_000,
            limit=20,
            window=5.0,
            workers=6,
            seed=seed,
            unanswered=0.02,
            unused=0.1,
            death=0.01,
            stall=0.03,
            jump=0.02,
            lost_answer=0.05,
            slow_calls=0.05,
            skew=0.2,
            **SHORT_CALLS,
        )
    )
    assert figures.violations == 0
    assert figures.deaths > 5
    assert figures.not_started > 5


@pytest.mark.parametrize(
    "broken",
    [
        {"stamp_starts": True},
        {"skew": 2.0, "configured_skew": 0.0},
        {"jump": 0.02, "store_tells_time": False},
        {"limit": 20, "window": 5.0, "stall": 0.05, "asks_before_starting": False} | SHORT_CALLS,
    ],
    ids=["starts-for-ends", "no-skew", "wrong-clocks-believed", "starts-without-asking"],
)
def test_the_simulation_sees_a_rule_that_is_broken(broken):
    scenario = {"limit": 100, "window": 60.0, "workers": 8} | broken
    assert simulate(Scenario(calls=3_000, **scenario)).violations > 0


def test_an_outage_sees_one_probe_at_a_time_and_ends_soon_after():
    figures = simulate(
        Scenario(
            calls=3_000, limit=600, window=10.0, workers=8, outage=(20.0, 140.0), **SHORT_CALLS
        )
    )
    probes = [at for at in figures.outage_arrivals if at > 23.0]
    gaps = [later - earlier for earlier, later in pairwise(probes)]
    assert 10 < len(probes) < 16
    assert min(gaps) > 1.9
    assert figures.first_after_outage - 140.0 < 12.0
    assert figures.violations == 0


def test_a_limit_that_is_lower_than_configured_is_learned():
    scenario = {"limit": 30, "configured_limit": 100, "window": 60.0, "workers": 8}
    assert simulate(Scenario(calls=1_500, **scenario)).throttled < 15
    unaware = simulate(Scenario(calls=1_500, says_remaining=False, **scenario))
    assert unaware.throttled > 100


def test_others_who_use_the_same_limit_are_given_way():
    scenario = {"limit": 100, "window": 60.0, "workers": 8, "others_rate": 0.5}
    aware = simulate(Scenario(calls=2_000, **scenario))
    unaware = simulate(Scenario(calls=2_000, says_remaining=False, **scenario))
    assert aware.throttled < 0.1 * aware.calls < unaware.throttled

"""What the bench counts of the mails of a fleet of workers."""

from __future__ import annotations

import pytest

from bench.fleet.lane import Asked
from bench.fleet.pace import drain_seconds, ideal_seconds, part_used
from bench.fleet.plan import Plan
from bench.fleet.tally import numbered, tally


def accepted(*numbers):
    return [{"metadata": {"number": number}} for number in numbers]


def test_a_mail_accepted_three_times_is_repeated_twice_and_accepted_once():
    found = tally(accepted(1, 2, 1, 1), put=4, dead_letters=1, waiting=1)
    assert (found.accepted, found.repeated, found.lost) == (2, 2, 0)


def test_a_mail_is_lost_that_is_nowhere():
    assert tally(accepted(0, 1), put=5, dead_letters=1, waiting=1).lost == 1


def test_a_message_on_a_queue_whose_mail_was_accepted_is_not_counted_against_the_lost():
    assert tally(accepted(0, 1), put=2, dead_letters=0, waiting=2).lost == 0


def test_a_numbered_mail_is_found_again_by_its_number():
    sent = numbered(7)
    assert tally([sent, numbered(7)], put=1, dead_letters=0, waiting=0).repeated == 1
    assert sent["idempotencyKey"] == "mail-7"


def test_at_best_the_last_call_comes_so_many_windows_after_the_first():
    assert ideal_seconds(1000, limit=400, window_seconds=10) == 20
    assert ideal_seconds(800, limit=400, window_seconds=10) == 10
    assert ideal_seconds(400, limit=400, window_seconds=10) == 0


def test_the_burst_into_the_first_window_is_no_credit():
    # Two at once, then one every 6 s where 5 s are allowed.
    times = [0.0, 0.0, 12.0, 12.0, 24.0, 24.0]
    assert part_used(times, limit=2, window_seconds=10) == pytest.approx(10 / 12)
    assert part_used([0.0, 1.0], limit=2, window_seconds=10) == 0
    assert drain_seconds(times) == 24
    assert drain_seconds([]) == 0


def test_what_was_asked_before_does_not_count():
    before = Asked(requests={"A": 2, "B": 1}, read_units=1.0, write_units=4)
    after = Asked(requests={"A": 5, "B": 1, "C": 1}, read_units=1.5, write_units=9)
    asked = after.since(before)
    assert asked == Asked(requests={"A": 3, "C": 1}, read_units=0.5, write_units=5)
    assert asked.total == 4


def test_relay_celery_and_provider_have_the_same_limit():
    plan = Plan(workers=4, limit=800, window_seconds=10.0, timeout_seconds=10)
    settings, profile = plan.settings(), plan.profile()
    assert settings["RATE_LIMIT_CALLS"] == "800"
    assert settings["RATE_LIMIT_WINDOW_SECONDS"] == "10.0"
    assert settings["CELERY_RATE_LIMIT"] == "4800/m"
    assert (profile["limit_per_minute"], profile["window_seconds"]) == (800, 10.0)
    assert profile["rate_limit_scope"] == "key"
    assert plan.visibility_seconds == 60


def test_without_a_limit_nobody_limits():
    plan = Plan(workers=1)
    assert plan.profile() == {"rate_limit": "off"}
    assert not {"RATE_LIMIT_CALLS", "CELERY_RATE_LIMIT"} & set(plan.settings())

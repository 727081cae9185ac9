"""The waits of sending."""

from __future__ import annotations

import pytest

from send_email.policy import (
    LONGEST_TURN_SECONDS,
    SendPolicy,
    backoff_seconds,
    later_turn_seconds,
    wait_that_lasts,
)
from tests.support.template import load_template

DAY_SECONDS = 24 * 3600


def test_a_message_outlasts_the_queue_before_sqs_sets_it_aside_by_itself():
    queue = load_template()["Resources"]["EmailQueue"]["Properties"]
    receives = queue["RedrivePolicy"]["maxReceiveCount"]
    kept_seconds = queue["MessageRetentionPeriod"]
    waited = sum(wait_that_lasts(1.0, receive_count=count) for count in range(1, receives + 1))
    assert waited > kept_seconds


@pytest.mark.parametrize(
    ("wait_seconds", "receive_count", "expected"),
    [(10.0, 1, 10.0), (10.0, 22, 10.0), (10.0, 100, 200.0), (10.0, 999, 1800.0), (0, 999, 0)],
)
def test_waits_grow_with_receives_and_never_shrink(wait_seconds, receive_count, expected):
    assert wait_that_lasts(wait_seconds, receive_count=receive_count) == expected


def test_two_minutes_of_outage_cost_no_longer_waits():
    waited, receives = 0.0, 0
    while waited < 120:
        receives += 1
        waited += wait_that_lasts(10.0, receive_count=receives)
    assert wait_that_lasts(10.0, receive_count=receives) == 10.0


@pytest.mark.parametrize(
    ("attempts", "jitter", "seconds"),
    [(1, 0.0, 2.0), (3, 0.0, 8.0), (3, 0.5, 6.0), (9, 0.0, 300.0), (1000, 0.0, 300.0)],
)
def test_backoff_doubles_up_to_five_minutes(attempts, jitter, seconds):
    assert backoff_seconds(attempts, jitter=jitter) == seconds


@pytest.mark.parametrize(
    ("remaining_seconds", "patience_seconds"), [(60.0, 5.0), (48.0, 3.0), (45.0, 0.0), (1.0, 0.0)]
)
def test_the_function_waits_only_while_a_call_and_its_repeat_still_fit(
    remaining_seconds, patience_seconds
):
    policy = SendPolicy(call_seconds=20.0, settle_delay_seconds=60.0)
    assert policy.patience_seconds(remaining_seconds) == patience_seconds


@pytest.mark.parametrize(
    ("waiting", "jitter", "windows"),
    [
        (0, 0.999, 0),
        (300, 0.999, 0),  # three windows' worth come back for the next one
        (600, 0.499, 0),
        (600, 0.5, 1),
        (3_000, 0.0, 0),
        (3_000, 0.95, 9),
    ],
)
def test_mail_of_a_long_queue_leaves_out_whole_windows(waiting, jitter, windows):
    seconds = later_turn_seconds(waiting, limit=100, window_seconds=60.0, jitter=jitter)
    assert seconds == windows * 60.0


def test_nobody_leaves_out_more_than_half_an_hour():
    seconds = later_turn_seconds(10**6, limit=100, window_seconds=60.0, jitter=0.999)
    assert seconds == LONGEST_TURN_SECONDS == 1800


@pytest.mark.parametrize("waiting", [400, 1_000, 5_000, 9_000])
def test_every_window_gets_at_least_twice_the_messages_that_it_takes(waiting):
    # Batches of ten draw evenly; those of each window are counted.
    batches = waiting // 10
    turns = [
        later_turn_seconds(waiting, limit=100, window_seconds=60.0, jitter=number / batches)
        for number in range(batches)
    ]
    counts = [10 * turns.count(window * 60.0) for window in range(int(max(turns) / 60))]
    assert min(counts, default=waiting) >= 200

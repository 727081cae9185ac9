from __future__ import annotations

import math
from email.utils import formatdate

import pytest
from hypothesis import given
from hypothesis import strategies as st

from formarelay.errors import (
    ConnectionFailedError,
    CredentialError,
    FormaError,
    InvalidRequestError,
    NotFoundError,
    OutcomeUnknownError,
    QuotaExhaustedError,
    RateLimitedError,
    ServerError,
    UnexpectedResponseError,
)
from formarelay.retry import (
    AdvisedWait,
    RetryPolicy,
    backoff_seconds,
    next_wait_seconds,
    number_from,
    seconds_in_text,
    wait_after_429,
)

pytestmark = pytest.mark.disable_socket

NOW = 1_700_000_000.0


def advised(seconds: float, source: str, *, clamped: bool = False) -> AdvisedWait:
    return AdvisedWait(seconds=seconds, source=source, clamped=clamped)


@pytest.mark.parametrize(
    ("advice", "expected"),
    [
        ({"retry_after": "45"}, advised(45, "retry-after")),
        ({"retry_after": " 4.5 "}, advised(4.5, "retry-after")),
        ({"retry_after": formatdate(NOW + 90, usegmt=True)}, advised(90, "retry-after")),
        ({"retry_after": "45", "body_seconds": 9, "reset_at": NOW + 7}, advised(45, "retry-after")),
        ({"body_seconds": 9, "reset_at": NOW + 7}, advised(9, "body")),
        ({"reset_at": NOW + 7}, advised(7, "rate-limit-reset")),
        ({}, advised(30, "default")),
    ],
)
def test_the_first_advice_counts(advice, expected):
    assert wait_after_429(now=NOW, **advice) == expected


@pytest.mark.parametrize(
    "retry_after",
    [
        "",
        "-1",
        "-1e9",
        "nan",
        "inf",
        "1e3",
        "0x10",
        "١٢",
        "soon",
        "Thu, 99 Foo 2024",
        "Thu, 01 Jan 99999999999999 00:00:00 GMT",
        "12, 13",
        "Wed, 21 Oct 2015 07:28:00 GMT",
        "x" * 100_000,
    ],
)
def test_unusable_advice_gives_way_to_the_next(retry_after):
    assert wait_after_429(now=NOW, retry_after=retry_after, body_seconds=9).source == "body"
    assert wait_after_429(now=NOW, retry_after=retry_after).seconds == 30


@pytest.mark.parametrize("seconds", [-1.0, math.nan, -math.inf])
def test_unusable_numbers_give_way_to_the_next(seconds):
    wait = wait_after_429(now=NOW, body_seconds=seconds, reset_at=NOW - 5)
    assert wait == advised(30, "default")


@pytest.mark.parametrize(
    ("advice", "expected"),
    [
        ({"retry_after": "0"}, advised(1, "retry-after", clamped=True)),
        ({"retry_after": "900"}, advised(900, "retry-after")),
        ({"retry_after": "901"}, advised(900, "retry-after", clamped=True)),
        ({"retry_after": "9" * 400}, advised(900, "retry-after", clamped=True)),
        ({"body_seconds": math.inf}, advised(900, "body", clamped=True)),
        ({"reset_at": NOW * 1000}, advised(900, "rate-limit-reset", clamped=True)),
    ],
)
def test_advice_is_kept_within_bounds(advice, expected):
    assert wait_after_429(now=NOW, **advice) == expected


def test_instants_are_measured_by_the_services_own_clock():
    server_now = NOW - 600
    wait = wait_after_429(
        now=NOW, reset_at=server_now + 20, date=formatdate(server_now, usegmt=True)
    )
    assert wait == advised(20, "rate-limit-reset")


def test_an_unreadable_date_leaves_our_own_clock():
    wait = wait_after_429(now=NOW, reset_at=NOW + 20, date="yesterday")
    assert wait == advised(20, "rate-limit-reset")


@given(
    st.one_of(st.none(), st.text()),
    st.one_of(st.none(), st.floats()),
    st.one_of(st.none(), st.floats()),
    st.one_of(st.none(), st.text()),
)
def test_no_advice_breaks_the_bounds(retry_after, body_seconds, reset_at, date):
    wait = wait_after_429(
        now=NOW, retry_after=retry_after, body_seconds=body_seconds, reset_at=reset_at, date=date
    )
    assert 1 <= wait.seconds <= 900


@pytest.mark.parametrize(
    ("value", "number"),
    [
        (30, 30.0),
        (1.5, 1.5),
        ("30", 30.0),
        (0, 0.0),
        (True, None),
        (None, None),
        (-1, None),
        (math.nan, None),
        (math.inf, None),
        (10**400, None),
        ([30], None),
        ("30s", None),
        ("", None),
    ],
)
def test_a_number_is_a_non_negative_json_number_or_digits(value, number):
    assert number_from(value) == number


@pytest.mark.parametrize(
    ("message", "seconds"),
    [
        ("Rate limit exceeded. Please try again in 30 seconds.", 30.0),
        ("Rate limit exceeded. Please retry after 7 seconds.", 7.0),
        ("429: wait 1.5s", 1.5),
        ("in 1 second", 1.0),
        ("in 12 SEC", 12.0),
        ("error 500 happened", None),
        ("5 servers", None),
        ("", None),
        (None, None),
        (30, None),
        ("x" * 1_000_000 + " 30 seconds", None),
    ],
)
def test_the_seconds_of_a_message_are_found(message, seconds):
    assert seconds_in_text(message) == seconds


def test_digits_without_end_stay_finite():
    assert math.isfinite(seconds_in_text("9" * 450 + " seconds") or math.inf)
    assert math.isfinite(number_from("9" * 5000) or math.inf)


POLICY = RetryPolicy(attempts=4, base_seconds=1, cap_seconds=5, longest_wait_seconds=10)


@pytest.mark.parametrize(("attempt", "ceiling"), [(1, 1), (2, 2), (3, 4), (4, 5), (5000, 5)])
def test_backoff_doubles_up_to_the_cap(attempt, ceiling):
    assert backoff_seconds(attempt, policy=POLICY, random=lambda: 1.0) == ceiling
    assert backoff_seconds(attempt, policy=POLICY, random=lambda: 0.5) == ceiling / 2
    assert backoff_seconds(attempt, policy=POLICY, random=lambda: 0.0) == 0


@pytest.mark.parametrize(
    "kind", [ConnectionFailedError, OutcomeUnknownError, ServerError, UnexpectedResponseError]
)
def test_a_transient_failure_of_a_safe_call_is_repeated(kind):
    wait = next_wait_seconds(kind("x"), attempt=2, policy=POLICY, random=lambda: 0.5)
    assert wait == 1.0


@pytest.mark.parametrize(
    "kind",
    [
        FormaError,
        CredentialError,
        QuotaExhaustedError,
        InvalidRequestError,
        NotFoundError,
        ValueError,
    ],
)
def test_nothing_else_is_repeated(kind):
    assert next_wait_seconds(kind("x"), attempt=1, policy=POLICY, random=lambda: 0.5) is None


def test_the_attempts_end():
    error = ServerError("x")
    assert next_wait_seconds(error, attempt=3, policy=POLICY, random=lambda: 1.0) == 4
    assert next_wait_seconds(error, attempt=4, policy=POLICY, random=lambda: 1.0) is None


@pytest.mark.parametrize(("advice", "wait"), [(3, 3), (10, 10), (10.5, None)])
def test_a_rate_limit_is_obeyed_exactly_or_not_waited_for(advice, wait):
    error = RateLimitedError("x", retry_after_seconds=advice)
    assert next_wait_seconds(error, attempt=1, policy=POLICY, random=lambda: 0.0) == wait

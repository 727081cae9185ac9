from __future__ import annotations

import base64
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from formarelay.formaloo.lifetime import Instant, lifetime_seconds, required_seconds
from tests.support.clock import ManualClock
from tests.support.formaloo import jwt

BEGIN = Instant(wall=1_800_000_000.0, monotonic=1_000.0)


@pytest.mark.parametrize(
    ("expires_in_seconds", "lifetime"),
    [
        (30, 25.0),
        (29, 24.0),
        (12.5, 7.5),
        (5, 0.0),
        (-600, 0.0),
        (300, 25.0),
        (30 * 86_400, 25.0),
    ],
)
def test_a_token_lives_25_seconds_or_until_5_before_its_expiry(expires_in_seconds, lifetime):
    token = jwt(exp=BEGIN.wall + expires_in_seconds)

    assert lifetime_seconds(token, minted_at=BEGIN) == lifetime


def test_the_longest_lifetime_is_configurable():
    token = jwt(exp=BEGIN.wall + 300)

    assert lifetime_seconds(token, minted_at=BEGIN, longest_seconds=100) == 100
    assert lifetime_seconds(token, minted_at=BEGIN, longest_seconds=1_000) == 295


@pytest.mark.parametrize(
    ("provider_time", "lifetime"),
    [(BEGIN.wall - 600, 25.0), (BEGIN.wall, 7.0), (BEGIN.wall + 5, 2.0), (BEGIN.wall + 600, 0.0)],
)
def test_the_expiry_is_measured_from_the_providers_own_time(provider_time, lifetime):
    token = jwt(iat=BEGIN.wall, exp=BEGIN.wall + 12)

    assert lifetime_seconds(token, minted_at=BEGIN, provider_time=provider_time) == lifetime


def test_without_it_a_slow_clock_of_ours_does_not_lengthen_the_life():
    token = jwt(iat=BEGIN.wall + 600, exp=BEGIN.wall + 612)

    assert lifetime_seconds(token, minted_at=BEGIN) == 7.0


def test_without_it_a_token_that_was_issued_earlier_lives_until_its_expiry_only():
    token = jwt(iat=BEGIN.wall - 15, exp=BEGIN.wall + 15)

    assert lifetime_seconds(token, minted_at=BEGIN) == 10.0


def _with_payload(payload: bytes) -> str:
    return f"e30.{base64.urlsafe_b64encode(payload).decode().rstrip('=')}.c2ln"


@pytest.mark.parametrize(
    "token",
    [
        "",
        "opaque",
        "a.b.c",
        "..",
        "a.b.c.d",
        "e30.$$$.c2ln",
        "e30.é.c2ln",
        _with_payload(b"not json"),
        _with_payload(b"\xff\xfe"),
        _with_payload(b"[1800000001]"),
        _with_payload(b'"exp"'),
        _with_payload(b"[" * 100_000),
        _with_payload(b'{"exp": 1e999}'),
        _with_payload(b'{"exp": NaN}'),
        _with_payload(b'{"exp": 1' + b"0" * 400 + b"}"),
        _with_payload(b'{"exp": 1' + b"0" * 5_000 + b"}"),
        jwt(),
        jwt(exp=None),
        jwt(exp="1800000001"),
        jwt(exp=True),
        jwt(exp=[1]),
    ],
)
def test_a_token_without_a_readable_expiry_lives_25_seconds(token):
    assert lifetime_seconds(token, minted_at=BEGIN) == 25.0


@pytest.mark.parametrize("issued_at", [None, "soon", True, math.inf])
def test_an_unreadable_issue_time_is_no_hindrance(issued_at):
    assert lifetime_seconds(jwt(iat=issued_at, exp=BEGIN.wall + 12), minted_at=BEGIN) == 7.0


@given(token=st.text(max_size=200))
def test_no_text_breaks_the_reading(token):
    assert lifetime_seconds(token, minted_at=BEGIN) == 25.0 or token.count(".") == 2


@given(claims=st.dictionaries(st.sampled_from(["exp", "iat"]), st.floats() | st.integers()))
def test_no_claim_lengthens_the_life(claims):
    assert 0.0 <= lifetime_seconds(jwt(**claims), minted_at=BEGIN) <= 25.0


def test_age_grows_with_both_clocks():
    clock = ManualClock()
    begin = Instant.now(clock)

    clock.advance(7)

    assert begin.age_seconds(Instant.now(clock)) == 7.0


def test_age_counts_the_time_of_a_freeze_that_the_monotonic_clock_missed():
    clock = ManualClock()
    begin = Instant.now(clock)

    clock.advance(3)
    clock.jump_wall(600)

    assert begin.age_seconds(Instant.now(clock)) == 603.0


def test_age_keeps_to_the_monotonic_clock_when_the_wall_clock_is_set_back_a_little():
    clock = ManualClock()
    begin = Instant.now(clock)

    clock.advance(20)
    clock.jump_wall(-15)

    assert begin.age_seconds(Instant.now(clock)) == 20.0


def test_age_is_infinite_when_the_wall_clock_stands_before_the_beginning():
    clock = ManualClock()
    begin = Instant.now(clock)

    clock.advance(3)
    clock.jump_wall(-600)

    assert begin.age_seconds(Instant.now(clock)) == math.inf


@pytest.mark.parametrize(("timeout", "required"), [(0.5, 0.5), (9.9, 9.9), (10, 10), (300, 10)])
def test_a_call_needs_its_own_timeout_but_at_most_10_seconds_of_the_token(timeout, required):
    assert required_seconds(timeout) == required

"""The token: when it is kept, when it is minted anew, and with which pair of keys."""

from __future__ import annotations

import pytest

from formarelay.formaloo.auth import TokenSource
from formarelay.redact import Secret
from tests.support.clock import ManualClock
from tests.support.formaloo import (
    CALL_SECONDS,
    Mint,
    StoredPair,
    jwt,
    pair,
    token_of,
)


@pytest.fixture
def clock():
    return ManualClock()


@pytest.fixture
def mint():
    return Mint()


@pytest.fixture
def tokens(clock, mint):
    return TokenSource(StoredPair(pair()), mint=mint, clock=clock)


def test_the_token_comes_with_the_pair_it_was_minted_with(tokens):
    authorization = tokens.authorization(call_timeout_seconds=CALL_SECONDS)

    assert authorization.token == Secret("token-1")
    assert authorization.credentials == pair()


def test_nothing_of_the_keys_or_the_token_shows(tokens):
    authorization = tokens.authorization(call_timeout_seconds=CALL_SECONDS)

    shown = repr(authorization) + repr(tokens)
    assert "token-1" not in shown
    assert "key-one" not in shown


@pytest.mark.parametrize(
    ("age_seconds", "call_timeout_seconds", "token"),
    [
        (0, 10, "token-1"),
        (14.9, 10, "token-1"),
        (15, 10, "token-2"),
        (15, 60, "token-2"),
        (14.9, 60, "token-1"),
        (20, 4, "token-1"),
        (21, 4, "token-2"),
        (24.9, 0.01, "token-1"),
        (25, 0.01, "token-2"),
        (31, 10, "token-2"),
    ],
)
def test_a_token_is_kept_only_while_the_call_still_fits_into_it(
    tokens, clock, age_seconds, call_timeout_seconds, token
):
    token_of(tokens)
    clock.advance(age_seconds)

    assert token_of(tokens, call_timeout_seconds=call_timeout_seconds) == token


def test_the_time_of_the_mint_itself_counts(tokens, mint, clock):
    mint.before = lambda: clock.advance(8)
    assert token_of(tokens) == "token-1"

    clock.advance(7)

    assert token_of(tokens) == "token-2"


def test_a_token_is_not_kept_beyond_its_own_expiry(clock):
    short = jwt(exp=clock.wall() + 20)
    tokens = TokenSource(StoredPair(pair()), mint=Mint(short), clock=clock)

    assert token_of(tokens, call_timeout_seconds=5) == short
    clock.advance(9)
    assert token_of(tokens, call_timeout_seconds=5) == short
    clock.advance(1)
    assert token_of(tokens, call_timeout_seconds=5) == "token-1"


def test_a_token_that_says_30_days_is_kept_for_25_seconds_nevertheless(clock):
    long = jwt(exp=clock.wall() + 30 * 86_400)
    tokens = TokenSource(StoredPair(pair()), mint=Mint(long), clock=clock)
    token_of(tokens)

    clock.advance(15)

    assert token_of(tokens) == "token-1"


def test_a_token_that_cannot_be_kept_serves_the_call_it_was_minted_for(clock):
    expired = jwt(exp=clock.wall() - 600)
    mint = Mint(expired, expired)
    tokens = TokenSource(StoredPair(pair()), mint=mint, clock=clock)

    assert token_of(tokens) == expired
    assert token_of(tokens) == expired
    assert len(mint.pairs) == 2


@pytest.mark.parametrize("skew_seconds", [-600, -15, 15, 600])
def test_a_clock_of_ours_that_goes_wrong_does_not_matter(clock, skew_seconds):
    provider_time = clock.wall() - skew_seconds
    mint = Mint(jwt(iat=provider_time, exp=provider_time + 30))
    mint.provider_time = provider_time
    tokens = TokenSource(StoredPair(pair()), mint=mint, clock=clock)
    first = token_of(tokens)

    clock.advance(14.9)
    assert token_of(tokens) == first
    clock.advance(0.1)
    assert token_of(tokens) == "token-1"


def test_a_shorter_lifetime_can_be_configured(clock, mint):
    tokens = TokenSource(StoredPair(pair()), mint=mint, clock=clock, longest_lifetime_seconds=12.0)
    token_of(tokens)

    clock.advance(1.9)
    assert token_of(tokens) == "token-1"
    clock.advance(0.1)
    assert token_of(tokens) == "token-2"


def test_a_freeze_that_stops_the_monotonic_clock_ends_the_token(tokens, clock):
    token_of(tokens)

    clock.jump_wall(600)

    assert token_of(tokens) == "token-2"


@pytest.mark.parametrize("step_seconds", [-600, -10])
def test_a_wall_clock_set_back_does_not_extend_the_token(tokens, clock, step_seconds):
    token_of(tokens)

    clock.advance(15)
    clock.jump_wall(step_seconds)

    assert token_of(tokens) == "token-2"


def test_a_wall_clock_set_back_before_the_mint_ends_the_token_at_once(tokens, clock):
    token_of(tokens)

    clock.jump_wall(-1)

    assert token_of(tokens) == "token-2"


def test_a_refused_token_is_replaced_once_for_all_who_were_refused_with_it(tokens, mint):
    refused = tokens.authorization(call_timeout_seconds=CALL_SECONDS)

    replacements = [
        tokens.replace(refused, call_timeout_seconds=CALL_SECONDS).token.reveal() for _ in range(3)
    ]

    assert replacements == ["token-2"] * 3
    assert len(mint.pairs) == 2


def test_a_late_refusal_of_an_old_token_does_not_end_the_new_one(tokens, mint):
    first = tokens.authorization(call_timeout_seconds=CALL_SECONDS)
    second = tokens.replace(first, call_timeout_seconds=CALL_SECONDS)
    third = tokens.replace(second, call_timeout_seconds=CALL_SECONDS)

    assert tokens.replace(first, call_timeout_seconds=CALL_SECONDS) is third
    assert len(mint.pairs) == 3


def test_a_discarded_token_is_not_handed_out_again(tokens):
    tokens.discard(tokens.authorization(call_timeout_seconds=CALL_SECONDS))

    assert token_of(tokens) == "token-2"

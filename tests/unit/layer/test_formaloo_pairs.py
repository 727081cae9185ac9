"""With which pair of keys a token is minted, and what happens when that fails."""

from __future__ import annotations

import pytest

from formarelay.errors import CredentialError, SecretUnavailableError, ServerError
from formarelay.formaloo.auth import FormalooCredentials, TokenSource
from formarelay.redact import Secret
from tests.support.clock import ManualClock
from tests.support.formaloo import (
    CALL_SECONDS,
    Arrivals,
    Mint,
    StoredPair,
    in_threads,
    pair,
    token_of,
)


@pytest.fixture
def clock():
    return ManualClock()


def test_a_failed_mint_is_not_kept(clock):
    mint = Mint(ServerError("down"))
    tokens = TokenSource(StoredPair(pair()), mint=mint, clock=clock)

    with pytest.raises(ServerError) as caught:
        token_of(tokens)

    assert type(caught.value) is ServerError
    assert token_of(tokens) == "token-1"


def test_a_refused_pair_is_refreshed_once_and_the_new_one_used(clock):
    mint = Mint(CredentialError("refused"))
    stored = StoredPair(pair("old"), after_refresh=pair("new"))
    tokens = TokenSource(stored, mint=mint, clock=clock)

    authorization = tokens.authorization(call_timeout_seconds=CALL_SECONDS)

    assert authorization.credentials == pair("new")
    assert mint.pairs == [pair("old"), pair("new")]
    assert stored.rejected == [pair("old")]


def test_the_life_counts_from_the_mint_that_succeeded(clock):
    mint = Mint(CredentialError("refused"))
    mint.before = lambda: clock.advance(6)
    stored = StoredPair(pair("old"), after_refresh=pair("new"))
    tokens = TokenSource(stored, mint=mint, clock=clock)

    authorization = tokens.authorization(call_timeout_seconds=CALL_SECONDS)

    assert authorization.minted_at.monotonic == clock.monotonic() - 6


def test_a_refused_pair_that_is_still_the_stored_one_is_not_tried_twice(clock):
    mint = Mint(CredentialError("refused"))
    stored = StoredPair(pair())
    tokens = TokenSource(stored, mint=mint, clock=clock)

    with pytest.raises(CredentialError) as caught:
        token_of(tokens)

    assert type(caught.value) is CredentialError
    assert mint.pairs == [pair()]
    assert stored.rejected == [pair()]


def test_two_refused_pairs_end_the_attempts(clock):
    mint = Mint(CredentialError("first"), CredentialError("second"))
    stored = StoredPair(pair("old"), after_refresh=pair("new"))
    tokens = TokenSource(stored, mint=mint, clock=clock)

    with pytest.raises(CredentialError, match="second"):
        token_of(tokens)

    assert mint.pairs == [pair("old"), pair("new")]
    assert stored.rejected == [pair("old")]


def test_a_failure_that_is_not_about_the_pair_refreshes_nothing(clock):
    stored = StoredPair(pair())
    tokens = TokenSource(stored, mint=Mint(ServerError("down")), clock=clock)

    with pytest.raises(ServerError):
        token_of(tokens)

    assert stored.rejected == []


class MeetingClock(ManualClock):
    """Tells when a thread has looked at the age of the held token."""

    def __init__(self) -> None:
        super().__init__()
        self.looks = Arrivals()

    def monotonic(self) -> float:
        self.looks.arrive()
        return super().monotonic()


def test_threads_that_find_an_old_token_cause_one_mint():
    clock, mint = MeetingClock(), Mint()
    tokens = TokenSource(StoredPair(pair()), mint=mint, clock=clock)
    assert token_of(tokens) == "token-1"
    clock.advance(26)
    clock.looks = Arrivals()
    # Each of the threads looks once, and the one that mints looks again before it does.
    mint.before = lambda: clock.looks.wait_for(8 + 1)

    futures = in_threads(8, lambda: token_of(tokens))

    assert [future.result() for future in futures] == ["token-2"] * 8
    assert len(mint.pairs) == 2


@pytest.mark.parametrize("key", ["", " ", "line\nbreak", "é", "trailing ", "null\0"])
@pytest.mark.parametrize("name", ["api_key", "secret_key"])
def test_a_key_that_cannot_be_one_is_a_fault_of_the_secret_not_of_the_request(name, key):
    keys = {"api_key": Secret("good"), "secret_key": Secret("good"), name: Secret(key)}

    with pytest.raises(SecretUnavailableError) as caught:
        FormalooCredentials(**keys)

    assert type(caught.value) is SecretUnavailableError
    assert str(caught.value) == (f"formaloo: {name} is empty or holds a character that no key has")

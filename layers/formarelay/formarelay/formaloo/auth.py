"""Formaloo's short-lived tokens: minted once, shared by all threads, never used near their end."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from formarelay.clock import Clock
from formarelay.formaloo.credentials import (
    FormalooCredentials,
    FormalooCredentialSource,
    with_working_pair,
)
from formarelay.formaloo.flight import SingleFlight
from formarelay.formaloo.lifetime import (
    LONGEST_LIFETIME_SECONDS,
    Instant,
    lifetime_seconds,
    required_seconds,
)
from formarelay.redact import Secret

__all__ = ["Authorization", "FormalooCredentialSource", "FormalooCredentials", "TokenSource"]


@dataclass(frozen=True, slots=True, kw_only=True)
class MintedToken:
    """A new token, and Unix seconds on the provider's clock when it answered, if it said."""

    token: Secret
    provider_time: float | None = None


class TokenMint(Protocol):
    """Port: one call to the token endpoint."""

    def __call__(self, credentials: FormalooCredentials) -> MintedToken:
        """A new token.

        Raises:
            CredentialError: The pair was refused.
            FormaError: Any other failure; see `formarelay.errors`.
        """
        ...


@dataclass(eq=False, slots=True, kw_only=True)
class Authorization:
    """A token together with the pair it was minted with: the two are sent together."""

    credentials: FormalooCredentials
    token: Secret
    minted_at: Instant
    lifetime_seconds: float
    refused: bool = field(default=False, init=False)

    def remaining_seconds(self, now: Instant) -> float:
        return self.lifetime_seconds - self.minted_at.age_seconds(now)


class TokenSource:
    """Hands out authorizations for calls. Safe to share between threads.

    A token is kept for `min(longest_lifetime_seconds, exp - 5 s)`, measured from before its mint on
    whichever of the two clocks says more. A call gets a kept token only if its own timeout (or 10
    seconds, when that is less) is left of it, so that it cannot expire on the way; else one is
    minted. A token just minted serves the calls that waited for it, however short its life: there
    is none better.

    However many threads ask, one mint is under way at a time, and all of them get its token or its
    error.
    """

    def __init__(
        self,
        credentials: FormalooCredentialSource,
        *,
        mint: TokenMint,
        clock: Clock,
        longest_lifetime_seconds: float = LONGEST_LIFETIME_SECONDS,
    ) -> None:
        self._credentials = credentials
        self._mint = mint
        self._clock = clock
        self._longest_lifetime_seconds = longest_lifetime_seconds
        self._held: Authorization | None = None
        self._flight = SingleFlight(self._mint_and_hold)

    def authorization(self, *, call_timeout_seconds: float) -> Authorization:
        """A token for a call that is about to start and takes at most `call_timeout_seconds`.

        Raises:
            CredentialError: The pair was refused, and so was the refreshed one if it differs.
            SecretUnavailableError: There is no pair.
            FormaError: The token endpoint failed otherwise; see `formarelay.errors`.
        """
        required = required_seconds(call_timeout_seconds)
        return self._flight.result(ready=self._usable_for(required))

    def replace(self, refused: Authorization, *, call_timeout_seconds: float) -> Authorization:
        """Another token, after a 401 for `refused`. Calls that were refused with one token cause
        one mint together. Raises as `authorization`.
        """
        self.discard(refused)
        return self.authorization(call_timeout_seconds=call_timeout_seconds)

    def discard(self, refused: Authorization) -> None:
        """Never hand out this one again."""
        refused.refused = True

    def _usable_for(self, required: float) -> Callable[[], Authorization | None]:
        def usable() -> Authorization | None:
            held = self._held
            if held is None or held.refused:
                return None
            return held if held.remaining_seconds(Instant.now(self._clock)) > required else None

        return usable

    def _mint_and_hold(self) -> Authorization:
        self._held = held = with_working_pair(self._credentials, self._mint_with)
        return held

    def _mint_with(self, credentials: FormalooCredentials) -> Authorization:
        minted_at = Instant.now(self._clock)
        minted = self._mint(credentials)
        return Authorization(
            credentials=credentials,
            token=minted.token,
            minted_at=minted_at,
            lifetime_seconds=lifetime_seconds(
                minted.token.reveal(),
                minted_at=minted_at,
                provider_time=minted.provider_time,
                longest_seconds=self._longest_lifetime_seconds,
            ),
        )

"""Keys that a person makes and revokes, where the account of the dashboard is not given to us."""

from __future__ import annotations

from typing import NoReturn

from formarelay.errors import OperatorNeededError
from formarelay.formamail.channel import SERVICE
from formarelay.formamail.key_check import KeyCheck
from formarelay.keys import Credential, IssuedKey, KeyRequest


class OperatorIssuer:
    """Says what a person must do, and checks that it was done.

    Args:
        check: Calls with a key itself.
    """

    def __init__(self, check: KeyCheck) -> None:
        self._check = check

    def create(self, request: KeyRequest) -> NoReturn:
        """Raises `OperatorNeededError`: the text says what kind of key to make."""
        rights = ", ".join(request.permissions)
        raise OperatorNeededError(
            f'make a key named "{request.name}" with {rights} and an expiry date in the dashboard '
            "(Settings, API Keys)",
            service=SERVICE,
        )

    def list_keys(self) -> list[IssuedKey]:
        """None: nobody but a person sees the list."""
        return []

    def revoke(self, key_id: str) -> NoReturn:
        """Raises `OperatorNeededError`: the text names the key."""
        raise OperatorNeededError(
            f"revoke the key {key_id} in the dashboard (Settings, API Keys)", service=SERVICE
        )

    def test(self, credential: Credential, *, permissions: tuple[str, ...]) -> None:
        """See `KeyCheck.check`."""
        self._check.check(credential["api_key"], permissions=permissions)

    def is_refused(self, credential: Credential) -> bool:
        """See `KeyCheck.is_refused`."""
        return self._check.is_refused(credential["api_key"])

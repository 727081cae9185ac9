"""Who issues keys: the dashboard's account if there is one, else a person."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from formarelay.keys import Credential, IssuedKey, KeyRequest, MintedKey
from rotate_keys.ports import KeyIssuer


class ChosenIssuer:
    """Asks before each call, so that an account that is given or taken away counts at once.

    Args:
        has_account: Whether the account secret has a value. Raises `SecretUnavailableError` when it
            has one that cannot be used: then nobody is asked in its place.
        dashboard: Used with an account.
        operator: Used without one.
    """

    def __init__(
        self, has_account: Callable[[], bool], *, dashboard: KeyIssuer, operator: KeyIssuer
    ) -> None:
        self._has_account = has_account
        self._dashboard = dashboard
        self._operator = operator

    def create(self, request: KeyRequest) -> MintedKey:
        return self._issuer().create(request)

    def list_keys(self) -> Sequence[IssuedKey]:
        return self._issuer().list_keys()

    def revoke(self, key_id: str) -> None:
        self._issuer().revoke(key_id)

    def test(self, credential: Credential, *, permissions: tuple[str, ...]) -> None:
        # The same for both, and no business of the account's.
        self._operator.test(credential, permissions=permissions)

    def is_refused(self, credential: Credential) -> bool:
        return self._operator.is_refused(credential)

    def _issuer(self) -> KeyIssuer:
        return self._dashboard if self._has_account() else self._operator

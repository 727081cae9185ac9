"""Who issues keys of Forma Mail: the dashboard's account if there is one, else a person."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from formarelay.clock import Clock
from formarelay.formamail.dashboard import DashboardIssuer
from formarelay.formamail.dashboard_session import AccountSource, DashboardPaths, DashboardSession
from formarelay.formamail.key_check import KeyCheck
from formarelay.formamail.operator import OperatorIssuer
from formarelay.http import Http
from formarelay.keys import Credential, IssuedKey, KeyRequest, MintedKey


class FormaMailIssuer:
    """Asks before each call, so that an account that is given or taken away counts at once.

    Args:
        http: A client for the provider's root.
        accounts: Where the dashboard's email and password come from.
        has_account: Whether there is one. Raises `SecretUnavailableError` when there is one that
            cannot be used: then nobody is asked in its place.
        clock: Measures the dashboard's session.
        paths: Of the dashboard.
    """

    def __init__(
        self,
        http: Http,
        *,
        accounts: AccountSource,
        has_account: Callable[[], bool],
        clock: Clock,
        paths: DashboardPaths,
    ) -> None:
        session = DashboardSession(http, accounts=accounts, clock=clock, paths=paths)
        self._check = KeyCheck(http, clock=clock)
        self._has_account = has_account
        self._dashboard = DashboardIssuer(session, check=self._check, paths=paths)
        self._operator = OperatorIssuer(self._check)

    def create(self, request: KeyRequest) -> MintedKey:
        """See `DashboardIssuer.create` and `OperatorIssuer.create`."""
        return self._issuer().create(request)

    def list_keys(self) -> Sequence[IssuedKey]:
        """See `DashboardIssuer.list_keys`; none where only a person sees the list."""
        return self._issuer().list_keys()

    def revoke(self, key_id: str) -> None:
        """See `DashboardIssuer.revoke` and `OperatorIssuer.revoke`."""
        self._issuer().revoke(key_id)

    def test(self, credential: Credential, *, permissions: tuple[str, ...]) -> None:
        """See `KeyCheck.check`: it is no business of the account's."""
        self._check.check(credential["api_key"], permissions=permissions)

    def is_refused(self, credential: Credential) -> bool:
        """See `KeyCheck.is_refused`."""
        return self._check.is_refused(credential["api_key"])

    def _issuer(self) -> DashboardIssuer | OperatorIssuer:
        return self._dashboard if self._has_account() else self._operator

"""The session of Forma Mail's dashboard: a person's login, made by a machine.

The provider documents no path of it. What is assumed here stands in `DashboardPaths` and in the
decision on rotation, and every path can be set otherwise.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import Any, Protocol

from formarelay.clock import Clock
from formarelay.errors import CredentialError, UnexpectedResponseError
from formarelay.formamail.channel import SERVICE
from formarelay.formamail.replies import describe
from formarelay.http import Http, HttpResponse, QueryValues, is_header_value, raise_for_status
from formarelay.redact import Secret
from formarelay.retry import number_from

LOGIN = "POST dashboard login"
# A session is left so long before its end that no call is under way then.
MARGIN_SECONDS = 30.0
# Ours, for an answer that does not say how long a session lives. A 401 leads to a new one anyway.
UNTOLD_LIFE_SECONDS = 60.0 + MARGIN_SECONDS


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """The login of a person who may manage keys (Owner or Admin)."""

    email: Secret
    password: Secret


class AccountSource(Protocol):
    """Where the account comes from. Raises `SecretUnavailableError`."""

    def current(self) -> Account: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class DashboardPaths:
    """Where the dashboard's calls are, below the provider's root. `{id}` stands for a key's id."""

    login: str = "/api/auth/login"
    keys: str = "/api/api-keys"
    revoke: str = "/api/api-keys/{id}/revoke"


@dataclass(frozen=True, slots=True)
class _Session:
    token: Secret
    leave_at: float


class DashboardSession:
    """Calls with a session that is kept in memory until shortly before its end.

    Args:
        http: A client for the provider's root.
        accounts: Where email and password come from.
        clock: Its monotonic clock measures the session's life.
        paths: See `DashboardPaths`.
    """

    def __init__(
        self, http: Http, *, accounts: AccountSource, clock: Clock, paths: DashboardPaths
    ) -> None:
        self._http = http
        self._accounts = accounts
        self._clock = clock
        self._paths = paths
        self._held: _Session | None = None
        self._lock = threading.Lock()

    def call(
        self,
        method: str,
        path: str,
        *,
        operation: str,
        params: QueryValues | None = None,
        json: object = None,
    ) -> HttpResponse:
        """A 2xx answer; after a 401, which proves non-execution, once more with a new session.

        Raises:
            CredentialError: The account was refused, or a new session was.
            SecretUnavailableError: There is no account.
            FormaError: See `raise_for_status` and the transport.
        """

        def exchange(session: _Session) -> HttpResponse:
            response = self._http.request(
                method,
                path,
                operation=operation,
                headers={"Authorization": f"Bearer {session.token.reveal()}"},
                params=params,
                json=json,
            )
            raise_for_status(response, describe=describe, now=self._clock.wall())
            return response

        session = self._session()
        try:
            return exchange(session)
        except CredentialError:
            self._leave(session)
        return exchange(self._session())

    def _session(self) -> _Session:
        with self._lock:
            held = self._held
            if held is None or self._clock.monotonic() >= held.leave_at:
                self._held = held = self._log_in()
            return held

    def _leave(self, session: _Session) -> None:
        with self._lock:
            if self._held is session:
                self._held = None

    def _log_in(self) -> _Session:
        account = self._accounts.current()
        began_at = self._clock.monotonic()
        response = self._http.request(
            "POST",
            self._paths.login,
            operation=LOGIN,
            json={"email": account.email.reveal(), "password": account.password.reveal()},
        )
        raise_for_status(response, describe=describe, now=self._clock.wall())
        data = object_of(response)
        token = data.get("accessToken")
        if not isinstance(token, str) or not is_header_value(token):
            raise unexpected("the login names no usable accessToken", response)
        told = number_from(data.get("expiresIn"))
        life_seconds = UNTOLD_LIFE_SECONDS if told is None else told
        return _Session(Secret(token), began_at + life_seconds - MARGIN_SECONDS)


def object_of(response: HttpResponse) -> dict[str, Any]:
    """The object in `data`, or the whole body where there is no `data`."""
    document = response.json()
    data = document.get("data", document) if isinstance(document, dict) else None
    if not isinstance(data, dict):
        raise unexpected("a JSON object was promised", response)
    return data


def unexpected(problem: str, response: HttpResponse) -> UnexpectedResponseError:
    """A success that is not what it should be. `problem` names what, never its value."""
    return UnexpectedResponseError(
        problem, service=SERVICE, operation=response.operation, status=response.status
    )

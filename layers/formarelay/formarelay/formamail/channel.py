"""One authenticated call to Forma Mail."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from formarelay.clock import Clock
from formarelay.errors import CredentialError
from formarelay.formamail.replies import describe
from formarelay.http import Http, HttpResponse, QueryValues, is_header_value, raise_for_status
from formarelay.redact import Secret

SERVICE = "forma-mail"

Admit = Callable[[str], None]
"""Called with the operation before each HTTP request; when it raises, the request is not made."""


class ApiKeySource(Protocol):
    """Where the API key comes from. Raises `SecretUnavailableError`."""

    def current(self) -> Secret:
        """The key to use now."""
        ...

    def refresh(self, rejected: Secret) -> Secret:
        """The key to use after `rejected` was refused; the same when there is no other.

        Called from many threads at once; to read only once is the source's own business.
        """
        ...


class Channel:
    """Calls with the current key; after a 401, which proves non-execution, once with another.

    Args:
        http: A client for the provider's root.
        keys: Where the API key comes from.
        clock: Its wall clock turns instants of the provider into waits.
        prefix: Put before every route.
    """

    def __init__(self, http: Http, *, keys: ApiKeySource, clock: Clock, prefix: str) -> None:
        self._http = http
        self._keys = keys
        self._clock = clock
        self._prefix = prefix

    def call(
        self,
        method: str,
        route: str,
        *,
        operation: str,
        params: QueryValues | None = None,
        json: object = None,
        read_timeout_seconds: float | None = None,
        admit: Admit | None = None,
    ) -> HttpResponse:
        """A 2xx answer, or the error that `raise_for_status` or the transport has for it."""

        def exchange(key: Secret) -> HttpResponse:
            if admit:
                admit(operation)
            response = self._http.request(
                method,
                self._prefix + route,
                operation=operation,
                headers={"Authorization": _bearer(key, operation)},
                params=params,
                json=json,
                read_timeout_seconds=read_timeout_seconds,
            )
            raise_for_status(response, describe=describe, now=self._clock.wall())
            return response

        key = self._keys.current()
        try:
            return exchange(key)
        except CredentialError as error:
            refusal = error
        replacement = self._keys.refresh(key)
        if replacement == key:
            raise refusal
        return exchange(replacement)


def _bearer(key: Secret, operation: str) -> str:
    # A key that was stored with a line end is a bad key, not a bad mail.
    if not is_header_value(key.reveal()):
        raise CredentialError(
            "the API key is empty or holds a character that no header may carry",
            service=SERVICE,
            operation=operation,
        )
    return f"Bearer {key.reveal()}"

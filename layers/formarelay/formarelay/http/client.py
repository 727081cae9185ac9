"""The real HTTP client: one pooled session for one service."""

from __future__ import annotations

import http.client
import logging
from collections.abc import Mapping
from dataclasses import dataclass

import requests
import urllib3

from formarelay.clock import Clock, SystemClock
from formarelay.errors import UnexpectedResponseError
from formarelay.http.connection import Adapter, Attempt, current_attempt
from formarelay.http.failure import transport_error
from formarelay.http.request import (
    FormValues,
    JsonValue,
    QueryValues,
    check_request,
    refuse_request,
)
from formarelay.http.response import Headers, HttpResponse
from formarelay.http.setup import checked_base_url, new_session, shared_ssl_context

_CHUNK_BYTES = 65_536
# ValueError is what the standard library says of a closed file or an unreadable line.
_FAILURES = (OSError, ValueError, urllib3.exceptions.HTTPError, http.client.HTTPException)


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeouts:
    """How long one call may take.

    A call ends after the sum of both at the latest, however slowly the answer drips. Only the
    look-up of the host name is bounded by the system's resolver instead.

    Args:
        connect_seconds: For connecting to one address and for the TLS handshake, each.
        read_seconds: From the first byte of the request to the last of the answer.
    """

    connect_seconds: float = 3.05
    read_seconds: float = 20.0


class HttpClient:
    """One service at one base URL. Usable from many threads at once.

    Verifies TLS 1.2 or newer, stores no cookie, reads no proxy, netrc or CA setting from the
    environment.

    Args:
        base_url: `https://host[:port][/path]`; `http` is for loopback hosts only.
        service: Named in every error.
        user_agent: Sent with every request.
        timeouts: See `Timeouts`.
        max_response_bytes: Larger bodies are not read to their end.
        pool_size: Kept connections; give it at least as many as there are calling threads.
        ca_bundle: PEM file to trust instead of the bundled authorities.
        max_idle_seconds: Connections idle for longer are replaced: a frozen environment does
            not see its peer hang up.
        clock: For deadlines and idle times.

    Raises:
        SettingsError: The base URL or the CA bundle is unusable.
    """

    def __init__(
        self,
        base_url: str,
        *,
        service: str,
        user_agent: str = "formarelay",
        timeouts: Timeouts | None = None,
        max_response_bytes: int = 8_388_608,
        pool_size: int = 10,
        ca_bundle: str | None = None,
        max_idle_seconds: float = 30.0,
        clock: Clock | None = None,
    ) -> None:
        parts = checked_base_url(base_url, service)
        self._base_url = base_url.rstrip("/")
        self._service = service
        self._timeouts = timeouts or Timeouts()
        self._max_response_bytes = max_response_bytes
        self._max_idle_seconds = max_idle_seconds
        self._clock = clock or SystemClock()
        context = shared_ssl_context(ca_bundle, service) if parts.scheme == "https" else None
        self._session = new_session(user_agent, Adapter(pool_size=pool_size, ssl_context=context))
        # It logs whole URLs, and so the addresses that stand in a query.
        logging.getLogger("urllib3").setLevel(logging.ERROR)

    def request(
        self,
        method: str,
        path: str,
        *,
        operation: str,
        headers: Mapping[str, str] | None = None,
        params: QueryValues | None = None,
        json: JsonValue = None,
        form: FormValues | None = None,
        read_timeout_seconds: float | None = None,
    ) -> HttpResponse:
        """See `Http.request`."""
        headers = dict(headers or {})
        problem, body = check_request(path, headers, body=json, form=form)
        if problem:
            raise refuse_request(problem, service=self._service, operation=operation)
        if body is not None:
            headers["Content-Type"] = "application/json"
        try:
            prepared = self._session.prepare_request(
                requests.Request(
                    method, self._base_url + path, headers, params=params, data=body or form
                )
            )
        except (ValueError, requests.RequestException):
            prepared = None
        if prepared is None:
            raise refuse_request("it cannot be encoded", service=self._service, operation=operation)
        return self._exchange(prepared, operation, read_timeout_seconds)

    def close(self) -> None:
        """Close the kept connections. The client opens new ones when it is used again."""
        self._session.close()

    def _exchange(
        self,
        prepared: requests.PreparedRequest,
        operation: str,
        read_timeout_seconds: float | None,
    ) -> HttpResponse:
        attempt = Attempt(
            clock=self._clock,
            connect_seconds=self._timeouts.connect_seconds,
            read_seconds=read_timeout_seconds or self._timeouts.read_seconds,
            max_idle_seconds=self._max_idle_seconds,
        )
        token = current_attempt.set(attempt)
        try:
            with self._session.send(
                prepared,
                stream=True,
                allow_redirects=False,
                timeout=(attempt.connect_seconds, attempt.read_seconds),
            ) as answer:
                return self._read(answer, operation)
        except _FAILURES as error:
            failure = transport_error(
                error,
                executable=attempt.executable,
                service=self._service,
                operation=operation,
            )
        finally:
            current_attempt.reset(token)
        # Outside the handler, so that no `__context__` holds the request and its credential.
        raise failure

    def _read(self, answer: requests.Response, operation: str) -> HttpResponse:
        body: bytes | None = None
        try:
            body = self._read_body(answer)
        except _FAILURES:
            if answer.status_code < 400:
                raise
        if body is None and answer.status_code < 400:
            raise UnexpectedResponseError(
                f"the body is larger than {self._max_response_bytes} bytes",
                service=self._service,
                operation=operation,
                status=answer.status_code,
            )
        return HttpResponse(
            status=answer.status_code,
            headers=Headers(answer.headers.items()),
            body=body or b"",
            service=self._service,
            operation=operation,
        )

    def _read_body(self, answer: requests.Response) -> bytes | None:
        chunks: list[bytes] = []
        size = 0
        for chunk in answer.iter_content(_CHUNK_BYTES):
            size += len(chunk)
            if size > self._max_response_bytes:
                return None
            chunks.append(chunk)
        return b"".join(chunks)

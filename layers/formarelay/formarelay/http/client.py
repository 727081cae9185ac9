"""The real HTTP client: one pool of connections to one service."""

from __future__ import annotations

import http.client
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

import urllib3
from msgspec import Struct

from formarelay.clock import Clock, SystemClock
from formarelay.errors import UnexpectedResponseError
from formarelay.http.connection import Attempt, current_attempt, new_pool
from formarelay.http.failure import transport_error
from formarelay.http.request import (
    FormValues,
    JsonValue,
    QueryValues,
    check_request,
    encode_target,
    refuse_request,
)
from formarelay.http.response import Headers, HttpResponse
from formarelay.http.setup import checked_base_url
from formarelay.tls import shared_ssl_context

_CHUNK_BYTES = 65_536
# ValueError is what the standard library says of a closed file or an unreadable line.
_FAILURES = (OSError, ValueError, urllib3.exceptions.HTTPError, http.client.HTTPException)


class Timeouts(Struct, frozen=True, kw_only=True):
    """How long one call may take.

    A call ends after the sum of both at the latest, however slowly the answer drips. Only the
    look-up of the host name is bounded by the system's resolver instead.

    Args:
        connect_seconds: For connecting to one address and for the TLS handshake, each.
        read_seconds: From the first byte of the request to the last of the answer.
    """

    connect_seconds: float = 3.05
    read_seconds: float = 20.0


@dataclass(frozen=True, slots=True, repr=False)
class _Request:
    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes | None


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
        self._parts = checked_base_url(base_url, service)
        self._service = service
        self._timeouts = timeouts or Timeouts()
        self._max_response_bytes = max_response_bytes
        self._max_idle_seconds = max_idle_seconds
        self._clock = clock or SystemClock()
        tls = self._parts.scheme == "https"
        self._context = shared_ssl_context(ca_bundle, service) if tls else None
        self._pool_size = pool_size
        self._pool = self._new_pool()
        # Uncompressed, so that the size limit holds for what is transferred and what is held alike.
        self._headers = {
            "User-Agent": user_agent,
            "Accept": "application/json",
            "Accept-Encoding": "identity",
        }
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
            target = encode_target(self._parts.path.rstrip("/") + path, params)
            if form:
                body = urlencode(form).encode()
                headers["Content-Type"] = "application/x-www-form-urlencoded"
        except ValueError:
            target = None
        if target is None:
            raise refuse_request("it cannot be encoded", service=self._service, operation=operation)
        request = _Request(method, target, self._headers | headers, body)
        return self._exchange(request, operation, read_timeout_seconds)

    def close(self) -> None:
        """Close the kept connections. The client opens new ones when it is used again."""
        closed, self._pool = self._pool, self._new_pool()
        closed.close()

    def _new_pool(self) -> urllib3.HTTPConnectionPool:
        return new_pool(self._parts, size=self._pool_size, ssl_context=self._context)

    def _exchange(
        self, request: _Request, operation: str, read_timeout_seconds: float | None
    ) -> HttpResponse:
        attempt = Attempt(
            clock=self._clock,
            connect_seconds=self._timeouts.connect_seconds,
            read_seconds=read_timeout_seconds or self._timeouts.read_seconds,
            max_idle_seconds=self._max_idle_seconds,
        )
        token = current_attempt.set(attempt)
        try:
            answer = self._pool.urlopen(
                request.method,
                request.target,
                body=request.body,
                headers=request.headers,
                retries=False,
                redirect=False,
                assert_same_host=False,
                preload_content=False,
                timeout=urllib3.Timeout(attempt.connect_seconds, attempt.read_seconds),
            )
            try:
                return self._read(answer, operation)
            finally:
                # Nothing happens to a connection whose answer was read to its end: it is back in
                # the pool. Any other one has the rest of the answer in it.
                answer.close()
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

    def _read(self, answer: urllib3.BaseHTTPResponse, operation: str) -> HttpResponse:
        body: bytes | None = None
        try:
            body = self._read_body(answer)
        except _FAILURES:
            if answer.status < 400:
                raise
        if body is None and answer.status < 400:
            raise UnexpectedResponseError(
                f"the body is larger than {self._max_response_bytes} bytes",
                service=self._service,
                operation=operation,
                status=answer.status,
            )
        return HttpResponse(
            status=answer.status,
            # A header that came twice is one, its values joined.
            headers=Headers((name, answer.headers[name]) for name in answer.headers),
            body=body or b"",
            service=self._service,
            operation=operation,
        )

    def _read_body(self, answer: urllib3.BaseHTTPResponse) -> bytes | None:
        chunks: list[bytes] = []
        size = 0
        for chunk in answer.stream(_CHUNK_BYTES, decode_content=True):
            size += len(chunk)
            if size > self._max_response_bytes:
                return None
            chunks.append(chunk)
        return b"".join(chunks)

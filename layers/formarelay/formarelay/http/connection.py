"""Connections that know three things the HTTP library does not tell.

Whether the request can have been executed, when the whole call must be over, and how long a pooled
connection has been idle.
"""

from __future__ import annotations

import http.client
import io
import socket
import ssl
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import SplitResult

import urllib3.connection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

from formarelay.clock import Clock

# A zero timeout would switch the socket to non-blocking.
_SHORTEST_TIMEOUT_SECONDS = 0.001


@dataclass(slots=True, kw_only=True)
class Attempt:
    """One call in progress.

    Args:
        clock: Judges deadline and idle time.
        connect_seconds: For connecting to one address.
        read_seconds: From the first byte of the request to the last of the answer. The whole
            call, with as many addresses as the name has, ends after the sum of the two.
        max_idle_seconds: Pooled connections idle for longer are not used.

    `executable` turns True when the service may have received all that it needs to execute.
    """

    clock: Clock
    connect_seconds: float
    read_seconds: float
    max_idle_seconds: float
    executable: bool = False
    deadline: float = field(init=False)
    last_wall: float = field(init=False)
    last_monotonic: float = field(init=False)

    def __post_init__(self) -> None:
        self.touch()
        self.deadline = self.last_monotonic + self.connect_seconds + self.read_seconds

    def touch(self) -> None:
        """Note that bytes are moving now."""
        self.last_wall, self.last_monotonic = self.clock.wall(), self.clock.monotonic()

    def begin_request(self) -> None:
        """Note that the first byte is about to be written."""
        self.executable = True
        self.deadline = min(self.deadline, self.clock.monotonic() + self.read_seconds)

    def remaining(self) -> float:
        """Seconds to the deadline.

        Raises:
            TimeoutError: The deadline has passed.
        """
        remaining = self.deadline - self.clock.monotonic()
        if remaining <= 0:
            raise TimeoutError
        return max(remaining, _SHORTEST_TIMEOUT_SECONDS)

    def is_stale(self) -> bool:
        """Whether the connection that served this call has been idle for too long.

        On both clocks: the monotonic one may stand still while a Lambda environment is frozen,
        the wall clock may be set.
        """
        idle_wall = abs(self.clock.wall() - self.last_wall)
        idle_monotonic = self.clock.monotonic() - self.last_monotonic
        return max(idle_wall, idle_monotonic) > self.max_idle_seconds


# The library offers no way to pass it down to the connection, and each call stays in its thread.
current_attempt: ContextVar[Attempt] = ContextVar("current_attempt")


class _TimedReader(io.RawIOBase):
    """Gives every read of the answer only what is left of the whole call's time."""

    def __init__(self, sock: socket.socket, attempt: Attempt) -> None:
        self._sock = sock
        self._attempt = attempt
        self._raw = sock.makefile("rb", buffering=0)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        self._sock.settimeout(self._attempt.remaining())
        count = self._raw.readinto(buffer)
        self._attempt.touch()
        return count

    def close(self) -> None:
        self._raw.close()
        super().close()


class _TimedSocket:
    """What `http.client.HTTPResponse` needs of a socket."""

    def __init__(self, sock: socket.socket) -> None:
        self._sock = sock

    def makefile(self, *_: object, **__: object) -> io.BufferedReader:
        return io.BufferedReader(_TimedReader(self._sock, current_attempt.get()))


class _TimedResponse(http.client.HTTPResponse):
    def __init__(self, sock: socket.socket, *args: Any, **kwargs: Any) -> None:
        super().__init__(_TimedSocket(sock), *args, **kwargs)  # type: ignore[arg-type]  # only makefile is used


class _Connection(urllib3.connection.HTTPConnection):
    response_class = _TimedResponse
    _last_attempt: Attempt | None = None

    def connect(self) -> None:
        attempt = current_attempt.get()
        self.timeout = min(attempt.connect_seconds, attempt.remaining())
        super().connect()

    def request(self, *args: Any, **kwargs: Any) -> None:
        if self._last_attempt is not None and self._last_attempt.is_stale():
            self.close()
        self._last_attempt = current_attempt.get()
        super().request(*args, **kwargs)

    def send(self, data: Any) -> None:
        attempt = current_attempt.get()
        if self.sock is None:
            self.connect()
        # The first send holds the header block alone. If it fails, the block is incomplete at
        # the other end, and no server executes half a header block.
        is_header_block = not attempt.executable
        if is_header_block:
            attempt.begin_request()
        try:
            self.sock.settimeout(attempt.remaining())
            super().send(data)
        except OSError:
            attempt.executable = not is_header_block
            raise
        attempt.touch()


class _TlsConnection(_Connection, urllib3.connection.HTTPSConnection):
    pass


class _Pool(HTTPConnectionPool):
    ConnectionCls = _Connection


class _TlsPool(HTTPSConnectionPool):
    ConnectionCls = _TlsConnection


def new_pool(
    parts: SplitResult, *, size: int, ssl_context: ssl.SSLContext | None
) -> HTTPConnectionPool:
    """A pool for the one host of these parts. All its connections share the context: a context of
    its own would load the authorities for each of them."""
    host = parts.hostname or ""
    if ssl_context is None:
        return _Pool(host, parts.port, maxsize=size)
    return _TlsPool(
        host, parts.port, maxsize=size, ssl_context=ssl_context, cert_reqs="CERT_REQUIRED"
    )

"""Points inside every HTTP call, whoever makes it: half written, written, answered.

They stand in the standard library, below all clients, so that no effect can go around them. A
request outside of every port is noted as unnamed, which fails the run. Outages of AWS are made here
as well, because the emulator cannot be told to fail.
"""

from __future__ import annotations

import http.client
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from tests.crash.points import active, here, passing


@dataclass(slots=True)
class Outage:
    """A service that fails this process for some requests, beginning with the `first`, from 1.

    When it is `deaf`, requests are executed and their answers lost; else nothing reaches it.
    """

    service: str
    first: int
    requests: int
    deaf: bool
    seen: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def strikes(self) -> bool:
        """Counts a request."""
        with self.lock:
            self.seen += 1
            return self.first <= self.seen < self.first + self.requests


@dataclass(slots=True)
class _Request:
    service: str
    has_body: bool
    name: str = ""
    sends: int = 0
    is_struck: bool = False


@dataclass(slots=True)
class Wire:
    """What the hooks need to know in this process.

    Args:
        emulator_port: Requests to it are for AWS, and say themselves for which service.
        outage: Which service fails; None for none.
    """

    emulator_port: int
    outage: Outage | None = None


_wire: Wire | None = None


def activate(wire: Wire | None) -> None:
    """From here on the requests of this process pass points; with None they do not."""
    global _wire
    _wire = wire


def install() -> None:
    """Puts the hooks into the standard library. They do nothing before `activate`."""
    connection = http.client.HTTPConnection
    for name, hook in (
        ("putrequest", _put_request),
        ("putheader", _put_header),
        ("send", _send),
        ("getresponse", _get_response),
    ):
        setattr(connection, name, _hooked(getattr(connection, name), hook))


def _hooked(original: Callable[..., Any], hook: Callable[..., Any]) -> Callable[..., Any]:
    def method(connection: http.client.HTTPConnection, *args: Any, **named: Any) -> Any:
        if _wire is None or here.is_silent:
            return original(connection, *args, **named)
        return hook(_wire, connection, original, *args, **named)

    return method


def _put_request(
    wire: Wire, connection: Any, original: Any, method: str, url: str, *args: Any, **named: Any
) -> Any:
    # Whatever names no target is S3, whose requests are told apart by method and path.
    service = "s3"
    if connection.port != wire.emulator_port:
        service = "forma-mail" if url.startswith("/api") else "formaloo"
    connection.crash_request = _Request(service=service, has_body=method in ("POST", "PUT"))
    return original(connection, method, url, *args, **named)


def _put_header(wire: Wire, connection: Any, original: Any, header: Any, *values: Any) -> Any:
    if _text(header).lower() == "x-amz-target":
        target = _text(values[0]).split(".")[0]
        name = target.split("_")[0].removeprefix("Amazon").removeprefix("AWS")
        connection.crash_request.service = name.lower()
    return original(connection, header, *values)


def _send(wire: Wire, connection: Any, original: Any, data: Any) -> Any:
    request = connection.crash_request
    request.sends += 1
    if request.sends == 1:
        request.name = f"{here.call}/{request.service}"
        if not here.call:
            _note_unnamed(request.service)
        outage = wire.outage
        if outage is not None and outage.service == request.service:
            request.is_struck = outage.strikes()
            if request.is_struck and not outage.deaf:
                raise ConnectionRefusedError("an outage of the crash matrix")
    result = original(connection, data)
    if request.sends == 1 and request.has_body:
        passing(f"{request.name}:half-written")
    return result


def _get_response(wire: Wire, connection: Any, original: Any) -> Any:
    request = connection.crash_request
    passing(f"{request.name}:written")
    response = original(connection)
    passing(f"{request.name}:answered")
    if request.is_struck:
        connection.close()
        raise ConnectionResetError("an outage of the crash matrix")
    return response


def _note_unnamed(service: str) -> None:
    points = active()
    if points is not None:
        points.note_unnamed(service)


def _text(value: Any) -> str:
    return value.decode() if isinstance(value, bytes) else str(value)

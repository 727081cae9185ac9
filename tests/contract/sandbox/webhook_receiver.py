"""A receiver of deliveries, and what the official SDKs do with their signature."""

from __future__ import annotations

import hashlib
import hmac
import json
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self

_PATIENCE_SECONDS = 20.0
_LOOK_SECONDS = 0.01


@dataclass(frozen=True)
class Received:
    """One delivery as it came."""

    headers: dict[str, str]
    body: bytes

    @property
    def event(self) -> dict[str, Any]:
        document: dict[str, Any] = json.loads(self.body)
        return document

    @property
    def signature(self) -> str:
        return self.headers["X-FormaMail-Signature"]


class Receiver:
    """Answers with the statuses it is given, one after another, then with 200. A status 0 is no
    answer before the receiver ends."""

    def __init__(self, *statuses: int) -> None:
        self.received: list[Received] = []
        self._statuses = list(statuses)
        self._end = threading.Event()
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                receiver.received.append(Received(dict(self.headers), body))
                status = receiver._statuses.pop(0) if receiver._statuses else 200
                if status == 0:
                    receiver._end.wait(_PATIENCE_SECONDS)
                    self.close_connection = True
                    return
                self.send_response(status)
                self.send_header("Location", "/elsewhere")
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))
        self.url = f"http://127.0.0.1:{self._server.server_port}/hook"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        self._end.set()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def wait_for(self, count: int) -> list[Received]:
        """What came, once it is so many."""
        wait_until(lambda: len(self.received) >= count)
        return self.received


def wait_until(condition: Callable[[], bool]) -> None:
    """Returns when it holds; fails after a long while."""
    end = time.monotonic() + _PATIENCE_SECONDS
    while not condition():
        assert time.monotonic() < end, "did not come about"
        time.sleep(_LOOK_SECONDS)


def node_sdk_accepts(received: Received, secret: str, *, now: float) -> bool:
    """As Forma Mail's SDK for Node: split at commas and at equal signs, nothing trimmed."""
    parts = [part.split("=") for part in received.signature.split(",")]
    values = {part[0]: part[1] for part in parts}
    if abs(now - int(values["t"])) > 300:
        return False
    signed = values["t"] + "." + received.body.decode("utf-8")
    return hmac.new(secret.encode(), signed.encode(), hashlib.sha256).hexdigest() == values["v1"]


def python_sdk_accepts(received: Received, secret: str, *, now: float) -> bool:
    """As Forma Mail's SDK for Python: by name, in any order, compared in constant time."""
    values = dict(part.strip().split("=", 1) for part in received.signature.split(","))
    digest = hmac.new(
        secret.encode("utf-8"), values["t"].encode() + b"." + received.body, hashlib.sha256
    )
    if not hmac.compare_digest(digest.hexdigest(), values["v1"]):
        return False
    return abs(int(now) - int(values["t"])) <= 300

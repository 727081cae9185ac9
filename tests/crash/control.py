"""JSON calls to the control interfaces of sandbox and emulator, over one kept connection."""

from __future__ import annotations

import http.client
import json
from typing import Any
from urllib.parse import urlsplit

_TIMEOUT_SECONDS = 30.0


class Control:
    """Not safe to share between processes, nor with a fork of this one."""

    def __init__(self, url: str, *, prefix: str = "") -> None:
        parts = urlsplit(url)
        self._connection = http.client.HTTPConnection(
            parts.hostname or "", parts.port, timeout=_TIMEOUT_SECONDS
        )
        self._prefix = prefix

    def call(self, method: str, path: str, document: object = None) -> Any:
        """The document of the answer. Raises RuntimeError when the call is refused."""
        body = None if document is None else json.dumps(document)
        try:
            answer = self._exchange(method, path, body)
        except (http.client.RemoteDisconnected, ConnectionError):
            # Closed while it was idle.
            self._connection.close()
            answer = self._exchange(method, path, body)
        text = answer.read()
        if answer.status >= 400:
            raise RuntimeError(f"{method} {path}: {answer.status} {text[:500]!r}")
        return json.loads(text) if text else None

    def close(self) -> None:
        self._connection.close()

    def _exchange(self, method: str, path: str, body: str | None) -> http.client.HTTPResponse:
        headers = {"Content-Type": "application/json"} if body is not None else {}
        self._connection.request(method, self._prefix + path, body=body, headers=headers)
        return self._connection.getresponse()

"""A sandbox in a process of its own, for tests and benchmarks: started, asked, stopped."""

from __future__ import annotations

import http.client
import json
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit

_ROOT = Path(__file__).resolve().parent.parent
_STOP_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class Answer:
    """A complete HTTP answer."""

    status: int
    headers: http.client.HTTPMessage
    body: bytes

    def json(self) -> Any:
        """The document in the body."""
        return json.loads(self.body)


class RunningSandbox:
    """A context manager: the process lives from `__enter__` to `__exit__`."""

    def __init__(self, *, database: str = ":memory:", port: int = 0) -> None:
        self._command = [sys.executable, "-m", "sandbox", "--port", str(port), "--db", database]
        self._process: subprocess.Popen[str] | None = None
        self.url = ""

    @classmethod
    def at(cls, url: str) -> Self:
        """One that another process has started, and will stop."""
        running = cls()
        running.url = url
        return running

    def __enter__(self) -> Self:
        self._process = subprocess.Popen(  # noqa: S603 (own interpreter, own arguments)
            self._command,
            cwd=_ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert self._process.stdout is not None  # noqa: S101 (asked for by PIPE)
        announcement = self._process.stdout.readline()
        if not announcement:
            _, problem = self.stop()
            raise RuntimeError(f"the sandbox did not start: {problem}")
        self.url = announcement.split()[-1]
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        self.stop()

    @property
    def pid(self) -> int:
        """Of the process. Raises RuntimeError when it does not run."""
        if self._process is None:
            raise RuntimeError("the sandbox does not run")
        return self._process.pid

    def stop(self) -> tuple[int, str]:
        """Stop it gracefully; the exit status and everything that it wrote after its first line.

        Safe to repeat: a stopped sandbox reports status 0 and no output.
        """
        process, self._process = self._process, None
        if process is None:
            return 0, ""
        process.send_signal(signal.SIGTERM)
        output, problems = process.communicate(timeout=_STOP_SECONDS)
        return process.returncode, output + problems

    def request(
        self,
        method: str,
        path: str,
        *,
        body: object = None,
        headers: dict[str, str] | None = None,
        timeout_seconds: float = 10.0,
    ) -> Answer:
        """One request on a connection of its own. Bytes are sent as they are, anything else as
        JSON. Errors of the connection come through as `http.client` raises them."""
        parts = urlsplit(self.url)
        connection = http.client.HTTPConnection(parts.netloc, timeout=timeout_seconds)
        sent = dict(headers or {})
        if body is not None and not isinstance(body, bytes):
            body = json.dumps(body).encode()
            sent.setdefault("Content-Type", "application/json")
        try:
            connection.request(method, path, body=body, headers=sent)
            answer = connection.getresponse()
            return Answer(answer.status, answer.headers, answer.read())
        finally:
            connection.close()

    def control(self, method: str, path: str, document: object = None) -> Any:
        """A call of the control interface that must succeed; returns its document.

        Raises:
            RuntimeError: The sandbox refused it; the text is the sandbox's own.
        """
        answer = self.request(method, f"/_sandbox{path}", body=document)
        if answer.status >= 400:
            raise RuntimeError(f"{method} {path}: {answer.status} {answer.json()['error']}")
        return answer.json()

    def mint_key(self, **fields: object) -> str:
        """The value of a new Forma Mail key."""
        return str(self.control("POST", "/keys", {"name": "test", **fields})["apiKey"])

    def send(self, api_key: str, *, prefix: str = "/api", **fields: object) -> Answer:
        """One send of a minimal mail in which the given fields are changed or added."""
        body = {
            "templateId": "welcome",
            "to": [{"email": "ada@example.com"}],
            "variables": {},
            **fields,
        }
        return self.request("POST", f"{prefix}/emails/send", body=body, headers=bearer(api_key))

    def read(self, api_key: str, path: str) -> Answer:
        """One GET of Forma Mail below `/api`."""
        return self.request("GET", f"/api{path}", headers=bearer(api_key))

    def accepted(self) -> list[dict[str, Any]]:
        """Every mail that was accepted."""
        return list(self.control("GET", "/emails")["emails"])


def bearer(api_key: str) -> dict[str, str]:
    """The header that presents a Forma Mail key."""
    return {"Authorization": f"Bearer {api_key}"}

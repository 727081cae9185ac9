"""A scripted stand-in for `HttpClient`, for unit tests of the providers' clients.

It applies the same rules to a request and hands back the same kind of answer; the parity test in
`tests/integration/http` compares the two.
"""

from __future__ import annotations

import json as json_module
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from formarelay.errors import FormaError
from formarelay.http import FormValues, Headers, HttpResponse, JsonValue, QueryValues
from formarelay.http.request import check_request, refuse_request


@dataclass(frozen=True, kw_only=True)
class SentRequest:
    """One call as the client made it; `json` is what a server would decode."""

    method: str
    path: str
    operation: str
    headers: Headers
    params: dict[str, Any]
    json: Any
    form: dict[str, str] | None
    read_timeout_seconds: float | None


Answer = Callable[[SentRequest], HttpResponse]


@dataclass
class _Step:
    operation: str | None
    answer: Answer
    before: Callable[[], None] | None = None


@dataclass
class FakeHttp:
    """Answers from a script, in order; a call that the script does not foresee fails the test.

    A step with an `operation` waits for that operation; a step without takes any call. With
    `otherwise` set, it answers whatever the script does not.
    """

    service: str = "fake"
    otherwise: Answer | None = None
    requests: list[SentRequest] = field(default_factory=list)
    _steps: list[_Step] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def replies(
        self,
        status: int = 200,
        *,
        json: Any = None,
        body: bytes | str | None = None,
        headers: Mapping[str, str] | None = None,
        operation: str | None = None,
        times: int = 1,
        before: Callable[[], None] | None = None,
    ) -> FakeHttp:
        """Add an answer; `before` runs first, in the caller's thread, to move a clock or block."""
        if body is None:
            body = b"" if json is None else json_module.dumps(json)
        content = body.encode() if isinstance(body, str) else body

        def answer(request: SentRequest) -> HttpResponse:
            return HttpResponse(
                status=status,
                headers=Headers((headers or {}).items()),
                body=content,
                service=self.service,
                operation=request.operation,
            )

        self._steps += [_Step(operation, answer, before) for _ in range(times)]
        return self

    def fails(
        self,
        error: type[FormaError],
        *,
        operation: str | None = None,
        times: int = 1,
        before: Callable[[], None] | None = None,
    ) -> FakeHttp:
        """Add a failure of the transport, as `ConnectionFailedError`."""

        def answer(request: SentRequest) -> HttpResponse:
            raise error("scripted", service=self.service, operation=request.operation)

        self._steps += [_Step(operation, answer, before) for _ in range(times)]
        return self

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
        problem, body = check_request(path, headers or {}, body=json, form=form)
        if problem:
            raise refuse_request(problem, service=self.service, operation=operation)
        sent = SentRequest(
            method=method,
            path=path,
            operation=operation,
            headers=Headers((headers or {}).items()),
            params={name: value for name, value in (params or {}).items() if value is not None},
            json=None if body is None else json_module.loads(body),
            form=None if form is None else dict(form),
            read_timeout_seconds=read_timeout_seconds,
        )
        with self._lock:
            self.requests.append(sent)
            step = self._next_step(operation)
        if step.before is not None:
            step.before()
        return step.answer(sent)

    def assert_done(self) -> None:
        """Fail unless every scripted step was used."""
        left = [step.operation or "any call" for step in self._steps]
        assert left == [], f"not called: {left}"

    def _next_step(self, operation: str) -> _Step:
        for position, step in enumerate(self._steps):
            if step.operation in {None, operation}:
                return self._steps.pop(position)
        if self.otherwise is not None:
            return _Step(operation, self.otherwise)
        raise AssertionError(f"the script has no answer for {operation}")

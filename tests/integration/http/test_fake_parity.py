"""The fake and the real client answer and refuse alike."""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable

import pytest

from formarelay.errors import FormaError
from formarelay.http import ErrorDetail, Http, HttpClient, HttpResponse, raise_for_status
from tests.integration.http.raw_server import answer, answering
from tests.support.fake_http import FakeHttp

STATUSES = (*range(200, 207), 300, 302, 304, *range(400, 432), 451, 499, 500, 502, 503, 504, 599)
BODIES = (
    b"",
    b"{}",
    b'{"code": "QUOTA_EXCEEDED"}',
    b'{"code": "RATE_LIMIT_EXCEEDED"}',
    b"[1]",
    b"<html>",
    b'{"a": NaN}',
    b"\xff",
    b"[" * 100_000,
)


def describe(response: HttpResponse) -> ErrorDetail:
    document = response.json_or_none()
    code = document.get("code", "") if isinstance(document, dict) else ""
    return ErrorDetail(code=code, problems=("to",), retry_after_seconds=7)


def outcome(call: Callable[[], HttpResponse]) -> object:
    """All that a caller can learn from one call."""
    try:
        response = call()
        raise_for_status(response, describe=describe, now=1000)
        return response.json(), response
    except FormaError as error:
        return type(error), str(error), vars(error)


def both(serve, connect, status: int, body: bytes) -> tuple[object, object]:
    headers = {"X-RateLimit-Reset": "1030"}
    fake = FakeHttp(service="forma-mail").replies(status, body=body, headers=headers)
    # A 204 and a 304 have no body, whatever the server says.
    raw = answer(body, status=f"{status} Word", headers=("X-RateLimit-Reset: 1030",))
    real = connect(serve(answering(raw)).url)
    return tuple(
        outcome(lambda client=client: client.request("GET", "/x", operation="GET x"))
        for client in (fake, real)
    )


@pytest.mark.parametrize("status", [status for status in STATUSES if status not in {204, 304}])
def test_every_status_means_the_same(serve, connect, status):
    fake, real = both(serve, connect, status, b'{"code": "SOME"}')
    assert _comparable(fake) == _comparable(real)


@pytest.mark.parametrize("status", [200, 201, 400, 402, 422, 429, 500])
@pytest.mark.parametrize("body", BODIES, ids=range(len(BODIES)))
def test_every_body_means_the_same(serve, connect, status, body):
    fake, real = both(serve, connect, status, body)
    assert _comparable(fake) == _comparable(real)


def _comparable(result: object) -> object:
    if isinstance(result, tuple) and isinstance(result[-1], HttpResponse):
        document, response = result
        return document, response.status, response.body, response.service, response.operation
    return result


@pytest.mark.parametrize(
    "arguments",
    [
        {"path": "no-slash"},
        {"path": "/.."},
        {"path": "/a/%2e%2E/b"},
        {"path": "/a b"},
        {"path": "/a?b=c"},
        {"path": "/a\r\nHost: evil"},
        {"headers": {"Authorization": "Bearer a\r\nX: y"}},
        {"headers": {"Authorization": "Bearer a\n"}},
        {"headers": {"Bad Name": "x"}},
        {"headers": {"X": ""}},
        {"json": math.nan},
        {"json": {"a": "\ud800"}},
        {"json": {1, 2}},
        {"json": {}, "form": {}},
    ],
)
def test_every_refusal_is_the_same(serve, connect, arguments):
    server = serve(answering(answer()))
    path = arguments.pop("path", "/x")
    results = [
        outcome(lambda client=client: client.request("POST", path, operation="POST x", **arguments))
        for client in (FakeHttp(service="forma-mail"), connect(server.url))
    ]
    assert results[0] == results[1]
    assert results[0][0].__name__ == "InvalidRequestError"
    assert server.connections == 0


def test_the_signatures_are_the_same():
    port = inspect.signature(Http.request)
    assert inspect.signature(HttpClient.request) == port
    assert inspect.signature(FakeHttp.request) == port

"""Hostile requests get the documented error, store nothing, and never show a trace."""

from __future__ import annotations

import json
import socket
from urllib.parse import urlsplit

import pytest

from sandbox.testing import RunningSandbox, bearer

DEEP = b'{"a":' * 100_000
BODIES = [
    b"",
    b"   ",
    b"null",
    b"[]",
    b'"text"',
    b"5",
    b"{",
    b"{'templateId': 'welcome'}",
    b'{"templateId": "welcome", "to": [{"email": "a@b.co"}]',
    b'{"templateId":"welcome","to":[{"email":"a@b.co"}],"metadata":{"n":NaN}}',
    b'{"templateId":"welcome","to":[{"email":"a@b.co"}],"metadata":{"n":1e999}}',
    b'{"templateId":"welcome","to":[{"email":"a@b.co"}],"metadata":{"n":' + b"9" * 10_000 + b"}}",
    b'{"templateId":"welcome","to":[{"email":"\\ud800@b.co"}]}',
    b'{"templateId":"\\ud800","to":[{"email":"a@b.co"}],"tags":["\\u0000"]}',
    b'{"templateId":"welcome","to":[{"email":"a\\u0000@b.co"}]}',
    b"\xff\xfe\x00",
    b"\xef\xbb\xbf{}",
    DEEP,
    b"[" * 1_000_000,
    b'{"templateId":"welcome","to":[{"email":"a@b.co"}],"metadata":{"d":'
    + b"[" * 70
    + b"]" * 70
    + b"}}",
    b'{"templateId":{"a":1},"to":{"email":"a@b.co"},"cc":5,"tags":{"a":1},"headers":[1]}',
    b'{"templateId":"welcome","to":[null,1,[],{}]}',
]


@pytest.mark.parametrize("body", BODIES, ids=range(len(BODIES)))
def test_broken_bodies_are_400(sandbox: RunningSandbox, api_key: str, body: bytes) -> None:
    answer = sandbox.request("POST", "/api/emails/send", body=body, headers=bearer(api_key))

    assert (answer.status, answer.json()["code"]) == (400, "ERR_VALID_001")
    assert sandbox.accepted() == []


ODD_CONTENTS = [
    {"text": "\u0000\u001b[31m\u2028\U0001f600"},
    {"big": 10**30, "small": -1e-300, "": "empty name"},
    {"surrogate": "\ud800"},
    {"nested": json.loads("[" * 60 + "]" * 60)},
]


@pytest.mark.parametrize("metadata", ODD_CONTENTS, ids=range(len(ODD_CONTENTS)))
def test_odd_but_legal_contents_come_back_unchanged(
    sandbox: RunningSandbox, api_key: str, metadata: dict[str, object]
) -> None:
    answer = sandbox.send(api_key, metadata=metadata, variables=metadata)

    assert answer.status == 201
    listed = sandbox.read(api_key, "/emails?recipient=ada@example.com").json()
    assert listed["data"][0]["metadata"] == metadata
    assert sandbox.accepted()[0]["variables"] == metadata


@pytest.mark.parametrize(
    "path",
    [
        "/api/emails?recipient=%ed%a0%80",
        "/api/emails?recipient=%00",
        "/api/emails?recipient='%20OR%201=1--",
        "/api/emails?templateId=%ff",
        "/api/emails?templateId=a&templateId=b",
        "/api/emails/%00",
        "/api/emails/%2e%2e",
        "/api/emails/a%2Fb",
        "/api//emails",
        "/api",
        "/api/",
        "/v3.0",
        "/v3.0/forms/%00/",
        "/v3.0/rows/%ff/",
        "/nowhere",
        "/%",
        "/_sandbox/keys/%ff",
    ],
)
@pytest.mark.parametrize("method", ["GET", "POST", "DELETE", "OPTIONS"])
def test_odd_paths_never_break_the_sandbox(
    sandbox: RunningSandbox, api_key: str, method: str, path: str
) -> None:
    headers = bearer(api_key)

    answer = sandbox.request(method, path, headers=headers)

    assert answer.status in (200, 404, 405, 401, 400)
    assert isinstance(answer.json(), dict)
    assert b"Traceback" not in answer.body


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "PATCH"])
def test_wrong_method_is_404_as_an_unknown_route(
    sandbox: RunningSandbox, api_key: str, method: str
) -> None:
    answer = sandbox.request(method, "/api/emails/send", headers=bearer(api_key))

    # `GET /emails/{id}` takes `send` for an id; every other method has no such route.
    code = "EMAIL_NOT_FOUND" if method == "GET" else "NOT_FOUND"
    assert (answer.status, answer.json()["code"]) == (404, code)


NOT_HTTP = [
    b"GARBAGE\r\n\r\n",
    b"GET / HTTP/9.9\r\n\r\n",
    b"GET /api/emails HTTP/1.1\r\nBroken header\r\n\r\n",
    b"GET /api/emails HTTP/1.1\r\nAuthorization: Bearer fm_sk_secret\x00\r\n\r\n",
    b"GET /api/" + b"a" * 20_000 + b" HTTP/1.1\r\n\r\n",
    b"POST /api/emails/send HTTP/1.1\r\nContent-Length: nine\r\n\r\n",
    b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
]


def exchanged(sandbox: RunningSandbox, raw: bytes) -> bytes:
    """Everything that comes back for these bytes until the sandbox closes the connection."""
    parts = urlsplit(sandbox.url)
    address = (str(parts.hostname), int(parts.port or 0))
    with socket.create_connection(address, timeout=5) as connection:
        connection.sendall(raw)
        connection.shutdown(socket.SHUT_WR)
        return connection.makefile("rb").read()


def test_what_is_not_http_is_refused_and_not_logged() -> None:
    with RunningSandbox() as sandbox:
        received = [exchanged(sandbox, raw) for raw in NOT_HTTP]
        assert sandbox.request("GET", "/_sandbox/health").status == 200
        status, output = sandbox.stop()

    assert all(answer == b"" or answer.startswith(b"HTTP/1.") for answer in received)
    assert b"Traceback" not in b"".join(received)
    assert b"fm_sk_secret" not in b"".join(received)
    assert (status, output) == (0, "")


def test_body_that_ends_early_stores_nothing_and_logs_nothing() -> None:
    body = b'{"templateId":"welcome","to":[{"email":"a@b.co"}]}'
    with RunningSandbox() as sandbox:
        api_key = sandbox.mint_key()
        head = (
            f"POST /api/emails/send HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {api_key}\r\n"
            f"Content-Length: {len(body) + 10}\r\n\r\n"
        )

        exchanged(sandbox, head.encode() + body)

        assert sandbox.accepted() == []
        assert sandbox.send(api_key).status == 201
        assert sandbox.stop() == (0, "")


def test_compressed_garbage_is_400(sandbox: RunningSandbox, api_key: str) -> None:
    headers = bearer(api_key) | {"Content-Encoding": "gzip"}

    answer = sandbox.request("POST", "/api/emails/send", body=b"not gzip", headers=headers)

    assert answer.status == 400
    assert sandbox.accepted() == []

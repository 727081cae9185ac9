"""Answers that are too large, or cannot be read to their end, against real sockets."""

from __future__ import annotations

import gzip

import pytest

from formarelay.errors import (
    UnexpectedResponseError,
)
from tests.integration.http.behaviours import (
    OPERATION,
    drip,
    failure_of,
)
from tests.integration.http.conftest import IMPATIENT
from tests.integration.http.raw_server import Peer, answer, answering, answering_once

ENDLESS_BODY = b"10000\r\n" + b"x" * 65_536 + b"\r\n"


def endless(status: bytes):
    def behave(peer: Peer) -> None:
        peer.read_request()
        peer.send(b"HTTP/1.1 " + status + b"\r\nTransfer-Encoding: chunked\r\n\r\n")
        while True:
            peer.send(ENDLESS_BODY)

    return behave


@pytest.mark.parametrize(
    "behaviour",
    [
        answering(answer(b"x" * 1001)),
        endless(b"200 OK"),
        endless(b"302 Found\r\nLocation: /elsewhere"),
        answering(answer(gzip.compress(b"x" * 50_000_000), headers=("Content-Encoding: gzip",))),
    ],
    ids=["declared", "endless", "endless redirect", "bomb"],
)
def test_a_body_beyond_the_limit_is_not_read_to_its_end(serve, connect, behaviour):
    error = failure_of(connect(serve(behaviour).url, max_response_bytes=1000))
    assert type(error) is UnexpectedResponseError
    assert error.detail == "the body is larger than 1000 bytes"
    assert error.status in {200, 302}


def test_a_body_of_exactly_the_limit_is_read(serve, connect):
    client = connect(serve(answering(answer(b"x" * 1000))).url, max_response_bytes=1000)
    assert len(client.request("GET", "/", operation="GET").body) == 1000


@pytest.mark.parametrize(
    "behaviour",
    [
        endless(b"429 Too Many Requests"),
        answering_once(b"HTTP/1.1 429 Too Many\r\nContent-Length: 50\r\n\r\n{"),
        drip(head=b"HTTP/1.1 429 Too Many\r\nContent-Length: 9999\r\n\r\n", unit=b" "),
    ],
    ids=["endless", "truncated", "dripping"],
)
def test_an_error_answer_is_known_by_its_status_even_without_its_body(serve, connect, behaviour):
    client = connect(serve(behaviour).url, max_response_bytes=1000, timeouts=IMPATIENT)
    response = client.request("POST", "/", operation=OPERATION, json={})
    assert response.status == 429
    assert response.body == b""

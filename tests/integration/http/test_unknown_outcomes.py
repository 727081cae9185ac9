"""Failures after which the request may have been executed, against real sockets."""

from __future__ import annotations

import time
import traceback

import pytest

from formarelay.errors import (
    FormaError,
    OutcomeUnknownError,
)
from tests.integration.http.behaviours import (
    CANARY,
    OPERATION,
    drip,
    failure_of,
    hang_up,
    reset_after_request,
    silent_after_request,
)
from tests.integration.http.conftest import IMPATIENT, PATIENT
from tests.integration.http.raw_server import Peer, answer, answering_once


def reset_inside_the_body(peer: Peer) -> None:
    peer.read_request()
    peer.send(b"HTTP/1.1 201 Created\r\nContent-Length: 50\r\n\r\n{")
    peer.reset()


@pytest.mark.parametrize(
    ("behaviour", "detail"),
    [
        (hang_up, "the connection was closed without an answer"),
        (reset_after_request, "the connection was reset"),
        (reset_inside_the_body, "the connection was reset"),
        (silent_after_request, "timed out"),
        (answering_once(b"HTTP/1.1 201 Created\r\nContent-Length: 50\r\n\r\n{"), "broke off"),
        (
            answering_once(b"HTTP/1.1 201 Created\r\nTransfer-Encoding: chunked\r\n\r\n4\r\n{}"),
            "broke off",
        ),
        (answering_once(b"SSH-2.0-OpenSSH_9.6\r\n"), "the answer is not HTTP"),
        (answering_once(b"HTTP/1.1 200 OK\r\nX: " + b"x" * 70_000), "the answer is not HTTP"),
        (
            answering_once(answer(b"not gzip", headers=("Content-Encoding: gzip",))),
            "the answer cannot be decoded",
        ),
    ],
)
def test_no_answer_after_the_request_was_written_is_an_unknown_outcome(
    serve, connect, behaviour, detail
):
    timeouts = IMPATIENT if behaviour is silent_after_request else PATIENT
    error = failure_of(connect(serve(behaviour).url, timeouts=timeouts))
    assert type(error) is OutcomeUnknownError
    assert error.detail.startswith("no complete answer: ")
    assert error.detail.endswith(detail)


def test_a_reset_over_tls_after_the_request_is_an_unknown_outcome(
    serve, connect, server_tls, authority_file
):
    server = serve(reset_after_request, tls=server_tls)
    error = failure_of(connect(server.url, ca_bundle=authority_file))
    assert type(error) is OutcomeUnknownError
    assert len(server.requests) == 1


def test_a_reset_while_the_body_is_written_is_an_unknown_outcome(serve, connect):
    def reset_early(peer: Peer) -> None:
        peer.sock.recv(1000)
        peer.reset()

    client = connect(serve(reset_early).url)
    with pytest.raises(FormaError) as caught:
        client.request("POST", "/x", operation=OPERATION, json={"content": "x" * 20_000_000})
    assert type(caught.value) is OutcomeUnknownError


@pytest.mark.parametrize(
    "behaviour",
    [
        drip(head=b"HTTP/1.1 200 OK\r\nX: ", unit=b"x"),
        drip(head=b"HTTP/1.1 200 OK\r\n", unit=b"X: y\r\n"),
        drip(head=b"HTTP/1.1 100 Continue\r\n\r\n", unit=b"HTTP/1.1 100 Continue\r\n\r\n"),
        drip(head=b"HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n", unit=b" "),
        drip(head=b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", unit=b"1\r\n \r\n"),
    ],
    ids=["status line", "headers", "interim answers", "body", "chunks"],
)
def test_an_answer_that_drips_ends_with_the_whole_calls_deadline(serve, connect, behaviour):
    started = time.monotonic()
    error = failure_of(connect(serve(behaviour).url, timeouts=IMPATIENT))
    assert type(error) is OutcomeUnknownError
    assert error.detail == "no complete answer: timed out"
    assert 0.25 < time.monotonic() - started < 5


def test_the_read_timeout_of_a_call_replaces_the_clients_own(serve, connect):
    started = time.monotonic()
    client = connect(serve(silent_after_request).url)
    error = failure_of(client, read_timeout_seconds=0.2)
    assert type(error) is OutcomeUnknownError
    assert time.monotonic() - started < 5


@pytest.mark.parametrize("behaviour", [reset_after_request, silent_after_request, hang_up])
def test_a_failure_holds_nothing_of_the_request(serve, connect, behaviour):
    error = failure_of(connect(serve(behaviour).url, timeouts=IMPATIENT))
    assert error.__context__ is None
    assert error.__cause__ is None
    text = "".join(traceback.format_exception(error)) + repr(error) + str(vars(error))
    assert CANARY not in text
    assert "ada@example.com" not in text

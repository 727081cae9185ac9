"""What the client says about a call whose answer it has not got, against real sockets."""

from __future__ import annotations

import gzip
import socket
import ssl
import threading
import time
import traceback

import pytest
import trustme

from formarelay.errors import (
    ConnectionFailedError,
    FormaError,
    OutcomeUnknownError,
    UnexpectedResponseError,
)
from formarelay.http import HttpClient, Timeouts
from tests.integration.http.conftest import tls_context
from tests.integration.http.raw_server import Peer, answer, answering, answering_once

OPERATION = "POST emails/send"
CANARY = "fm_sk_canary0canary0canary0"


def failure_of(client: HttpClient, **arguments) -> FormaError:
    with pytest.raises(FormaError) as caught:
        client.request(
            "POST",
            "/api/emails/send",
            operation=OPERATION,
            headers={"Authorization": f"Bearer {CANARY}"},
            params={"recipient": "ada@example.com"},
            json={"to": "ada@example.com"},
            **arguments,
        )
    assert caught.value.service == "forma-mail"
    assert caught.value.operation == OPERATION
    return caught.value


def silent(peer: Peer) -> None:
    peer.server.stopping.wait(10)


def silent_after_request(peer: Peer) -> None:
    peer.read_request()
    peer.server.stopping.wait(10)


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


# --- certainly not executed ----------------------------------------------------------------


def test_a_refused_connection_is_certainly_not_executed(connect):
    error = failure_of(connect(f"http://127.0.0.1:{free_port()}"))
    assert type(error) is ConnectionFailedError
    assert error.detail == "not sent: the connection was refused"


def test_an_unresolved_name_is_certainly_not_executed(connect, monkeypatch):
    def unresolved(*_: object, **__: object):
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unresolved)
    error = failure_of(connect("https://api.formamail.invalid"))
    assert type(error) is ConnectionFailedError
    assert error.detail == "not sent: the host name cannot be resolved"


def test_a_connection_that_does_not_come_about_in_time_is_certainly_not_executed(connect):
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        # Linux drops the handshake of whoever comes once the backlog is full.
        waiting = [socket.socket() for _ in range(3)]
        for sock in waiting:
            sock.setblocking(False)
            sock.connect_ex(listener.getsockname())
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        error = failure_of(connect(url, timeouts=Timeouts(connect_seconds=0.2, read_seconds=9)))
        for sock in waiting:
            sock.close()
    assert type(error) is ConnectionFailedError
    assert error.detail == "not sent: timed out"


def test_a_certificate_of_an_unknown_authority_is_refused(serve, connect, server_tls):
    server = serve(answering(answer()), tls=server_tls)
    error = failure_of(connect(server.url))
    assert type(error) is ConnectionFailedError
    assert error.detail == "not sent: the certificate was not accepted"
    assert server.requests == []


def test_a_certificate_for_another_host_is_refused(serve, connect, authority, authority_file):
    server = serve(answering(answer()), tls=tls_context(authority, "other.example.com"))
    error = failure_of(connect(server.url, ca_bundle=authority_file))
    assert type(error) is ConnectionFailedError
    assert error.detail == "not sent: the certificate was not accepted"
    assert server.requests == []


def test_a_server_without_tls_is_refused(serve, connect, authority_file):
    server = serve(lambda peer: peer.send(b"HTTP/1.1 400 Bad Request\r\n\r\n"))
    url = server.url.replace("http:", "https:")
    error = failure_of(connect(url, ca_bundle=authority_file))
    assert type(error) is ConnectionFailedError
    assert error.detail == "not sent: the TLS connection failed"


def test_a_handshake_that_is_reset_is_certainly_not_executed(serve, connect, authority_file):
    def reset(peer: Peer) -> None:
        peer.sock.recv(10)
        peer.reset()

    url = serve(reset).url.replace("http:", "https:")
    error = failure_of(connect(url, ca_bundle=authority_file))
    assert type(error) is ConnectionFailedError
    assert error.detail == "not sent: the connection was reset"


def test_a_handshake_that_hangs_ends_with_the_connect_timeout(serve, connect, authority_file):
    url = serve(silent).url.replace("http:", "https:")
    started = time.monotonic()
    timeouts = Timeouts(connect_seconds=0.2, read_seconds=9)
    error = failure_of(connect(url, ca_bundle=authority_file, timeouts=timeouts))
    assert type(error) is ConnectionFailedError
    assert error.detail == "not sent: timed out"
    assert time.monotonic() - started < 2


class ClockThatWaitsForTheReset:
    """Holds the client back between connecting and its first byte, until the peer hung up."""

    def __init__(self) -> None:
        self.accepted = threading.Event()
        self.hung_up = threading.Event()

    def wall(self) -> float:
        return time.time()

    def monotonic(self) -> float:
        if self.accepted.wait(0.2):
            self.hung_up.wait(5)
        return time.monotonic()


def test_a_reset_before_the_first_byte_is_certainly_not_executed(serve, connect):
    clock = ClockThatWaitsForTheReset()

    def reset(peer: Peer) -> None:
        clock.accepted.set()
        peer.reset()
        clock.hung_up.set()

    timeouts = Timeouts(connect_seconds=2, read_seconds=2)
    error = failure_of(connect(serve(reset).url, clock=clock, timeouts=timeouts))
    assert type(error) is ConnectionFailedError


# --- perhaps executed ----------------------------------------------------------------------


def hang_up(peer: Peer) -> None:
    peer.read_request()


def reset_after_request(peer: Peer) -> None:
    peer.read_request()
    peer.reset()


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
    error = failure_of(connect(serve(behaviour).url))
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


def drip(*, head: bytes, unit: bytes):
    def behave(peer: Peer) -> None:
        peer.read_request()
        peer.send(head)
        while not peer.server.stopping.wait(0.05):
            peer.send(unit)

    return behave


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
    timeouts = Timeouts(connect_seconds=9, read_seconds=0.3)
    error = failure_of(connect(serve(behaviour).url, timeouts=timeouts))
    assert type(error) is OutcomeUnknownError
    assert error.detail == "no complete answer: timed out"
    assert 0.25 < time.monotonic() - started < 1.5


def test_the_read_timeout_of_a_call_replaces_the_clients_own(serve, connect):
    started = time.monotonic()
    client = connect(
        serve(silent_after_request).url, timeouts=Timeouts(connect_seconds=9, read_seconds=30)
    )
    error = failure_of(client, read_timeout_seconds=0.2)
    assert type(error) is OutcomeUnknownError
    assert time.monotonic() - started < 1


# --- too much ------------------------------------------------------------------------------

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
    client = connect(serve(behaviour).url, max_response_bytes=1000)
    response = client.request("POST", "/", operation=OPERATION, json={})
    assert response.status == 429
    assert response.body == b""


# --- nothing leaks -------------------------------------------------------------------------


@pytest.mark.parametrize("behaviour", [reset_after_request, silent_after_request, hang_up])
def test_a_failure_holds_nothing_of_the_request(serve, connect, behaviour):
    error = failure_of(connect(serve(behaviour).url))
    assert error.__context__ is None
    assert error.__cause__ is None
    text = "".join(traceback.format_exception(error)) + repr(error) + str(vars(error))
    assert CANARY not in text
    assert "ada@example.com" not in text


def test_tls_below_1_2_is_refused(serve, connect, authority, authority_file):
    context = tls_context(authority, "127.0.0.1")
    context.set_ciphers("ALL:@SECLEVEL=0")
    with pytest.warns(DeprecationWarning, match="TLSv1 is deprecated"):
        context.minimum_version = ssl.TLSVersion.TLSv1
    with pytest.warns(DeprecationWarning, match="TLSv1_1 is deprecated"):
        context.maximum_version = ssl.TLSVersion.TLSv1_1
    server = serve(answering(answer()), tls=context)
    assert type(failure_of(connect(server.url, ca_bundle=authority_file))) is ConnectionFailedError


def test_an_unrelated_authority_file_does_not_help(serve, connect, server_tls, tmp_path):
    path = tmp_path / "other.pem"
    trustme.CA().cert_pem.write_to_path(str(path))
    error = failure_of(connect(serve(answering(answer()), tls=server_tls).url, ca_bundle=str(path)))
    assert error.detail == "not sent: the certificate was not accepted"

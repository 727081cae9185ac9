"""Failures after which the request has certainly not been executed, against real sockets."""

from __future__ import annotations

import socket
import ssl
import threading
import time

import pytest
import trustme

from formarelay.errors import (
    ConnectionFailedError,
)
from formarelay.http import Timeouts
from tests.integration.http.behaviours import (
    failure_of,
    silent,
)
from tests.integration.http.conftest import tls_context
from tests.integration.http.raw_server import Peer, answer, answering


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


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
    assert time.monotonic() - started < 5


class ClockBetweenConnectAndSend:
    """Lets the peer reset the connection after it stands and before its first byte."""

    def __init__(self) -> None:
        self.accepted = threading.Event()
        self.connected = threading.Event()
        self.reset_done = threading.Event()

    def wall(self) -> float:
        return time.time()

    def monotonic(self) -> float:
        # The client looks at the clock before it connects, and then before it sends.
        if self.accepted.wait(0.2):
            self.connected.set()
            self.reset_done.wait(5)
        return time.monotonic()


def test_a_reset_before_the_first_byte_is_certainly_not_executed(serve, connect):
    clock = ClockBetweenConnectAndSend()

    def reset(peer: Peer) -> None:
        clock.accepted.set()
        clock.connected.wait(5)
        peer.reset()
        clock.reset_done.set()

    error = failure_of(connect(serve(reset).url, clock=clock))
    assert type(error) is ConnectionFailedError
    assert clock.reset_done.is_set()


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

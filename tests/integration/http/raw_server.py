"""A server on the loopback whose every byte a test decides."""

from __future__ import annotations

import contextlib
import socket
import ssl
import struct
import threading
from collections.abc import Callable, Iterator

Behaviour = Callable[["Peer"], None]


class Peer:
    """One accepted connection, on the server's side."""

    def __init__(self, server: RawServer, sock: socket.socket) -> None:
        self.server = server
        self.sock = sock

    def read_request(self) -> bytes:
        """One whole request, also noted in `server.requests`; empty when the client hung up."""
        data = b""
        while b"\r\n\r\n" not in data:
            received = self.sock.recv(65_536)
            if not received:
                return b""
            data += received
        head, _, body = data.partition(b"\r\n\r\n")
        length = 0
        for line in head.split(b"\r\n")[1:]:
            name, _, value = line.partition(b":")
            if name.lower() == b"content-length":
                length = int(value)
        while len(body) < length:
            body += self.sock.recv(65_536)
        self.server.requests.append(head + b"\r\n\r\n" + body)
        return self.server.requests[-1]

    def send(self, data: bytes) -> None:
        self.sock.sendall(data)

    def reset(self) -> None:
        """Hang up with RST instead of FIN."""
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.sock.close()


class RawServer:
    """Runs `behaviour` in a thread of its own for every connection."""

    def __init__(self, behaviour: Behaviour, *, tls: ssl.SSLContext | None = None) -> None:
        self.behaviour = behaviour
        self.requests: list[bytes] = []
        self.connections = 0
        self.stopping = threading.Event()
        self._tls = tls
        self._peers: list[socket.socket] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self.url = f"{'https' if tls else 'http'}://127.0.0.1:{self.port}"
        self._threads = [threading.Thread(target=self._accept)]
        self._threads[0].start()

    def stop(self) -> None:
        self.stopping.set()
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for peer in self._peers:
            with contextlib.suppress(OSError):
                peer.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join(timeout=10)
        for peer in self._peers:
            peer.close()

    def _accept(self) -> None:
        while True:
            try:
                sock, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            self._peers.append(sock)
            thread = threading.Thread(target=self._serve, args=(sock,))
            self._threads.append(thread)
            thread.start()

    def _serve(self, sock: socket.socket) -> None:
        with contextlib.suppress(OSError, ssl.SSLError):
            if self._tls is not None:
                sock = self._tls.wrap_socket(sock, server_side=True)
                self._peers.append(sock)
            self.behaviour(Peer(self, sock))
            sock.close()


def answer(body: bytes = b"{}", *, status: str = "200 OK", headers: tuple[str, ...] = ()) -> bytes:
    """A complete HTTP answer that leaves the connection open."""
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *headers]
    return "\r\n".join([*lines, "", ""]).encode() + body


def answering(*answers: bytes) -> Behaviour:
    """Each request of a connection gets the next answer; the last one repeats."""

    def behave(peer: Peer) -> None:
        remaining = list(answers)
        while peer.read_request():
            peer.send(remaining.pop(0) if len(remaining) > 1 else remaining[0])

    return behave


def answering_once(data: bytes) -> Behaviour:
    """One request, these bytes, and the end of the connection."""

    def behave(peer: Peer) -> None:
        peer.read_request()
        peer.send(data)

    return behave


Serve = Callable[..., RawServer]


@contextlib.contextmanager
def serving() -> Iterator[Serve]:
    """Start servers that stop with the test."""
    servers: list[RawServer] = []

    def serve(behaviour: Behaviour, *, tls: ssl.SSLContext | None = None) -> RawServer:
        servers.append(RawServer(behaviour, tls=tls))
        return servers[-1]

    yield serve
    for server in servers:
        server.stop()

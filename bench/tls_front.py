"""TLS before a server that has none, and the instant of the first mail that it accepted."""

from __future__ import annotations

import asyncio
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import trustme

from local.ports import HOST

_CHUNK_BYTES = 65_536
_ACCEPTED = b"HTTP/1.1 201"
_START_SECONDS = 10.0


class TlsFront:
    """Passes bytes on in both directions.

    `first_accepted` is when the first answer 201 was about to be passed on, on the clock of
    `time.monotonic()`; None before. Set it to None to watch for the next one.
    """

    def __init__(self, upstream_port: int, context: ssl.SSLContext) -> None:
        self.port = 0
        self.first_accepted: float | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._upstream_port = upstream_port
        self._context = context
        self._open: set[asyncio.StreamWriter] = set()

    async def serve(self, started: threading.Event, stop: asyncio.Event) -> None:
        """Until `stop`."""
        self._loop = asyncio.get_running_loop()
        server = await asyncio.start_server(self._connected, HOST, 0, ssl=self._context)
        self.port = server.sockets[0].getsockname()[1]
        started.set()
        await stop.wait()
        server.close()

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        upstream = await asyncio.open_connection(HOST, self._upstream_port)
        self._open.add(writer)
        # Cancelled when the front ends, which is no error.
        with suppress(asyncio.CancelledError):
            await asyncio.gather(
                self._pass_on(reader, upstream[1], watched=False),
                self._pass_on(upstream[0], writer, watched=True),
            )
        self._open.discard(writer)

    def hang_up(self) -> None:
        """Closes every connection, as a provider does with idle ones."""
        loop = self._loop
        if loop is not None:
            asyncio.run_coroutine_threadsafe(self._hang_up(), loop).result(_START_SECONDS)

    async def _hang_up(self) -> None:
        for writer in list(self._open):
            writer.close()

    async def _pass_on(
        self, source: asyncio.StreamReader, target: asyncio.StreamWriter, *, watched: bool
    ) -> None:
        try:
            while data := await source.read(_CHUNK_BYTES):
                if watched and self.first_accepted is None and data.startswith(_ACCEPTED):
                    self.first_accepted = time.monotonic()
                target.write(data)
                await target.drain()
        except OSError:
            # One side hung up; the other is told.
            pass
        finally:
            target.close()


@contextmanager
def front(upstream_port: int, authority: trustme.CA) -> Iterator[TlsFront]:
    """A front in a thread of this process."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(HOST).configure_cert(context)
    running = TlsFront(upstream_port, context)
    loop, started = asyncio.new_event_loop(), threading.Event()
    stop = asyncio.Event()

    def serve() -> None:
        loop.run_until_complete(running.serve(started, stop))
        for task in asyncio.all_tasks(loop):
            task.cancel()
        loop.run_until_complete(asyncio.sleep(0))
        loop.close()

    thread = threading.Thread(target=serve, name="tls-front", daemon=True)
    thread.start()
    if not started.wait(_START_SECONDS):
        raise RuntimeError("the TLS front did not start")
    try:
        yield running
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join(_START_SECONDS)

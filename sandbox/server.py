"""Runs the front on a loopback port until it is told to stop."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import signal
from collections.abc import Callable

from aiohttp import web

from sandbox.front import Front
from sandbox.webhooks.sender import DeliverySender
from sandbox.world import World

HOST = "127.0.0.1"
_FLUSH_INTERVAL_SECONDS = 0.1
_SHUTDOWN_SECONDS = 0.5


async def serve(world: World, *, port: int, announce: Callable[[int], None]) -> None:
    """Serve until SIGTERM or SIGINT; `announce` gets the port once requests are answered.

    Raises:
        OSError: The port can't be had.
    """
    # The web server logs requests that it can't parse, credentials included.
    silent = logging.getLogger("sandbox.http")
    silent.disabled = True
    runner = web.AppRunner(
        Front(world).application(),
        access_log=None,
        logger=silent,
        shutdown_timeout=_SHUTDOWN_SECONDS,
    )
    await runner.setup()
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    sender = DeliverySender(world.deliveries, clock=world.clock, profile=world.profile)
    running = [loop.create_task(_flush_regularly(world)), loop.create_task(sender.run())]
    listening: asyncio.Server | None = None
    try:
        listening = await loop.create_server(_connections(runner), HOST, port)
        announce(listening.sockets[0].getsockname()[1])
        await stop.wait()
    finally:
        if listening is not None:
            listening.close()
        for task in running:
            task.cancel()
        for task in running:
            with contextlib.suppress(asyncio.CancelledError):
                await task
        await runner.cleanup()


class _Connection(web.RequestHandler):
    """One connection, whose peer gets no echo of what could not be parsed."""

    __slots__ = ()

    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,
    ) -> web.StreamResponse:
        """Some builds of the parser quote the line they choked on, with the key that it holds."""
        return super().handle_error(request, status, exc, "not HTTP" if message else None)


def _connections(runner: web.AppRunner) -> Callable[[], asyncio.Protocol]:
    create = runner.server
    if create is None:
        raise RuntimeError("the runner is not set up")

    def connect() -> asyncio.Protocol:
        connection = create()
        # The server offers no other way to say of which class its connections are.
        connection.__class__ = _Connection
        return connection

    return connect


async def _flush_regularly(world: World) -> None:
    while True:
        await asyncio.sleep(_FLUSH_INTERVAL_SECONDS)
        world.flush()

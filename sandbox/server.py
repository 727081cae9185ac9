"""Runs the front on a loopback port until it is told to stop."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import signal
from collections.abc import Callable

from aiohttp import web

from sandbox.front import Front
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
    flushing = loop.create_task(_flush_regularly(world))
    try:
        await web.TCPSite(runner, HOST, port).start()
        announce(runner.addresses[0][1])
        await stop.wait()
    finally:
        flushing.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await flushing
        await runner.cleanup()


async def _flush_regularly(world: World) -> None:
    while True:
        await asyncio.sleep(_FLUSH_INTERVAL_SECONDS)
        world.flush()

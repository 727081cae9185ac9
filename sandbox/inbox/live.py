"""Tells open pages that something is new, a few times a second at most."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Mapping

from aiohttp import web

from sandbox.formamail.mail_pages import MailPages
from sandbox.world import World

# However many mails arrive meanwhile, a page hears of them once.
INTERVAL_SECONDS = 0.35
_QUIET_INTERVALS = 40


class Live:
    """A stream of server-sent events to each page. It says that something changed and not what:
    the page asks for itself again."""

    def __init__(self, world: World, pages: MailPages, *, headers: Mapping[str, str]) -> None:
        self._world = world
        self._pages = pages
        self._headers = {**headers, "Content-Type": "text/event-stream"}
        self._stopping = asyncio.Event()

    async def stop(self, _application: web.Application) -> None:
        """End every stream; open pages would keep the sandbox from stopping."""
        self._stopping.set()

    async def stream(self, request: web.Request) -> web.StreamResponse:
        """Send until the page is closed."""
        response = web.StreamResponse(headers=self._headers)
        await response.prepare(request)
        told, quiet = "", 0
        while not self._stopping.is_set() and request.transport is not None:
            state = self.state()
            quiet = 0 if state != told else quiet + 1
            try:
                if state != told:
                    await response.write(f"event: changed\ndata: {state}\n\n".encode())
                elif quiet % _QUIET_INTERVALS == 0:
                    await response.write(b":\n\n")
            except ConnectionError:
                break
            told = state
            await self._pause()
        return response

    def state(self) -> str:
        """A fingerprint of everything that a page shows and that time alone does not change."""
        keys = self._world.forma_mail.keys.all()
        parts = (
            self._pages.count(),
            self._world.journal.total,
            self._world.formaloo.forms.count_all_rows(),
            len(keys),
            sum(key.revoked_at is not None for key in keys),
            [(rule.number, rule.calls) for rule in self._world.faults.rules],
            self._world.profile.current,
            self._world.clock.offset_seconds,
        )
        return hashlib.sha256(repr(parts).encode()).hexdigest()[:16]

    async def _pause(self) -> None:
        try:
            await asyncio.wait_for(self._stopping.wait(), INTERVAL_SECONDS)
        except TimeoutError:
            return

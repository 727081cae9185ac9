"""Makes the deliveries that are due, one after another for each webhook."""

from __future__ import annotations

import asyncio
import contextlib

import aiohttp

from sandbox.clock import Clock
from sandbox.profile import ProfileStore
from sandbox.webhooks.queue import Delivery, DeliveryQueue, Wire
from sandbox.webhooks.target import url_problem

_LOOK_INTERVAL_SECONDS = 0.02


class DeliverySender:
    """The sandbox's clock says what is due, the machine's how long an answer took."""

    def __init__(self, queue: DeliveryQueue, *, clock: Clock, profile: ProfileStore) -> None:
        self._queue = queue
        self._clock = clock
        self._profile = profile
        self._running: dict[str, asyncio.Task[None]] = {}

    async def run(self) -> None:
        """Deliver until cancelled."""
        async with aiohttp.ClientSession() as session:
            try:
                while True:
                    due = self._queue.take_due(self._clock.now(), busy=self._running)
                    for webhook_id, deliveries in due.items():
                        self._start(webhook_id, deliveries, session=session)
                    await asyncio.sleep(_LOOK_INTERVAL_SECONDS)
            finally:
                tasks = list(self._running.values())
                for task in tasks:
                    task.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await asyncio.gather(*tasks, return_exceptions=True)

    def _start(
        self, webhook_id: str, deliveries: list[Delivery], *, session: aiohttp.ClientSession
    ) -> None:
        if self._profile.current.webhook_order == "reversed":
            deliveries.reverse()
        task = asyncio.create_task(self._deliver(deliveries, session=session))
        self._running[webhook_id] = task
        task.add_done_callback(lambda _: self._running.pop(webhook_id, None))

    async def _deliver(self, deliveries: list[Delivery], *, session: aiohttp.ClientSession) -> None:
        for delivery in deliveries:
            wire = delivery.wire(self._clock.now())
            if wire is None or url_problem(wire.url) is not None:
                delivery.status = "cancelled"
                continue
            answer = await self._attempt(wire, session=session)
            self._queue.settle(delivery, answer=answer, now=self._clock.now())

    async def _attempt(self, wire: Wire, *, session: aiohttp.ClientSession) -> int | None:
        timeout = aiohttp.ClientTimeout(total=self._profile.current.webhook_timeout_seconds)
        headers = {"Content-Type": "application/json", **wire.headers}
        try:
            async with session.post(
                wire.url,
                data=wire.body,
                headers=headers,
                timeout=timeout,
                # A redirect could lead off this machine.
                allow_redirects=False,
            ) as response:
                return response.status
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError):
            return None

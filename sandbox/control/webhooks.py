"""Control of webhooks: what was planned, and what came of it."""

from __future__ import annotations

from dataclasses import dataclass

from sandbox.control.inputs import paging_of
from sandbox.exchange import Call, Reply, Route, json_reply
from sandbox.world import World


@dataclass(frozen=True, slots=True)
class WebhookControl:
    """Handlers for deliveries of both providers."""

    world: World

    def routes(self) -> list[Route]:
        """The routes, without the prefix."""
        return [Route("GET", "/deliveries", self.list_deliveries)]

    def list_deliveries(self, call: Call) -> Reply:
        """Every delivery in the order in which they were planned, the newest 10,000."""
        limit, offset = paging_of(call)
        known = list(self.world.deliveries.known)
        shown = [delivery.document() for delivery in known[offset : offset + limit]]
        return json_reply(200, {"total": len(known), "deliveries": shown})

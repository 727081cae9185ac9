"""Forma Mail's webhook subscriptions: who is told of what."""

from __future__ import annotations

import secrets
import uuid
from dataclasses import dataclass
from typing import Any

from sandbox.clock import iso_milliseconds
from sandbox.exchange import Call, Reply, Route
from sandbox.formamail.envelope import RefusalError, enveloped
from sandbox.formamail.mail_events import OWNER, MailEvents
from sandbox.formamail.subscription_request import parse_subscription
from sandbox.profile import ProfileStore
from sandbox.webhooks.store import MOST_OF_ONE_OWNER, WebhookStore

_ALL = "/webhook-subscriptions"
_ONE = "/webhook-subscriptions/{id}"


@dataclass(frozen=True, slots=True)
class Subscriptions:
    """The handlers. The secret is in the answer to the creation and nowhere else."""

    profile: ProfileStore
    store: WebhookStore
    events: MailEvents

    def routes(self) -> list[Route]:
        """The routes, without the prefix; any key may use them."""
        return [
            Route("POST", _ALL, self.create),
            Route("GET", _ALL, self.list_all),
            Route("GET", _ONE, self.get),
            Route("PUT", _ONE, self.update),
            Route("PATCH", _ONE, self.update),
            Route("DELETE", _ONE, self.delete),
            Route("POST", f"{_ONE}/test", self.test),
        ]

    def create(self, call: Call) -> Reply:
        """`POST webhook-subscriptions`."""
        given = parse_subscription(call.body, partial=False)
        if len(self.store.all(OWNER)) >= MOST_OF_ONE_OWNER:
            raise RefusalError(409, message=f"At most {MOST_OF_ONE_OWNER} subscriptions")
        now = iso_milliseconds(call.arrived_at)
        secret = f"whsec_{secrets.token_hex(24)}"
        stamps = {"createdAt": now, "updatedAt": now}
        document = {"id": str(uuid.uuid4()), "active": True, **given, "secret": secret, **stamps}
        self.store.put(OWNER, document["id"], document)
        return enveloped(201, document, profile=self.profile.current)

    def list_all(self, _call: Call) -> Reply:
        """`GET webhook-subscriptions`."""
        shown = [_shown(document) for document in self.store.all(OWNER)]
        return enveloped(200, shown, profile=self.profile.current)

    def get(self, call: Call) -> Reply:
        """`GET webhook-subscriptions/{id}`."""
        return enveloped(200, _shown(self._found(call)), profile=self.profile.current)

    def update(self, call: Call) -> Reply:
        """`PUT` and `PATCH webhook-subscriptions/{id}`: what is given changes, the rest stays."""
        found = self._found(call)
        given = parse_subscription(call.body, partial=True)
        document = {**found, **given, "updatedAt": iso_milliseconds(call.arrived_at)}
        self.store.put(OWNER, document["id"], document)
        return enveloped(200, _shown(document), profile=self.profile.current)

    def delete(self, call: Call) -> Reply:
        """`DELETE webhook-subscriptions/{id}`: nothing planned is delivered any more."""
        found = self._found(call)
        self.store.remove(OWNER, found["id"])
        if not self.profile.current.webhook_delete_body:
            return Reply(204)
        data = {"id": found["id"], "deleted": True}
        return enveloped(200, data, profile=self.profile.current)

    def test(self, call: Call) -> Reply:
        """`POST webhook-subscriptions/{id}/test`: its first kind of event, about no mail."""
        found = self._found(call)
        event_id = self.events.plan_test(found, now=call.arrived_at)
        return enveloped(200, {"eventId": event_id}, profile=self.profile.current)

    def _found(self, call: Call) -> dict[str, Any]:
        document = self.store.find(OWNER, call.parameters["id"])
        if document is None:
            raise RefusalError(404, message="Webhook subscription not found")
        return document


def _shown(document: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in document.items() if name != "secret"}

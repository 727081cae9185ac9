"""What Forma Mail tells its subscribers of a mail, and how each delivery is signed."""

from __future__ import annotations

import hashlib
import hmac
import json
import uuid
from dataclasses import dataclass
from functools import partial
from typing import Any

from sandbox.clock import iso_milliseconds
from sandbox.profile import ProfileStore
from sandbox.webhooks.queue import Delivery, DeliveryQueue, Wire
from sandbox.webhooks.store import WebhookStore

OWNER = "forma-mail"
SIGNATURE_HEADER = "X-FormaMail-Signature"
_STALE_SECONDS = 400  # the SDKs tolerate 300
_TOLD = ("sent", "delivered", "bounced", "complained")


@dataclass(frozen=True, slots=True)
class MailEvents:
    """Plans deliveries when a mail is accepted, for the subscriptions that there are by then."""

    profile: ProfileStore
    store: WebhookStore
    queue: DeliveryQueue

    def plan(
        self, mail_id: str, steps: tuple[str, ...], *, recipient: str, starts_at: float
    ) -> None:
        """The events of a mail that passes these steps."""
        step_seconds = self.profile.current.status_step_seconds
        for subscription in self.store.all(OWNER):
            for position, step in enumerate(steps):
                event_type = f"email.{step}"
                if step in _TOLD and event_type in subscription["events"]:
                    data = {"emailId": mail_id, "recipient": recipient}
                    if step == "bounced":
                        data["bounceReason"] = "mailbox does not exist"
                    due_at = starts_at + position * step_seconds
                    self._plan(subscription, event_type, data=data, due_at=due_at)

    def plan_test(self, subscription: dict[str, Any], *, now: float) -> str:
        """An event that says that it is a test; returns its id."""
        data = {"emailId": str(uuid.uuid4()), "test": True}
        return self._plan(subscription, subscription["events"][0], data=data, due_at=now)

    def _plan(
        self, subscription: dict[str, Any], event_type: str, *, data: dict[str, Any], due_at: float
    ) -> str:
        profile = self.profile.current
        event_id = f"evt_{uuid.uuid4()}"
        event = {
            "id": event_id,
            "type": event_type,
            "timestamp": iso_milliseconds(due_at),
            "data": data,
        }
        delivery = Delivery(
            OWNER,
            subscription["id"],
            event_id,
            event_type,
            due_at,
            wire=partial(self._wire, subscription["id"], event),
            accepts=_is_success,
            waits=tuple(profile.webhook_retry_seconds),
            duplicates=profile.webhook_duplicates,
        )
        self.queue.add(delivery)
        return event_id

    def _wire(self, subscription_id: str, event: dict[str, Any], now: float) -> Wire | None:
        subscription = self.store.find(OWNER, subscription_id)
        if subscription is None or not subscription["active"]:
            return None
        profile = self.profile.current
        if profile.webhook_payload == "docs":
            email_id = event["data"]["emailId"]
            rest = {name: value for name, value in event["data"].items() if name != "emailId"}
            event = {"event": event["type"], "data": {"emailLogId": email_id, **rest}}
        body = json.dumps(event).encode("ascii")
        secret = subscription["secret"]
        if profile.webhook_signature == "wrong":
            secret = f"not {secret}"
        moment = int(now) - (_STALE_SECONDS if profile.webhook_signature == "stale" else 0)
        return Wire(
            subscription["url"], body, {SIGNATURE_HEADER: signature(body, secret, moment=moment)}
        )


def signature(body: bytes, secret: str, *, moment: int) -> str:
    """`t=<unix seconds>,v1=<hex>`: HMAC-SHA256 over `<t>.` and the raw body (SDKs)."""
    signed = f"{moment}.".encode("ascii") + body
    return f"t={moment},v1={hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()}"


def _is_success(status: int) -> bool:
    return 200 <= status < 300

"""What Formaloo tells a form's webhooks of its rows; the shared token is all that proves it."""

from __future__ import annotations

import json
import uuid
from dataclasses import dataclass
from functools import partial
from typing import Any

from sandbox.formaloo.documents import row_document
from sandbox.formaloo.forms import Form, Row
from sandbox.profile import ProfileStore
from sandbox.webhooks.queue import Delivery, DeliveryQueue, Wire
from sandbox.webhooks.store import WebhookStore

TOKEN_HEADER = "X-Formaloo-Token"  # noqa: S105 (the name of a header)
FORM_SUBMIT = "form_submit"
ROW_UPDATE = "row_update"
# The event types and the fields that switch them on.
_SWITCHES = {FORM_SUBMIT: "form_submit_events", ROW_UPDATE: "row_update_events"}
_TOLD = (
    *("slug", "submit_code", "form", "data", "rendered_data", "readable_data"),
    *("created_at", "updated_at"),
)


@dataclass(frozen=True, slots=True)
class RowEvents:
    """Plans a delivery for each webhook of the form that wants this kind of event."""

    profile: ProfileStore
    store: WebhookStore
    queue: DeliveryQueue

    def announce(self, event_type: str, row: Row, *, form: Form, now: float) -> None:
        """`form_submit` or `row_update` of a row."""
        for webhook in self.store.all(form.slug):
            if webhook[_SWITCHES[event_type]]:
                self.plan(webhook, self.payload(event_type, row, form=form), form=form, now=now)

    def payload(self, event_type: str, row: Row | None, *, form: Form) -> dict[str, Any]:
        """What a delivery holds; without a row it names the form alone."""
        event = {"event_type": event_type, "event_id": str(uuid.uuid4()), "form": form.slug}
        if row is None:
            return {**event, "slug": "", "data": {}, "rendered_data": [], "readable_data": {}}
        told = row_document(row, form=form, profile=self.profile.current)
        return {**event, **{name: told[name] for name in _TOLD if name in told}}

    def plan(
        self, webhook: dict[str, Any], event: dict[str, Any], *, form: Form, now: float
    ) -> None:
        """One delivery, due at once."""
        profile = self.profile.current
        delivery = Delivery(
            "formaloo",
            webhook["slug"],
            event["event_id"],
            event["event_type"],
            now,
            wire=partial(self._wire, form.slug, webhook["slug"], event),
            accepts=_is_ok,
            waits=tuple(profile.formaloo_webhook_retry_seconds),
            duplicates=profile.webhook_duplicates,
        )
        self.queue.add(delivery)

    def _wire(
        self, form_slug: str, webhook_slug: str, event: dict[str, Any], _now: float
    ) -> Wire | None:
        webhook = self.store.find(form_slug, webhook_slug)
        if webhook is None or not webhook["active"]:
            return None
        left_out = {
            field
            for field, switch in (
                ("data", "send_raw_data"),
                ("rendered_data", "send_rendered_data"),
            )
            if not webhook[switch]
        }
        told = {name: value for name, value in event.items() if name not in left_out}
        headers = {TOKEN_HEADER: webhook["secret"]} if webhook["secret"] else {}
        return Wire(webhook["url"], json.dumps(told).encode("ascii"), headers)


def _is_ok(status: int) -> bool:
    # Any other status is repeated, other 2xx too (help article on webhooks).
    return status == 200

"""The webhooks of a form: made, read, changed, tried and ended."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sandbox.clock import naive_microseconds
from sandbox.exchange import Call, Reply, Route
from sandbox.formaloo.envelope import FormalooRefusalError, success
from sandbox.formaloo.forms import Form, FormStore, Row, new_slug
from sandbox.formaloo.row_events import FORM_SUBMIT, RowEvents
from sandbox.formaloo.submission import read_body
from sandbox.formaloo.webhook_request import DEFAULTS, parse_webhook
from sandbox.webhooks.store import MOST_OF_ONE_OWNER, WebhookStore

_ALL = "/forms/{slug}/webhooks/"
_ONE = "/forms/{slug}/webhooks/{webhook}/"


@dataclass(frozen=True, slots=True)
class WebhookEndpoints:
    """The handlers. Each was reached only with the full key and a living token."""

    forms: FormStore
    store: WebhookStore
    events: RowEvents

    def routes(self, access: str) -> list[Route]:
        """The routes, without the prefix."""
        return [
            Route("POST", _ALL, self.create, access),
            Route("GET", _ALL, self.list_all, access),
            Route("GET", _ONE, self.get, access),
            Route("PUT", _ONE, self.update, access),
            Route("PATCH", _ONE, self.update, access),
            Route("DELETE", _ONE, self.delete, access),
            Route("GET", f"{_ONE}sample-data/", self.sample, access),
            Route("POST", f"{_ONE}send-test/", self.send_test, access),
        ]

    def create(self, call: Call) -> Reply:
        """`POST …/webhooks/`: 200, as n8n's node demands (the OpenAPI says 201)."""
        form = self._form(call)
        given = parse_webhook(read_body(call), partial=False)
        if len(self.store.all(form.slug)) >= MOST_OF_ONE_OWNER:
            raise FormalooRefusalError(400, f"At most {MOST_OF_ONE_OWNER} webhooks for a form.")
        now = naive_microseconds(call.arrived_at)
        stamps = {"slug": new_slug(), "created_at": now, "updated_at": now}
        webhook = {**DEFAULTS, **given, **stamps}
        self.store.put(form.slug, webhook["slug"], webhook)
        return success({"webhook": webhook})

    def list_all(self, call: Call) -> Reply:
        """`GET …/webhooks/`."""
        return success({"webhooks": self.store.all(self._form(call).slug)})

    def get(self, call: Call) -> Reply:
        """`GET …/webhooks/{webhook}/`."""
        return success({"webhook": self._webhook(call, form=self._form(call))})

    def update(self, call: Call) -> Reply:
        """`PUT` and `PATCH …/webhooks/{webhook}/`: what is given changes, the rest stays."""
        form = self._form(call)
        found = self._webhook(call, form=form)
        given = parse_webhook(read_body(call), partial=True)
        webhook = {**found, **given, "updated_at": naive_microseconds(call.arrived_at)}
        self.store.put(form.slug, webhook["slug"], webhook)
        return success({"webhook": webhook})

    def delete(self, call: Call) -> Reply:
        """`DELETE …/webhooks/{webhook}/`: nothing planned is delivered any more."""
        form = self._form(call)
        self.store.remove(form.slug, self._webhook(call, form=form)["slug"])
        return success({})

    def sample(self, call: Call) -> Reply:
        """`GET …/sample-data/`: what a delivery about the newest row would hold."""
        form = self._form(call)
        self._webhook(call, form=form)
        return success(self._sample(form))

    def send_test(self, call: Call) -> Reply:
        """`POST …/send-test/`: 202; the delivery comes later."""
        form = self._form(call)
        webhook = self._webhook(call, form=form)
        self.events.plan(webhook, self._sample(form), form=form, now=call.arrived_at)
        return success({}, status=202)

    def _sample(self, form: Form) -> dict[str, Any]:
        rows = self.forms.rows(form.slug)
        newest: Row | None = rows[-1] if rows else None
        return self.events.payload(FORM_SUBMIT, newest, form=form)

    def _form(self, call: Call) -> Form:
        form = self.forms.find(call.parameters["slug"])
        if form is None:
            raise FormalooRefusalError(404)
        return form

    def _webhook(self, call: Call, *, form: Form) -> dict[str, Any]:
        webhook = self.store.find(form.slug, call.parameters["webhook"])
        if webhook is None:
            raise FormalooRefusalError(404)
        return webhook

"""The twin of Formaloo: routes, and the credentials that each demands."""

from __future__ import annotations

from sandbox.clock import Clock
from sandbox.database import Database
from sandbox.exchange import Call, Reply, Route, RouteTable
from sandbox.formaloo.business import Business
from sandbox.formaloo.credentials import Credentials
from sandbox.formaloo.endpoints import Endpoints
from sandbox.formaloo.envelope import FormalooRefusalError, refusal_reply
from sandbox.formaloo.forms import FormStore
from sandbox.formaloo.keys import KeyEndpoints
from sandbox.formaloo.row_events import RowEvents
from sandbox.formaloo.rows import RowEndpoints
from sandbox.formaloo.starting import add_starting_form
from sandbox.formaloo.usage import UsageEndpoints
from sandbox.formaloo.webhooks import WebhookEndpoints
from sandbox.profile import ProfileStore
from sandbox.webhooks.queue import DeliveryQueue
from sandbox.webhooks.store import WebhookStore

_TOKEN_ROUTE = "token"  # noqa: S105 (a kind of access, no secret)
_BEARER = "token-bearer"


class Formaloo:
    """Serves every route under each version, from one state."""

    name = "formaloo"
    prefixes = ("/v1.0", "/v2.0", "/v3.0", "/v3")

    def __init__(
        self,
        database: Database,
        *,
        clock: Clock,
        profile: ProfileStore,
        webhooks: WebhookStore,
        deliveries: DeliveryQueue,
    ) -> None:
        self._clock = clock
        self.credentials = Credentials(database)
        self.business = Business(database)
        self.forms = FormStore(database)
        if self.forms.is_empty():
            add_starting_form(self.forms, now=clock.now())
        events = RowEvents(profile, webhooks, deliveries)
        endpoints = Endpoints(clock, profile, self.credentials, self.forms, events)
        keys = KeyEndpoints(profile, self.credentials)
        self.usage = UsageEndpoints(clock, profile, self.business, self.forms)
        self.table = RouteTable(
            [
                *_routes(endpoints),
                *RowEndpoints(profile, self.forms, events).routes(_BEARER),
                *keys.routes(_BEARER),
                *self.usage.routes(_BEARER),
                *WebhookEndpoints(self.forms, webhooks, events).routes(_BEARER),
            ]
        )

    def admit(self, call: Call) -> Reply | None:
        """Find the route; a missing slash redirects a GET and fails everything else."""
        found = self.table.find(call.method, call.route_path)
        if found is not None:
            call.route, call.parameters = found
            return None
        with_slash = f"{call.route_path}/"
        if call.method == "GET" and self.table.find("GET", with_slash) is not None:
            query = f"?{call.query_string}" if call.query_string else ""
            location = f"{call.prefix}{with_slash}{query}"
            return Reply(301, content_type="text/html", headers={"Location": location})
        known = any(
            self.table.find(method, call.route_path)
            for method in ("GET", "POST")
            if method != call.method
        )
        return self.refuse(call, status=405 if known else 404)

    def answer(self, call: Call) -> Reply:
        """Check the credentials and run the handler."""
        if call.route is None:
            return self.refuse(call, status=404)
        try:
            self._authenticate(call, access=call.route.access)
            return call.route.handler(call)
        except FormalooRefusalError as refusal:
            return refusal_reply(refusal)

    def refuse(self, _call: Call, *, status: int) -> Reply:
        """An error of that status in the envelope."""
        return refusal_reply(FormalooRefusalError(status))

    def complete(self, _call: Call, _reply: Reply) -> None:
        """Formaloo adds nothing."""

    def reload(self) -> None:
        """Take the state of the database; an emptied one starts anew with a new pair."""
        self.credentials.load()
        self.business.load()
        if self.forms.is_empty():
            add_starting_form(self.forms, now=self._clock.now())

    def _authenticate(self, call: Call, *, access: str) -> None:
        if access == _TOKEN_ROUTE:
            return
        api_key = call.headers.get("x-api-key")
        if access == "submit" and self.credentials.is_write_only_key(api_key):
            return
        if self.credentials.is_write_only_key(api_key):
            raise FormalooRefusalError(403)
        if not self.credentials.is_api_key(api_key, now=call.arrived_at):
            raise FormalooRefusalError(401)
        if access == _BEARER:
            header = call.headers.get("Authorization")
            self.credentials.check_token(header, now=call.arrived_at)


def _routes(endpoints: Endpoints) -> list[Route]:
    key = "key"
    by_address = "/form-displays/address/{address}/"
    return [
        Route("POST", "/oauth2/authorization-token/", endpoints.mint_token, _TOKEN_ROUTE),
        Route("GET", "/profile/", endpoints.get_profile, _BEARER),
        Route("GET", "/forms/", endpoints.list_forms, _BEARER),
        Route("GET", "/forms/{slug}/", endpoints.get_form, _BEARER),
        Route("GET", "/forms/{slug}/rows/", endpoints.list_rows, _BEARER),
        Route("POST", "/forms/{slug}/rows/", endpoints.submit, _BEARER),
        Route("GET", "/form-displays/slug/{slug}/", endpoints.get_form, key),
        Route("GET", by_address, endpoints.get_form_by_address, key),
        Route("POST", "/form-displays/slug/{slug}/submit/", endpoints.submit, "submit"),
    ]

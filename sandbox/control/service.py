"""The control interface as a service of its own beside the two providers."""

from __future__ import annotations

from sandbox.control.dashboard import DashboardControl
from sandbox.control.formaloo import FormalooControl
from sandbox.control.formamail import FormaMailControl
from sandbox.control.general import GeneralControl
from sandbox.control.inputs import ControlError
from sandbox.control.webhooks import WebhookControl
from sandbox.cross_site import is_foreign_page
from sandbox.exchange import Call, Reply, RouteTable, json_reply
from sandbox.world import World


class Control:
    """Needs no credentials; every refusal is `{"error": text}`."""

    name = "sandbox"
    prefixes = ("/_sandbox",)

    def __init__(self, world: World) -> None:
        parts = (
            GeneralControl(world),
            FormaMailControl(world),
            DashboardControl(world),
            FormalooControl(world),
            WebhookControl(world),
        )
        self.table = RouteTable([route for part in parts for route in part.routes()])

    def admit(self, call: Call) -> Reply | None:
        """Find the route."""
        found = self.table.find(call.method, call.route_path)
        if found is None:
            return self.refuse(call, status=404)
        # Else any web page that is open beside it could empty the sandbox.
        if call.method != "GET" and is_foreign_page(call.headers):
            return self.refuse(call, status=403)
        call.route, call.parameters = found
        return None

    def answer(self, call: Call) -> Reply:
        """Run the handler."""
        if call.route is None:
            return self.refuse(call, status=404)
        try:
            return call.route.handler(call)
        except ControlError as error:
            return json_reply(error.status, {"error": str(error)})

    def refuse(self, _call: Call, *, status: int) -> Reply:
        """An error without further detail."""
        reasons = {
            403: "a web page from elsewhere may change nothing here",
            404: "no such route",
            413: "the body is too large",
        }
        return json_reply(status, {"error": reasons.get(status, "the sandbox failed")})

    def complete(self, _call: Call, _reply: Reply) -> None:
        """Nothing to add."""

"""Control of Forma Mail's dashboard: who may sign in."""

from __future__ import annotations

from dataclasses import asdict, dataclass

from sandbox.exchange import Call, Reply, Route, json_reply
from sandbox.world import World


@dataclass(frozen=True, slots=True)
class DashboardControl:
    """What a person knows by heart and a test has to ask for."""

    world: World

    def routes(self) -> list[Route]:
        """The routes, without the prefix."""
        return [Route("GET", "/dashboard", self.show)]

    def show(self, _call: Call) -> Reply:
        """Email and password of the one account, in clear text."""
        return json_reply(200, asdict(self.world.forma_mail.account.login))

"""Both providers by the sandbox, and the real adapters that talk to them."""

from __future__ import annotations

from typing import Any

from formarelay.clock import SystemClock
from formarelay.formaloo.pair_issuer import FormalooIssuer
from formarelay.formamail.dashboard import DashboardIssuer
from formarelay.formamail.dashboard_session import Account, DashboardPaths, DashboardSession
from formarelay.formamail.key_check import KeyCheck
from formarelay.formamail.operator import OperatorIssuer
from formarelay.http import HttpClient, Timeouts
from formarelay.keys import Credential, MintedKey
from formarelay.redact import Secret
from sandbox.testing import RunningSandbox

TIMEOUTS = Timeouts(connect_seconds=2, read_seconds=2)


class StoredAccount:
    def __init__(self, account: Account) -> None:
        self.account = account

    def current(self) -> Account:
        return self.account


class Providers:
    def __init__(self, sandbox: RunningSandbox) -> None:
        self.sandbox = sandbox
        self._clients = [
            HttpClient(sandbox.url, service=service, timeouts=TIMEOUTS)
            for service in ("forma-mail", "formaloo")
        ]
        self.clock = SystemClock()
        self.check = KeyCheck(self._clients[0], clock=self.clock)
        login = sandbox.control("GET", "/dashboard")
        self.account = StoredAccount(
            Account(email=Secret(login["email"]), password=Secret(login["password"]))
        )
        self.dashboard = self.new_dashboard()
        self.operator = OperatorIssuer(self.check)
        self.formaloo = self.new_formaloo()

    def new_dashboard(self, **paths: str) -> DashboardIssuer:
        chosen = DashboardPaths(**paths)
        session = DashboardSession(
            self._clients[0], accounts=self.account, clock=self.clock, paths=chosen
        )
        return DashboardIssuer(session, check=self.check, paths=chosen)

    def new_formaloo(self) -> FormalooIssuer:
        """One that knows no token, as after a cold start."""
        return FormalooIssuer(self._clients[1], clock=self.clock)

    def pair(self) -> Credential:
        state = self.sandbox.control("GET", "/formaloo")
        return {name: Secret(state[name]) for name in ("api_key", "secret_key")}

    def profile(self, **knobs: object) -> None:
        self.sandbox.control("PUT", "/profile", knobs)

    def fault(self, route: str, fault: str, **rule: object) -> None:
        self.sandbox.control("POST", "/faults", {"route": route, "fault": fault, **rule})

    def later(self, seconds: float) -> None:
        self.sandbox.control("PUT", "/clock", {"offset_seconds": seconds})

    def listed(self) -> list[dict[str, Any]]:
        return list(self.sandbox.control("GET", "/keys")["keys"])

    def requests(self, path: str) -> int:
        """How many requests of this path arrived."""
        journal = self.sandbox.control("GET", "/requests?limit=1000")["requests"]
        return sum(path in entry["path"] for entry in journal)

    def close(self) -> None:
        for client in self._clients:
            client.close()


def credential(minted: MintedKey) -> Credential:
    return {"api_key": minted.value, "key_id": Secret(minted.key_id)}

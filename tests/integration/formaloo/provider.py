"""The sandbox as these tests see it: as the provider, and as the place where our keys come from."""

from __future__ import annotations

from typing import Any

from formarelay.formaloo.auth import FormalooCredentials
from formarelay.redact import Secret
from sandbox.testing import RunningSandbox
from tests.support.clock import ManualClock


class Provider:
    """Satisfies `FormalooCredentialSource`, like a cached secret: new keys need a `refresh`."""

    def __init__(self, sandbox: RunningSandbox) -> None:
        self._sandbox = sandbox
        self._pair = self._read_pair()
        self._begin = self._journal_length()
        self.refreshes = 0

    @property
    def url(self) -> str:
        return self._sandbox.url

    def current(self) -> FormalooCredentials:
        return self._pair

    def refresh(self, rejected: FormalooCredentials) -> FormalooCredentials:
        self.refreshes += 1
        self._pair = self._read_pair()
        return self._pair

    @property
    def mints(self) -> int:
        return int(self._state()["token_mints"])

    @property
    def form(self) -> dict[str, Any]:
        form: dict[str, Any] = self._state()["forms"][0]
        return form

    def field(self, alias: str) -> str:
        return next(str(field["slug"]) for field in self.form["fields"] if field["alias"] == alias)

    def fill_form(self, number_of_rows: int) -> str:
        """Replace all forms by one with so many rows; its slug."""
        rows = [{"name": f"person {number}"} for number in range(number_of_rows)]
        form = {"title": "Many", "fields": [{"title": "Name", "alias": "name"}], "rows": rows}
        self._sandbox.control("PUT", "/formaloo", {"forms": [form]})
        return str(self.form["slug"])

    def rotate_keys(self) -> None:
        self._sandbox.control(
            "PUT", "/formaloo", {"api_key": "key_" + "b" * 40, "secret_key": "bmV3IHNlY3JldA=="}
        )

    def set_knobs(self, **knobs: object) -> None:
        self._sandbox.control("PUT", "/profile", knobs)

    def add_fault(self, route: str, fault: str, **rule: int) -> None:
        self._sandbox.control(
            "POST", "/faults", {"route": route, "fault": fault, "times": 1, **rule}
        )

    def move_clock(self, *, offset_seconds: float) -> None:
        self._sandbox.control("PUT", "/clock", {"offset_seconds": offset_seconds})

    def raw(self, method: str, path: str, *, body: object = None, **headers: str) -> int:
        """The status of a request that no client of ours had a hand in."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self._sandbox.request(method, path, body=body, headers=named).status

    def mint_by_hand(self) -> str:
        answer = self._sandbox.request(
            "POST",
            "/v3.0/oauth2/authorization-token/",
            body={"grant_type": "client_credentials"},
            headers={"Authorization": f"Basic {self._pair.secret_key.reveal()}"},
        )
        return str(answer.json()["authorization_token"])

    def journal(self) -> list[dict[str, Any]]:
        """Every request of this test to the provider."""
        found: list[dict[str, Any]] = self._sandbox.control(
            "GET", f"/requests?limit=1000&offset={self._begin}"
        )["requests"]
        return found

    def calls(self) -> list[tuple[str, int | None]]:
        """What was asked and answered, tokens and data told apart."""
        return [
            ("token" if "oauth2" in entry["path"] else "data", entry["status"])
            for entry in self.journal()
        ]

    def _state(self) -> dict[str, Any]:
        state: dict[str, Any] = self._sandbox.control("GET", "/formaloo")
        return state

    def _read_pair(self) -> FormalooCredentials:
        state = self._state()
        return FormalooCredentials(
            api_key=Secret(state["api_key"]), secret_key=Secret(state["secret_key"])
        )

    def _journal_length(self) -> int:
        return int(self._sandbox.control("GET", "/requests?limit=1")["total"])


class Twin(ManualClock):
    """Our clocks and the provider's, moved together; `freeze` stops our monotonic one meanwhile."""

    def __init__(self, provider: Provider) -> None:
        super().__init__()
        self._provider = provider
        self._moved_seconds = 0.0

    def advance(self, seconds: float) -> None:
        super().advance(seconds)
        self._move_provider(seconds)

    def freeze(self, seconds: float) -> None:
        super().jump_wall(seconds)
        self._move_provider(seconds)

    def _move_provider(self, seconds: float) -> None:
        self._moved_seconds += seconds
        self._provider.move_clock(offset_seconds=self._moved_seconds)

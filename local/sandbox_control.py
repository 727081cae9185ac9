"""The sandbox's control interface, as far as the local stack needs it."""

from __future__ import annotations

from typing import Any

import requests

from local.errors import LocalStackError

_TIMEOUT_SECONDS = 10.0


class SandboxControl:
    """Calls under `/_sandbox`. Every method raises LocalStackError when the sandbox refuses."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._session = requests.Session()
        # A proxy of the caller's must not see loopback calls.
        self._session.trust_env = False

    def close(self) -> None:
        self._session.close()

    def mint_key(self, *, name: str, permissions: list[str]) -> tuple[str, str]:
        """A new Forma Mail key: its id and the key itself, which is never shown again."""
        body = {"name": name, "permissions": permissions}
        answer = self._call("POST", "keys", body=body)
        return answer["id"], answer["apiKey"]

    def active_key_ids(self) -> set[str]:
        return {key["id"] for key in self.every_key() if key["status"] == "active"}

    def every_key(self) -> list[dict[str, Any]]:
        """Every Forma Mail key that there ever was, without its value."""
        keys: list[dict[str, Any]] = self._call("GET", "keys")["keys"]
        return keys

    def set_profile(self, **knobs: Any) -> None:
        """Turns some knobs; the others stay."""
        self._call("PUT", "profile", body=knobs)

    def formaloo(self) -> dict[str, Any]:
        """The present Formaloo pair (`api_key`, `secret_key`) and the forms with their rows."""
        pair: dict[str, Any] = self._call("GET", "formaloo")
        return pair

    def dashboard(self) -> dict[str, str]:
        """What signs in to Forma Mail's dashboard: `email` and `password`."""
        account: dict[str, str] = self._call("GET", "dashboard")
        return account

    def emails(self) -> list[dict[str, Any]]:
        """Every mail that Forma Mail truly accepted, in order, all pages."""
        found: list[dict[str, Any]] = []
        while True:
            page = self._call("GET", f"emails?offset={len(found)}")
            found.extend(page["emails"])
            if len(found) >= page["total"] or not page["emails"]:
                return found

    def _call(self, method: str, path: str, *, body: dict[str, Any] | None = None) -> Any:
        operation = f"{method} /_sandbox/{path.partition('?')[0]}"
        try:
            answer = self._session.request(
                method, f"{self._url}/_sandbox/{path}", json=body, timeout=_TIMEOUT_SECONDS
            )
            answer.raise_for_status()
            return answer.json()
        except requests.RequestException as error:
            # The body of an answer may hold a key.
            reason = type(error).__name__
            raise LocalStackError(f"the sandbox did not serve {operation}: {reason}") from None

"""Calls of Formaloo with the present pair."""

from __future__ import annotations

from typing import Any

from sandbox.testing import Answer, RunningSandbox

TOKEN_PATH = "/oauth2/authorization-token/"


GRANT = {"grant_type": "client_credentials"}


class Caller:
    """Calls Formaloo with the present pair."""

    def __init__(self, sandbox: RunningSandbox) -> None:
        self.sandbox = sandbox
        self.pair: dict[str, Any] = sandbox.control("GET", "/formaloo")

    def mint(self, *, version: str = "v3.0", body: object = None, **headers: str) -> Answer:
        sent = {"Authorization": f"Basic {self.pair['secret_key']}", **headers}
        path = f"/{version}{TOKEN_PATH}"
        return self.sandbox.request(
            "POST", path, body=GRANT if body is None else body, headers=sent
        )

    def token(self) -> str:
        return str(self.mint().json()["authorization_token"])

    def get(self, path: str, *, token: str, **headers: str) -> Answer:
        sent = {
            "Authorization": f"JWT {token}",
            "x-api-key": self.pair["api_key"],
            **headers,
        }
        return self.sandbox.request("GET", path, headers=sent)


def general_errors(answer: Answer) -> list[str]:
    return list(answer.json()["errors"]["general_errors"])

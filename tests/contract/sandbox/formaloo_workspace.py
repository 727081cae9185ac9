"""The sandbox's Formaloo as tests see it."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from sandbox.testing import Answer, RunningSandbox

MANY_FIELDS = [
    {"title": "Name", "slug": "name-slug", "alias": "name", "required": True},
    {"title": "Email", "slug": "email-slug", "type": "email", "alias": "email"},
    {"title": "Plan", "slug": "plan-slug", "type": "choice", "choices": {"gold-slug": "Gold"}},
]


class Workspace:
    """The sandbox's Formaloo as an authenticated client sees it."""

    def __init__(self, sandbox: RunningSandbox) -> None:
        self.sandbox = sandbox
        self.state: dict[str, Any] = sandbox.control("GET", "/formaloo")
        self.form: dict[str, Any] = self.state["forms"][0]
        self.slugs = {field["alias"]: field["slug"] for field in self.form["fields"]}

    def headers(self) -> dict[str, str]:
        minted = self.sandbox.request(
            "POST",
            "/v3.0/oauth2/authorization-token/",
            body={"grant_type": "client_credentials"},
            headers={"Authorization": f"Basic {self.state['secret_key']}"},
        )
        token = minted.json()["authorization_token"]
        return {"Authorization": f"JWT {token}", "x-api-key": self.state["api_key"]}

    def get(self, path: str, **query: object) -> Answer:
        suffix = f"?{urlencode(query)}" if query else ""
        return self.sandbox.request("GET", f"/v3.0{path}{suffix}", headers=self.headers())

    def data(self, path: str, **query: object) -> dict[str, Any]:
        answer = self.get(path, **query)
        assert answer.status == 200
        return dict(answer.json()["data"])

    def submit(self, body: object, *, key: str | None = None, slug: str = "") -> Answer:
        path = f"/v3.0/form-displays/slug/{slug or self.form['slug']}/submit/"
        headers = {"x-api-key": self.state["api_key"] if key is None else key}
        return self.sandbox.request("POST", path, body=body, headers=headers)

    def valid(self) -> dict[str, Any]:
        return {self.slugs["name"]: "Eve", self.slugs["email"]: "eve@example.com"}


def with_rows(sandbox: RunningSandbox, count: int) -> Workspace:
    """A workspace whose one form has that many rows, oldest first."""
    rows = [{"name": f"n{number}", "email": f"e{number}@b.co"} for number in range(count)]
    sandbox.control(
        "PUT",
        "/formaloo",
        {"forms": [{"title": "Many", "slug": "many", "fields": MANY_FIELDS, "rows": rows}]},
    )
    return Workspace(sandbox)

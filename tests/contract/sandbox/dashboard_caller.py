"""Calls of Forma Mail's dashboard as its one person."""

from __future__ import annotations

from typing import Any

from sandbox.testing import Answer, RunningSandbox, bearer

ALL_PERMISSIONS = ["emails:send", "emails:read", "templates:read"]
KEY_FIELDS = {
    "id",
    "name",
    "description",
    "permissions",
    "createdAt",
    "expiresAt",
    "rateLimit",
    "status",
}


class Dashboard:
    """Signs in on first use; every other call presents that session unless told otherwise."""

    def __init__(self, sandbox: RunningSandbox, *, prefix: str = "/api") -> None:
        self.sandbox = sandbox
        self.prefix = prefix
        self.account: dict[str, str] = sandbox.control("GET", "/dashboard")
        self.token = ""

    def login(self, **changed: object) -> Answer:
        body = {**self.account, **changed}
        return self.sandbox.request("POST", f"{self.prefix}/auth/login", body=body)

    def call(
        self,
        method: str,
        path: str,
        body: object = None,
        *,
        token: str | None = None,
        headers: dict[str, str] | None = None,
    ) -> Answer:
        if token is None and not self.token:
            self.token = str(self.login().json()["data"]["accessToken"])
        sent = bearer(self.token if token is None else token) if headers is None else headers
        return self.sandbox.request(method, f"{self.prefix}{path}", body=body, headers=sent)

    def create(self, **fields: object) -> Answer:
        return self.call(
            "POST", "/api-keys", {"name": "created", "permissions": ALL_PERMISSIONS, **fields}
        )

    def created(self, **fields: object) -> dict[str, Any]:
        answer = self.create(**fields)
        assert answer.status == 201
        return dict(answer.json()["data"])

    def listed(self, query: str = "") -> list[dict[str, Any]]:
        answer = self.call("GET", f"/api-keys{query}")
        assert answer.status == 200
        return list(answer.json()["data"])

    def revoke(self, key_id: str) -> Answer:
        return self.call("POST", f"/api-keys/{key_id}/revoke")

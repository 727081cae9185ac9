"""The webhooks of both providers; they survive a restart, secrets included: they sign with them."""

from __future__ import annotations

import json
from typing import Any

from sandbox.database import Database

MOST_OF_ONE_OWNER = 100  # undocumented


class WebhookStore:
    """Documents by owner and id, in memory and written through.

    An owner is whatever has webhooks of its own: Forma Mail's team, a form of Formaloo.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._owned: dict[str, dict[str, dict[str, Any]]] = {}
        self.load()

    def load(self) -> None:
        """Take the state of the database."""
        self._owned = {}
        for owner, webhook_id, document in self._database.execute(
            "SELECT owner, id, document FROM webhooks ORDER BY rowid"
        ):
            self._owned.setdefault(owner, {})[webhook_id] = json.loads(document)

    def all(self, owner: str) -> list[dict[str, Any]]:
        """Every webhook of an owner, oldest first."""
        return list(self._owned.get(owner, {}).values())

    def find(self, owner: str, webhook_id: str) -> dict[str, Any] | None:
        """One webhook of an owner."""
        return self._owned.get(owner, {}).get(webhook_id)

    def put(self, owner: str, webhook_id: str, document: dict[str, Any]) -> None:
        """Make or replace a webhook."""
        self._owned.setdefault(owner, {})[webhook_id] = document
        self._database.execute(
            "INSERT INTO webhooks VALUES (?, ?, ?)"
            " ON CONFLICT (owner, id) DO UPDATE SET document = excluded.document",
            (owner, webhook_id, json.dumps(document)),
        )

    def remove(self, owner: str, webhook_id: str) -> bool:
        """End a webhook; False when there is none."""
        found = self._owned.get(owner, {}).pop(webhook_id, None)
        self._database.execute(
            "DELETE FROM webhooks WHERE owner = ? AND id = ?", (owner, webhook_id)
        )
        return found is not None

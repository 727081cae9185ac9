"""API keys: minted, listed, revoked, and judged on each request."""

from __future__ import annotations

import hashlib
import json
import re
import secrets
import string
import uuid
from dataclasses import dataclass

from sandbox.clock import iso_milliseconds
from sandbox.database import Database
from sandbox.formamail.envelope import RefusalError

PERMISSIONS = ("emails:send", "emails:read", "templates:read")  # seed, Creating an API Key
MAXIMUM_RATE_LIMIT = 1_000_000  # undocumented
_RANDOM_LENGTH = 40
_ALPHABET = string.ascii_lowercase + string.digits
_FORMAT = re.compile(r"fm_sk_[A-Za-z0-9_-]{16,}")


@dataclass(slots=True)
class ApiKey:
    """A key without its value: of that only a digest is kept."""

    id: str
    digest: str
    name: str
    permissions: tuple[str, ...]
    created_at: float
    last_used_at: float | None
    expires_at: float | None
    revoked_at: float | None
    rate_limit: int | None
    description: str | None
    active_from: float | None

    def status(self, now: float) -> str:
        """active, expired or revoked (seed, Viewing API Keys)."""
        if self.revoked_at is not None:
            return "revoked"
        if self.expires_at is not None and self.expires_at <= now:
            return "expired"
        return "active"

    def is_known(self, now: float) -> bool:
        """Whether word of the key has reached the part that judges requests."""
        return self.active_from is None or now >= self.active_from

    def document(self, now: float) -> dict[str, object]:
        """The key as the dashboard and the control interface list it."""
        return {
            "id": self.id,
            "name": self.name,
            "description": self.description,
            "permissions": list(self.permissions),
            "createdAt": iso_milliseconds(self.created_at),
            "lastUsedAt": _iso_or_none(self.last_used_at),
            "expiresAt": _iso_or_none(self.expires_at),
            "rateLimit": self.rate_limit,
            "status": self.status(now),
        }


class KeyRing:
    """All keys of the one team, in memory, written through to the database."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._by_digest: dict[str, ApiKey] = {}
        self._used: set[str] = set()
        self.load()

    def load(self) -> None:
        """Take the state of the database."""
        self._used.clear()
        self._by_digest = {
            row[1]: ApiKey(row[0], row[1], row[2], tuple(json.loads(row[3])), *row[4:])
            for row in self._database.execute("SELECT * FROM api_keys ORDER BY rowid")
        }

    def mint(
        self,
        name: str,
        *,
        permissions: tuple[str, ...],
        now: float,
        expires_at: float | None,
        rate_limit: int | None,
        description: str | None = None,
        activation_seconds: float = 0.0,
    ) -> tuple[ApiKey, str]:
        """A new key and its value, which is shown this once. It is unknown to every other part of
        the provider until `activation_seconds` have passed."""
        value = "fm_sk_" + "".join(secrets.choice(_ALPHABET) for _ in range(_RANDOM_LENGTH))
        key = ApiKey(
            str(uuid.uuid4()),
            _digest(value),
            name,
            permissions,
            now,
            None,
            expires_at,
            None,
            rate_limit,
            description,
            now + activation_seconds if activation_seconds else None,
        )
        self._by_digest[key.digest] = key
        self._database.execute(
            "INSERT INTO api_keys VALUES (?, ?, ?, ?, ?, NULL, ?, NULL, ?, ?, ?)",
            (
                key.id,
                key.digest,
                name,
                json.dumps(permissions),
                now,
                expires_at,
                rate_limit,
                description,
                key.active_from,
            ),
        )
        return key, value

    def all(self) -> list[ApiKey]:
        """Every key, oldest first."""
        return list(self._by_digest.values())

    def find(self, key_id: str) -> ApiKey | None:
        """The key of an id, whatever its status."""
        return next((key for key in self._by_digest.values() if key.id == key_id), None)

    def count_active(self, now: float) -> int:
        """How many keys are neither revoked nor expired."""
        return sum(key.status(now) == "active" for key in self._by_digest.values())

    def revoke(self, key_id: str, *, now: float) -> ApiKey | None:
        """End a key for good, effective at once; a key already revoked stays as it is."""
        key = self.find(key_id)
        if key is not None and key.revoked_at is None:
            key.revoked_at = now
            self._database.execute("UPDATE api_keys SET revoked_at = ? WHERE id = ?", (now, key_id))
        return key

    def authenticate(self, authorization: str | None, *, now: float) -> ApiKey:
        """The living key of an Authorization header.

        Raises:
            RefusalError: 401 with the code of the seed's table.
        """
        scheme, _, value = (authorization or "").partition(" ")
        if scheme.lower() != "bearer":
            raise RefusalError(401)
        value = value.strip()
        if not has_key_format(value):
            raise RefusalError(401, "INVALID_API_KEY", "Invalid API key format")
        key = self._by_digest.get(_digest(value))
        if key is None or not key.is_known(now):
            raise RefusalError(401, "API_KEY_NOT_FOUND", "API key not found")
        if key.revoked_at is not None:
            raise RefusalError(401, "API_KEY_REVOKED", "API key has been revoked")
        if key.expires_at is not None and key.expires_at <= now:
            raise RefusalError(401, "API_KEY_EXPIRED", "API key has expired")
        return key

    def note_use(self, key: ApiKey, *, now: float) -> None:
        """Its last use becomes `now`."""
        key.last_used_at = now
        self._used.add(key.digest)

    def flush(self) -> None:
        """Write the last uses; they are kept in memory to spare each request a write."""
        if not self._used:
            return
        self._database.execute_many(
            "UPDATE api_keys SET last_used_at = ? WHERE digest = ?",
            [(self._by_digest[digest].last_used_at, digest) for digest in self._used],
        )
        self._used.clear()


def has_key_format(value: str) -> bool:
    """Whether a text looks like an API key, known or not."""
    return _FORMAT.fullmatch(value) is not None


def _digest(value: str) -> str:
    return hashlib.sha256(value.encode("utf-8", "replace")).hexdigest()


def _iso_or_none(unix_seconds: float | None) -> str | None:
    return None if unix_seconds is None else iso_milliseconds(unix_seconds)

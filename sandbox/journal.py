"""What was asked of the providers: a bounded list in memory, credentials masked."""

from __future__ import annotations

import hashlib
from collections import deque
from dataclasses import dataclass
from itertools import islice

CAPACITY = 50_000
_MAXIMUM_DISTINCT_HEADERS = 1000


@dataclass(slots=True)
class Entry:
    """One request; `status` stays None while it runs and when its connection was dropped."""

    at: float
    provider: str
    method: str
    path: str
    query: str
    headers: tuple[tuple[str, str], ...]
    status: int | None = None
    key_id: str | None = None
    body_sha256: str | None = None
    fault: str | None = None

    def note_body(self, body: bytes) -> None:
        """Keep the fingerprint of the body, never the body."""
        if body:
            self.body_sha256 = hashlib.sha256(body).hexdigest()

    def document(self) -> dict[str, object]:
        """The entry as the control interface shows it."""
        return {
            "at": self.at,
            "provider": self.provider,
            "method": self.method,
            "path": self.path,
            "query": self.query,
            "status": self.status,
            "keyId": self.key_id,
            "fault": self.fault,
            "bodySha256": self.body_sha256,
            "headers": dict(self.headers),
        }


class Journal:
    """The newest requests in order of arrival; older ones are counted, then forgotten."""

    def __init__(self, *, capacity: int = CAPACITY) -> None:
        self._entries: deque[Entry] = deque(maxlen=capacity)
        self._headers: dict[tuple[tuple[str, str], ...], tuple[tuple[str, str], ...]] = {}
        self.total = 0

    def add(self, entry: Entry) -> None:
        """Append an entry. Equal headers are held once: a client sends the same ones all day."""
        if len(self._headers) >= _MAXIMUM_DISTINCT_HEADERS:
            self._headers.clear()
        entry.headers = self._headers.setdefault(entry.headers, entry.headers)
        self._entries.append(entry)
        self.total += 1

    @property
    def forgotten(self) -> int:
        """How many of the oldest entries are no longer held."""
        return self.total - len(self._entries)

    def read(self, *, limit: int, offset: int) -> list[Entry]:
        """Entries from position `offset` of all that ever arrived; forgotten ones are left out."""
        start = max(0, offset - self.forgotten)
        stop = max(0, offset + limit - self.forgotten)
        return list(islice(self._entries, start, stop))

    def clear(self) -> None:
        """Forget everything, the count too."""
        self._entries.clear()
        self._headers.clear()
        self.total = 0

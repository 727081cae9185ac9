"""The journal of requests, newest first."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sandbox.inbox.page import Page, position_in
from sandbox.journal import Entry
from sandbox.world import World

PAGE_SIZE = 50


@dataclass(frozen=True, slots=True)
class RequestViews:
    """Reads the journal, whose credentials were masked when it was written."""

    world: World

    def list_requests(self, query: Mapping[str, str]) -> Page:
        """`/inbox/requests`: those before a position of all that ever arrived, or the newest."""
        journal = self.world.journal
        before = position_in(query, "before")
        end = journal.total if before is None else min(before, journal.total)
        start = max(end - PAGE_SIZE, journal.forgotten, 0)
        entries = journal.read(limit=max(0, end - start), offset=start)
        values = {
            "entries": [self._row(entry) for entry in reversed(entries)],
            "total": journal.total,
            "forgotten": journal.forgotten,
            "older": start if start > journal.forgotten else None,
            "newer": min(end + PAGE_SIZE, journal.total) if end < journal.total else None,
            "is_newest": before is None,
        }
        return Page("requests.html", "/inbox/requests", values)

    def _row(self, entry: Entry) -> dict[str, object]:
        key = None if entry.key_id is None else self.world.forma_mail.keys.find(entry.key_id)
        return {"entry": entry, "key_name": None if key is None else key.name}

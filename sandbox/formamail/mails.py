"""The mails that were accepted, each with the body it came with."""

from __future__ import annotations

import json
import uuid
from dataclasses import dataclass
from typing import Any

from sandbox.database import Database, Value

# provider docs, SDK types: the statuses that a mail passes, one step after another, by its ending
_STEPS: dict[str | None, tuple[str, ...]] = {
    None: ("queued", "processing", "sent", "delivered"),
    "bounced": ("queued", "processing", "sent", "bounced"),
    "complained": ("queued", "processing", "sent", "delivered", "complained"),
    "failed": ("queued", "processing", "failed"),
    "rejected": ("rejected",),
}
COLUMNS = (
    "emails.sequence, id, accepted_at, template_id, key_id, scheduled_at, blocked, ending, body"
)


@dataclass(frozen=True, slots=True)
class Mail:
    """An accepted mail. `body` is the request as it was sent."""

    sequence: int
    id: str
    accepted_at: float
    template_id: str
    key_id: str
    scheduled_at: float | None
    blocked: list[dict[str, str]]
    ending: str | None
    body: dict[str, Any]

    @property
    def starts_at(self) -> float:
        """When its processing begins: at once, or when it is scheduled."""
        return max(self.accepted_at, self.scheduled_at or 0.0)

    def status(self, *, now: float, step_seconds: float) -> str:
        """Its status at an instant; nothing is stored, the clock alone moves it on."""
        return mail_status(self.accepted_at, self.scheduled_at, self.ending, now, step_seconds)


def mail_status(
    accepted_at: float,
    scheduled_at: float | None,
    ending: str | None,
    now: float,
    step_seconds: float,
) -> str:
    """The status as a pure function, so that a query can filter by it."""
    waits = scheduled_at is not None and scheduled_at > max(now, accepted_at)
    if waits and ending != "rejected":
        return "scheduled"
    age = now - max(accepted_at, scheduled_at or 0.0)
    steps = steps_of(ending)
    if step_seconds <= 0:
        return steps[-1]
    return steps[max(0, min(len(steps) - 1, int(age / step_seconds)))]


def steps_of(ending: str | None) -> tuple[str, ...]:
    """The statuses of a mail with that ending; None is the good one."""
    return _STEPS[ending]


@dataclass(frozen=True, slots=True)
class Search:
    """The filters of `GET emails`; `visible_before` hides what the list does not know yet."""

    visible_before: float
    now: float
    step_seconds: float
    recipient: str | None = None
    template_id: str | None = None
    status: str | None = None
    date_from: float | None = None
    date_to: float | None = None

    def where(self) -> tuple[str, tuple[Value, ...]]:
        """The condition and its values, in order."""
        parts: list[tuple[str, tuple[Value, ...]]] = [("accepted_at <= ?", (self.visible_before,))]
        if self.recipient is not None:
            parts.append(
                (
                    "emails.sequence IN (SELECT sequence FROM email_recipients WHERE address = ?)",
                    (self.recipient,),
                )
            )
        if self.template_id is not None:
            parts.append(("template_id = ?", (self.template_id,)))
        if self.date_from is not None:
            parts.append(("accepted_at >= ?", (self.date_from,)))
        if self.date_to is not None:
            parts.append(("accepted_at <= ?", (self.date_to,)))
        if self.status is not None:
            condition = "mail_status(accepted_at, scheduled_at, ending, ?, ?) = ?"
            parts.append((condition, (self.now, self.step_seconds, self.status)))
        condition = " AND ".join(part for part, _ in parts)
        return condition, tuple(value for _, values in parts for value in values)


class MailStore:
    """Accepted mails in order of acceptance."""

    def __init__(self, database: Database) -> None:
        self._database = database
        database.add_function("mail_status", function=mail_status)

    def accept(
        self,
        body: bytes,
        *,
        to: tuple[str, ...],
        template_id: str,
        key_id: str,
        now: float,
        scheduled_at: float | None,
        email_units: int,
        attachment_units: int,
        blocked: list[dict[str, str]],
        ending: str | None,
    ) -> str:
        """Store a mail; returns its new id. Two equal requests are two mails."""
        mail_id = str(uuid.uuid4())
        cursor = self._database.execute(
            "INSERT INTO emails VALUES (NULL, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                mail_id,
                now,
                template_id,
                key_id,
                scheduled_at,
                email_units,
                attachment_units,
                json.dumps(blocked) if blocked else None,
                ending,
                body,
            ),
        )
        self._database.execute_many(
            "INSERT OR IGNORE INTO email_recipients VALUES (?, ?)",
            [(address, cursor.lastrowid) for address in to],
        )
        return mail_id

    def find(self, mail_id: str) -> Mail | None:
        """A mail by its id."""
        row = self._database.execute(
            f"SELECT {COLUMNS} FROM emails WHERE id = ?",  # noqa: S608 (own constants)
            (mail_id,),
        ).fetchone()
        return None if row is None else mail_of_row(row)

    def search(self, search: Search, *, limit: int, offset: int) -> tuple[int, list[Mail]]:
        """How many mails fit, and one page of them, newest first."""
        condition, values = search.where()
        (total,) = self._database.execute(
            f"SELECT count(*) FROM emails WHERE {condition}",  # noqa: S608 (own constants)
            values,
        ).fetchone()
        rows = self._database.execute(
            f"SELECT {COLUMNS} FROM emails WHERE {condition}"  # noqa: S608 (own constants)
            " ORDER BY sequence DESC LIMIT ? OFFSET ?",
            (*values, limit, offset),
        )
        return int(total), [mail_of_row(row) for row in rows]

    def in_order(self, *, limit: int, offset: int) -> tuple[int, list[Mail]]:
        """How many there are, and some of them in order of acceptance."""
        (total,) = self._database.execute("SELECT count(*) FROM emails").fetchone()
        rows = self._database.execute(
            f"SELECT {COLUMNS} FROM emails"  # noqa: S608 (own constants)
            " ORDER BY sequence LIMIT ? OFFSET ?",
            (limit, offset),
        )
        return int(total), [mail_of_row(row) for row in rows]

    def units_between(self, start: float, end: float) -> tuple[int, int]:
        """Email and attachment units of the mails accepted from `start` until before `end`."""
        row = self._database.execute(
            "SELECT coalesce(sum(email_units), 0), coalesce(sum(attachment_units), 0)"
            " FROM emails WHERE accepted_at >= ? AND accepted_at < ?",
            (start, end),
        ).fetchone()
        return int(row[0]), int(row[1])


def mail_of_row(row: tuple[Any, ...]) -> Mail:
    """The mail of a row of `COLUMNS`."""
    blocked = [] if row[6] is None else json.loads(row[6])
    values = [*row[:6], blocked, row[7], json.loads(row[8])]
    return Mail(*values)

"""Accepted mails for a person who leafs through them: newest first, and what was looked for."""

from __future__ import annotations

import json

from sandbox.database import Database, Value
from sandbox.formamail.mails import COLUMNS, Mail, mail_of_row

_FITS = "yes"


class MailPages:
    """Pages that stay where they are while mails arrive: each begins at a mail, not at a number."""

    def __init__(self, database: Database) -> None:
        self._database = database
        database.add_function("mail_fits", function=mail_fits)

    def count(self) -> int:
        """How many mails were accepted. Single mails are never deleted, so that the newest one's
        place is their number, and nothing has to be counted."""
        (newest,) = self._database.execute("SELECT max(sequence) FROM emails").fetchone()
        return int(newest or 0)

    def older(self, *, before: int | None, wanted: str, limit: int) -> list[Mail]:
        """The mails below a sequence number, or the newest ones, newest first."""
        bound: tuple[Value, ...] = () if before is None else (before,)
        condition = "1" if before is None else "sequence < ?"
        return self._page(condition, bound, order="DESC", wanted=wanted, limit=limit)

    def newer(self, *, after: int, wanted: str, limit: int) -> list[Mail]:
        """The mails next above a sequence number, newest first."""
        found = self._page("sequence > ?", (after,), order="ASC", wanted=wanted, limit=limit)
        return found[::-1]

    def _page(
        self, condition: str, bound: tuple[Value, ...], *, order: str, wanted: str, limit: int
    ) -> list[Mail]:
        if wanted:
            condition += " AND mail_fits(id, body, ?) = ?"
            bound += (wanted.lower(), _FITS)
        rows = self._database.execute(
            f"SELECT {COLUMNS} FROM emails WHERE {condition}"  # noqa: S608 (own constants)
            f" ORDER BY sequence {order} LIMIT ?",
            (*bound, limit),
        )
        return [mail_of_row(row) for row in rows]


def mail_fits(mail_id: str, body: bytes, wanted: str) -> str:
    """Whether a mail is the one looked for: by its id or its relay id, or a part of the address of
    any recipient. A pure function, so that a query can filter by it."""
    if wanted == mail_id:
        return _FITS
    # Where nothing is escaped, what the bytes do not hold need not be looked for in the document.
    if wanted.isascii() and b"\\" not in body and wanted.encode() not in body.lower():
        return ""
    document = json.loads(body)
    if wanted == str(relay_id(document)).lower():
        return _FITS
    people = [person for field in ("to", "cc", "bcc") for person in document.get(field) or []]
    return _FITS if any(wanted in person["email"].lower() for person in people) else ""


def relay_id(body: dict[str, object]) -> object:
    """What the relay put into the metadata to find its mail again, or None."""
    metadata = body.get("metadata")
    return metadata.get("relayId") if isinstance(metadata, dict) else None

"""The sandbox's state on SQLite: one connection, one thread, committed a little later."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable

SCHEMA_VERSION = 5

_SCHEMA = """
CREATE TABLE settings (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE api_keys (
    id TEXT PRIMARY KEY, digest TEXT NOT NULL UNIQUE, name TEXT NOT NULL,
    permissions TEXT NOT NULL, created_at REAL NOT NULL, last_used_at REAL,
    expires_at REAL, revoked_at REAL, rate_limit INTEGER, description TEXT,
    active_from REAL
);
CREATE TABLE templates (
    id TEXT PRIMARY KEY, short_id TEXT NOT NULL UNIQUE, slug TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL, type TEXT NOT NULL, subject TEXT NOT NULL, variables TEXT NOT NULL,
    created_at REAL NOT NULL
);
CREATE TABLE emails (
    sequence INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, accepted_at REAL NOT NULL,
    template_id TEXT NOT NULL, key_id TEXT NOT NULL, scheduled_at REAL,
    email_units INTEGER NOT NULL, attachment_units INTEGER NOT NULL,
    blocked TEXT, ending TEXT, body BLOB NOT NULL
);
CREATE INDEX emails_accepted_at ON emails (accepted_at);
CREATE TABLE email_recipients (
    address TEXT NOT NULL, sequence INTEGER NOT NULL, PRIMARY KEY (address, sequence)
) WITHOUT ROWID;
CREATE TABLE forms (
    sequence INTEGER PRIMARY KEY, slug TEXT NOT NULL UNIQUE, address TEXT NOT NULL UNIQUE,
    title TEXT NOT NULL, active INTEGER NOT NULL, fields TEXT NOT NULL, created_at REAL NOT NULL
);
CREATE TABLE form_rows (
    sequence INTEGER PRIMARY KEY, slug TEXT NOT NULL UNIQUE, form_slug TEXT NOT NULL,
    submit_code TEXT NOT NULL, tracking_code TEXT NOT NULL, submit_number INTEGER NOT NULL,
    data TEXT NOT NULL, created_at REAL NOT NULL, updated_at REAL NOT NULL,
    visible_from REAL NOT NULL, tags TEXT NOT NULL, deleted_at REAL
);
CREATE INDEX form_rows_of_form ON form_rows (form_slug, sequence);
CREATE TABLE webhooks (
    owner TEXT NOT NULL, id TEXT NOT NULL, document TEXT NOT NULL, PRIMARY KEY (owner, id)
);
CREATE TABLE formaloo_tokens (
    id TEXT PRIMARY KEY, minted_at REAL NOT NULL, expires_at REAL NOT NULL
) WITHOUT ROWID;
"""

_TABLES = (
    "settings",
    "api_keys",
    "templates",
    "emails",
    "email_recipients",
    "forms",
    "form_rows",
    "webhooks",
    "formaloo_tokens",
)

Value = str | bytes | int | float | None


class DatabaseError(Exception):
    """The database file cannot serve as the sandbox's state."""


class Database:
    """Reads see every earlier write at once; `commit` makes them last.

    Not thread-safe: only the thread of the event loop may use it.
    """

    def __init__(self, path: str) -> None:
        """Open or create the state.

        Raises:
            DatabaseError: The file is no SQLite database, of another version, or in use.
        """
        try:
            self._connection = sqlite3.connect(path, timeout=0.2)
            self._prepare()
        except sqlite3.Error as error:
            raise DatabaseError(f"{path}: {error}") from error

    def _prepare(self) -> None:
        (version,) = self._connection.execute("PRAGMA user_version").fetchone()
        (tables,) = self._connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
        if (version, tables) != (0, 0) and version != SCHEMA_VERSION:
            raise sqlite3.DatabaseError(f"not the state of a sandbox of version {SCHEMA_VERSION}")
        # Held exclusively: two sandboxes on one file would answer from different states.
        self._connection.execute("PRAGMA locking_mode = EXCLUSIVE")
        self._connection.execute("PRAGMA journal_mode = WAL")
        self._connection.execute("PRAGMA synchronous = OFF")
        if tables == 0:
            self._connection.executescript(_SCHEMA)
            self._connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")
            self._connection.commit()

    def execute(self, statement: str, values: tuple[Value, ...] = ()) -> sqlite3.Cursor:
        """Run one statement; a change opens the pending transaction by itself."""
        return self._connection.execute(statement, values)

    def execute_many(self, statement: str, rows: Iterable[tuple[Value, ...]]) -> None:
        """Run one statement for each row."""
        self._connection.executemany(statement, rows)

    def add_function(self, name: str, *, function: Callable[..., str]) -> None:
        """Make a pure function usable in statements, under that name."""
        self._connection.create_function(name, -1, function, deterministic=True)

    def setting(self, name: str) -> str | None:
        """A stored setting, or None."""
        row = self.execute("SELECT value FROM settings WHERE name = ?", (name,)).fetchone()
        return None if row is None else str(row[0])

    def store_setting(self, name: str, *, value: str) -> None:
        """Store a setting under its name."""
        self.execute("INSERT OR REPLACE INTO settings VALUES (?, ?)", (name, value))

    def commit(self) -> None:
        """Make every change so far last."""
        if self._connection.in_transaction:
            self._connection.commit()

    def empty(self) -> None:
        """Delete everything."""
        for table in _TABLES:
            self._connection.execute(f"DELETE FROM {table}")  # noqa: S608 (own constants)

    def close(self) -> None:
        """Close; what was not committed is lost."""
        self._connection.close()

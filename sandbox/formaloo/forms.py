"""Forms and their rows."""

from __future__ import annotations

import json
import secrets
import string
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from sandbox.database import Database

_ALPHABET = string.ascii_letters + string.digits
SLUG_LENGTH = 20  # length seen on live data
_ROW_COLUMNS = (
    "slug, form_slug, submit_code, tracking_code, submit_number, data, created_at, updated_at,"
    " visible_from, tags"
)


def new_slug() -> str:
    """A fresh slug of the provider's length."""
    return "".join(secrets.choice(_ALPHABET) for _ in range(SLUG_LENGTH))


@dataclass(frozen=True, slots=True)
class Field:
    """A field of a form. `choices` maps the slug of a choice to its title."""

    slug: str
    type: str
    title: str
    alias: str | None = None
    required: bool = False
    choices: dict[str, str] = field(default_factory=dict)

    def document(self) -> dict[str, object]:
        """An entry of `fields_list`."""
        document: dict[str, object] = {
            "slug": self.slug,
            "type": self.type,
            "title": self.title,
            "required": self.required,
            "alias": self.alias,
        }
        if self.choices:
            document["choice_items"] = [
                {"slug": slug, "title": title} for slug, title in self.choices.items()
            ]
        return document


@dataclass(frozen=True, slots=True)
class Form:
    """A form. Its `slug` names it to the API; its `address` is public and names it to nobody."""

    slug: str
    address: str
    title: str
    active: bool
    fields: tuple[Field, ...]
    created_at: float


@dataclass(frozen=True, slots=True)
class Row:
    """A submitted row; `data` maps field slugs to raw values, `tags` are words of the owner's."""

    slug: str
    form_slug: str
    submit_code: str
    tracking_code: str
    submit_number: int
    data: dict[str, Any]
    created_at: float
    updated_at: float
    visible_from: float
    tags: tuple[str, ...] = ()


class FormStore:
    """All forms and rows."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def is_empty(self) -> bool:
        """Whether there is no form at all."""
        return self._database.execute("SELECT 1 FROM forms").fetchone() is None

    def add(self, form: Form) -> None:
        """Store a form."""
        fields = json.dumps([asdict(item) for item in form.fields])
        self._database.execute(
            "INSERT INTO forms VALUES (NULL, ?, ?, ?, ?, ?, ?)",
            (form.slug, form.address, form.title, form.active, fields, form.created_at),
        )

    def all(self) -> list[Form]:
        """Every form, oldest first."""
        rows = self._database.execute("SELECT * FROM forms ORDER BY sequence")
        return [_form(row) for row in rows]

    def find(self, slug: str) -> Form | None:
        """The form of a slug."""
        row = self._database.execute("SELECT * FROM forms WHERE slug = ?", (slug,)).fetchone()
        return None if row is None else _form(row)

    def find_by_address(self, address: str) -> Form | None:
        """The form of a public address."""
        row = self._database.execute("SELECT * FROM forms WHERE address = ?", (address,)).fetchone()
        return None if row is None else _form(row)

    def add_row(
        self,
        form: Form,
        *,
        data: dict[str, Any],
        now: float,
        visible_from: float,
        submit_code: str | None = None,
    ) -> Row:
        """Store a row. Nothing is deduplicated: the same data twice are two rows."""
        row = Row(
            new_slug(),
            form.slug,
            submit_code or new_slug(),
            new_slug(),
            self._next_number(form),
            data,
            now,
            now,
            visible_from,
        )
        self._database.execute(
            "INSERT INTO form_rows VALUES (NULL, ?, ?, ?, ?, ?, ?, ?, ?, ?, '[]', NULL)",
            (
                row.slug,
                row.form_slug,
                row.submit_code,
                row.tracking_code,
                row.submit_number,
                json.dumps(data),
                now,
                now,
                visible_from,
            ),
        )
        return row

    def count_rows(self, form_slug: str) -> int:
        """How many rows the form has, visible or not."""
        (count,) = self._database.execute(
            "SELECT count(*) FROM form_rows WHERE form_slug = ? AND deleted_at IS NULL",
            (form_slug,),
        ).fetchone()
        return int(count)

    def count_all_rows(self) -> int:
        """How many rows all forms have."""
        (count,) = self._database.execute(
            "SELECT count(*) FROM form_rows WHERE deleted_at IS NULL"
        ).fetchone()
        return int(count)

    def count_rows_between(self, start: float, end: float) -> int:
        """How many rows were made from `start` on and before `end`, in unix seconds. A row that was
        deleted since is one of them: the submission was used."""
        (count,) = self._database.execute(
            "SELECT count(*) FROM form_rows WHERE created_at >= ? AND created_at < ?", (start, end)
        ).fetchone()
        return int(count)

    def rows(self, form_slug: str) -> list[Row]:
        """Every row of a form in order of submission."""
        found = self._database.execute(
            f"SELECT {_ROW_COLUMNS} FROM form_rows"  # noqa: S608 (own constants)
            " WHERE form_slug = ? AND deleted_at IS NULL ORDER BY sequence",
            (form_slug,),
        )
        return [_row(row) for row in found]

    def find_row(self, slug: str) -> Row | None:
        """The row of a row slug; a submit code finds nothing."""
        row = self._database.execute(
            f"SELECT {_ROW_COLUMNS} FROM form_rows"  # noqa: S608 (own constants)
            " WHERE slug = ? AND deleted_at IS NULL",
            (slug,),
        ).fetchone()
        return None if row is None else _row(row)

    def change_row(
        self, row: Row, *, data: dict[str, Any], tags: tuple[str, ...], now: float
    ) -> Row:
        """Replace the data and the tags of a row; the row as it is then."""
        self._database.execute(
            "UPDATE form_rows SET data = ?, tags = ?, updated_at = ? WHERE slug = ?",
            (json.dumps(data), json.dumps(tags), now, row.slug),
        )
        return replace(row, data=data, tags=tags, updated_at=now)

    def delete_rows(self, form: Form, slugs: Iterable[str], *, now: float) -> None:
        """Remove rows of that form; any other slug is left alone."""
        # No slug holds anything else, and a lone surrogate can't be bound to a statement.
        for slug in filter(str.isascii, slugs):
            self._database.execute(
                "UPDATE form_rows SET deleted_at = ?"
                " WHERE form_slug = ? AND slug = ? AND deleted_at IS NULL",
                (now, form.slug, slug),
            )

    def _next_number(self, form: Form) -> int:
        (last,) = self._database.execute(
            "SELECT max(submit_number) FROM form_rows WHERE form_slug = ?", (form.slug,)
        ).fetchone()
        return int(last or 0) + 1

    def clear(self) -> None:
        """Remove every form and row."""
        self._database.execute("DELETE FROM forms")
        self._database.execute("DELETE FROM form_rows")


def _form(row: tuple[Any, ...]) -> Form:
    fields = tuple(Field(**item) for item in json.loads(row[5]))
    return Form(row[1], row[2], row[3], bool(row[4]), fields, row[6])


def _row(row: tuple[Any, ...]) -> Row:
    values = [*row[:5], json.loads(row[5]), *row[6:9], tuple(json.loads(row[9]))]
    return Row(*values)

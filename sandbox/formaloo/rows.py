"""One row of a form: read, changed and removed, alone or with others."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sandbox.exchange import Call, Reply, Route
from sandbox.formaloo.documents import row_document
from sandbox.formaloo.envelope import FormalooRefusalError, success
from sandbox.formaloo.forms import Field, Form, FormStore, Row
from sandbox.formaloo.row_events import ROW_UPDATE, RowEvents
from sandbox.formaloo.submission import read_body
from sandbox.profile import ProfileStore

_ONE = "/rows/{slug}/"


@dataclass(frozen=True, slots=True)
class RowEndpoints:
    """The handlers. Each was reached only with the full key and a living token."""

    profile: ProfileStore
    forms: FormStore
    events: RowEvents

    def routes(self, access: str) -> list[Route]:
        """The routes, without the prefix."""
        return [
            Route("GET", _ONE, self.get, access),
            Route("PATCH", _ONE, self.change, access),
            Route("DELETE", _ONE, self.delete, access),
            Route("POST", "/forms/{slug}/rows/bulk-delete/", self.delete_many, access),
        ]

    def get(self, call: Call) -> Reply:
        """`GET /rows/{slug}/`: by the row's own slug."""
        form, row = self._found(call)
        return self._reply(row, form=form)

    def change(self, call: Call) -> Reply:
        """`PATCH /rows/{slug}/`: 200 also when nothing of the body was understood."""
        form, row = self._found(call)
        body = read_body(call)
        data = _changed_data(row.data, form=form, body=body)
        tags = _changed_tags(row.tags, body=body)
        if (data, tags) != (row.data, row.tags):
            row = self.forms.change_row(row, data=data, tags=tags, now=call.arrived_at)
            self.events.announce(ROW_UPDATE, row, form=form, now=call.arrived_at)
        return self._reply(row, form=form)

    def delete(self, call: Call) -> Reply:
        """`DELETE /rows/{slug}/`."""
        form, row = self._found(call)
        self.forms.delete_rows(form, [row.slug], now=call.arrived_at)
        return success({})

    def delete_many(self, call: Call) -> Reply:
        """`POST …/bulk-delete/`: slugs of no row, or of another form's, do nothing."""
        form = self.forms.find(call.parameters["slug"])
        if form is None:
            raise FormalooRefusalError(404)
        slugs = read_body(call).get("slugs_list")
        if not isinstance(slugs, list) or not all(isinstance(slug, str) for slug in slugs):
            raise FormalooRefusalError(
                400, form_errors={"slugs_list": ["Must be a list of slugs."]}
            )
        self.forms.delete_rows(form, slugs, now=call.arrived_at)
        return success({})

    def _found(self, call: Call) -> tuple[Form, Row]:
        row = self.forms.find_row(call.parameters["slug"])
        if row is None or row.visible_from > call.arrived_at:
            raise FormalooRefusalError(404)
        form = self.forms.find(row.form_slug)
        if form is None:
            raise FormalooRefusalError(404)
        return form, row

    def _reply(self, row: Row, *, form: Form) -> Reply:
        return success({"row": row_document(row, form=form, profile=self.profile.current)})


def _changed_data(data: dict[str, Any], *, form: Form, body: dict[str, Any]) -> dict[str, Any]:
    # Flat field slugs alone count, and no rule of the form but its choices does (observed).
    taken = {
        field.slug: body[field.slug]
        for field in form.fields
        if field.slug in body and _is_known_choice(field, body[field.slug])
    }
    return {slug: value for slug, value in (data | taken).items() if value not in (None, "")}


def _changed_tags(tags: tuple[str, ...], *, body: dict[str, Any]) -> tuple[str, ...]:
    # Words, by assumption: no document shows one.
    given = body.get("row_tags")
    if isinstance(given, list) and all(isinstance(tag, str) for tag in given):
        return tuple(dict.fromkeys(given))
    return tags


def _is_known_choice(field: Field, value: object) -> bool:
    if not field.choices or value in (None, ""):
        return True
    return isinstance(value, str) and value in field.choices

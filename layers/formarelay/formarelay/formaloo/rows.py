"""Rows of forms: read, made, changed and removed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from formarelay.errors import InvalidRequestError
from formarelay.formaloo.client import Formaloo, submission_body
from formarelay.formaloo.models import SERVICE, Row, Submission, parse_submission
from formarelay.formaloo.route import Route

_ROW = "rows/{row}/"
_ROWS = "forms/{form}/rows/"
_BULK_DELETE = "forms/{form}/rows/bulk-delete/"
# Not fields of the form, but of the row (documentation).
_OF_THE_ROW = frozenset({"row_tags", "previous_position", "next_position"})


@dataclass(frozen=True, slots=True, kw_only=True)
class RowChange:
    """What became of a change.

    Args:
        row: The row as it was read afterwards.
        not_taken: Fields whose value is not what was asked for. The provider answers 200 also to a
            change that it does not understand, as of an unknown choice.
    """

    row: Row
    not_taken: tuple[str, ...]


class Rows:
    """Reads and changes rows. Reads are repeated as `Formaloo` does, changes never.

    Args:
        client: Makes the calls.
    """

    def __init__(self, client: Formaloo) -> None:
        self._client = client
        self._reader = client.reader

    def list(
        self,
        form_slug: str,
        *,
        page_size: int = 50,
        sort_by: str = "created_at",
        filters: Mapping[str, str] | None = None,
    ) -> Iterator[Row]:
        """All rows of a form, each once; see `Formaloo.rows`, and `row_filters` for `filters`."""
        return self._client.rows(form_slug, page_size=page_size, sort_by=sort_by, filters=filters)

    def get(self, row_slug: str) -> Row:
        """One row by its own slug. Right after a submission it may not be found for seconds."""
        return self._client.row(row_slug)

    def create(
        self, form_slug: str, values: Mapping[str, object], *, by_alias: bool = False
    ) -> Submission:
        """A new row, made with the full credentials. Not idempotent; see `Formaloo.submit`.

        Raises:
            InvalidRequestError: Refused for its values; `problems` names the fields.
            OutcomeUnknownError: Perhaps made: look for it before repeating it.
            FormaError: Not made; see `formarelay.errors`.
        """
        route = Route.of("POST", _ROWS, form=form_slug)
        body = submission_body(values, by_alias=by_alias, operation=route.operation)
        return self._reader.change(
            route,
            json=body,
            parse=lambda data, operation: parse_submission({"data": data}, operation=operation),
        )

    def change(self, row_slug: str, values: Mapping[str, object]) -> RowChange:
        """Changes the given fields and leaves the others, then reads the row again.

        Fires the form's logic and webhooks. Safe to repeat.

        Args:
            row_slug: The row's own slug.
            values: Field slug to value, flat; also `row_tags`.

        Raises:
            InvalidRequestError: Not changed: no values, or values inside `data`, which the
                provider takes for a change of nothing.
            NotFoundError: There is no such row.
            OutcomeUnknownError: Perhaps changed.
            FormaError: See `formarelay.errors`.
        """
        route = Route.of("PATCH", _ROW, row=row_slug)
        if not values or isinstance(values.get("data"), Mapping):
            raise InvalidRequestError(
                "not sent: give the fields flat, as {field_slug: value}",
                service=SERVICE,
                operation=route.operation,
            )
        self._reader.change(route, json=dict(values), parse=lambda data, _: data)
        row = self._client.row(row_slug)
        fields = (name for name in values if name not in _OF_THE_ROW)
        return RowChange(
            row=row,
            not_taken=tuple(name for name in fields if not _same(row.data.get(name), values[name])),
        )

    def delete(self, row_slug: str) -> None:
        """Removes a row. Raises `NotFoundError` when there is none, and as `change`."""
        self._reader.change(Route.of("DELETE", _ROW, row=row_slug), parse=lambda data, _: data)

    def delete_many(self, form_slug: str, row_slugs: Sequence[str]) -> None:
        """Removes rows of one form by one call. Safe to repeat.

        Raises:
            InvalidRequestError: A slug is empty, or it is one text instead of several.
            FormaError: As `change`.
        """
        route = Route.of("POST", _BULK_DELETE, form=form_slug)
        # A text is a sequence, too: of slugs that nobody meant.
        if isinstance(row_slugs, str) or not all(row_slugs):
            raise InvalidRequestError(
                "not sent: row_slugs are several slugs, none of them empty",
                service=SERVICE,
                operation=route.operation,
            )
        if row_slugs:
            self._reader.change(
                route, json={"slugs_list": list(row_slugs)}, parse=lambda data, _: data
            )


def _same(found: object, wanted: object) -> bool:
    # Whether the provider stores 5 or "5" is its own business; nothing and empty are one.
    return found == wanted or _text(found) == _text(wanted)


def _text(value: object) -> str:
    return "" if value is None else str(value)

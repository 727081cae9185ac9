"""What Formaloo answers, as values. Field contents are personal data: no `repr` shows them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Generic, TypeVar

from formarelay.errors import UnexpectedResponseError

SERVICE = "formaloo"

ItemT = TypeVar("ItemT")


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One answer to a form.

    Args:
        slug: The only id that `FormalooClient.row` takes.
        data: Field slug to raw value; a choice is its choice slug.
        aliases: Alias to field slug. An alias that two fields share names neither.
        form: Slug of the form, empty when the answer did not say.
        submit_code: Empty when the row has none.
        created_at: None when missing or unreadable. Formaloo's naive timestamps are UTC.
    """

    slug: str
    data: Mapping[str, object] = field(repr=False)
    aliases: Mapping[str, str] = field(default_factory=dict, repr=False)
    form: str = ""
    submit_code: str = ""
    created_at: datetime | None = None
    updated_at: datetime | None = None

    def value(self, name: str) -> object:
        """The raw value of a field, named by its slug or its alias; the slug wins.

        None when the field is empty, and when there is no such field or the alias is not unique.
        """
        slug = name if name in self.data else self.aliases.get(name, name)
        return self.data.get(slug)


# Without slots: with them, a frozen one cannot be made through an alias such as `RowPage`.
@dataclass(frozen=True, kw_only=True)
class Page(Generic[ItemT]):
    """One page of a list. None stands for what the answer did not say."""

    rows: tuple[ItemT, ...]
    has_next: bool | None
    current_page: int | None
    page_count: int | None
    page_size: int | None
    count: int | None


RowPage = Page[Row]


@dataclass(frozen=True, slots=True, kw_only=True)
class Submission:
    """An accepted submission. `slug` is the new row's, empty when the answer did not give it."""

    slug: str
    submit_code: str
    tracking_code: str
    created_at: datetime | None


def parse_row(document: object, *, operation: str) -> Row:
    """Read a row of any of the known shapes.

    Raises:
        UnexpectedResponseError: It is not an object, has no slug, or its `data` is not an object.
    """
    if not isinstance(document, Mapping):
        raise unexpected("a row is not an object", operation)
    slug, data = text_of(document.get("slug")), document.get("data")
    if not slug or not isinstance(data, Mapping):
        raise unexpected("a row has no slug or no data", operation)
    return Row(
        slug=slug,
        form=text_of(document.get("form")),
        submit_code=text_of(document.get("submit_code")),
        data=MappingProxyType(dict(data)),
        aliases=MappingProxyType(_aliases(document.get("rendered_data"))),
        created_at=parse_timestamp(document.get("created_at")),
        updated_at=parse_timestamp(document.get("updated_at")),
    )


def parse_row_page(data: Mapping[str, object], *, operation: str) -> RowPage:
    """Read the `data` of a rows list.

    Raises:
        UnexpectedResponseError: There is no list of rows, or one of them is not a row.
    """
    rows = data.get("rows")
    if not isinstance(rows, list):
        raise unexpected("the page has no list of rows", operation)
    return page_of(tuple(parse_row(row, operation=operation) for row in rows), data)


def page_of(rows: tuple[ItemT, ...], data: Mapping[str, object]) -> Page[ItemT]:
    """A page of these items, with what `data` says of the paging."""
    return Page(
        rows=rows,
        has_next=bool(data["next"]) if "next" in data else None,
        current_page=count_of(data.get("current_page")),
        page_count=count_of(data.get("page_count")),
        page_size=count_of(data.get("page_size")),
        count=count_of(data.get("count")),
    )


def parse_submission(body: Mapping[str, object], *, operation: str) -> Submission:
    """Read the answer to a submission from `data.row`, `data` or the top level.

    Raises:
        UnexpectedResponseError: None of them names a row, so nothing proves the acceptance.
    """
    data = body.get("data")
    row = data.get("row") if isinstance(data, Mapping) else None
    for candidate in (row, data, body):
        if not isinstance(candidate, Mapping):
            continue
        slug, code = text_of(candidate.get("slug")), text_of(candidate.get("submit_code"))
        if slug or code:
            return Submission(
                slug=slug,
                submit_code=code,
                tracking_code=text_of(candidate.get("tracking_code")),
                created_at=parse_timestamp(candidate.get("created_at")),
            )
    raise unexpected("the answer names no row", operation)


def parse_timestamp(text: object) -> datetime | None:
    """An ISO 8601 timestamp as an aware one in UTC; naive ones are taken as UTC."""
    if not isinstance(text, str):
        return None
    try:
        moment = datetime.fromisoformat(text)
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def unexpected(detail: str, operation: str) -> UnexpectedResponseError:
    """The error for a success status around something else than was promised."""
    return UnexpectedResponseError(detail, service=SERVICE, operation=operation)


def _aliases(rendered: object) -> dict[str, str]:
    aliases: dict[str, str] = {}
    ambiguous: set[str] = set()
    for slug, entry in _rendered_fields(rendered):
        alias = text_of(entry.get("alias"))
        if not alias or not slug:
            continue
        if aliases.setdefault(alias, slug) != slug:
            ambiguous.add(alias)
    return {alias: slug for alias, slug in aliases.items() if alias not in ambiguous}


def _rendered_fields(rendered: object) -> Iterator[tuple[str, Mapping[str, object]]]:
    """Both shapes in circulation: a list of fields, and an object of fields by slug."""
    if isinstance(rendered, list):
        named: list[tuple[object, object]] = [("", entry) for entry in rendered]
    elif isinstance(rendered, Mapping):
        named = list(rendered.items())
    else:
        named = []
    for key, entry in named:
        if isinstance(entry, Mapping):
            yield text_of(entry.get("slug")) or text_of(key), entry


def text_of(value: object) -> str:
    """The text, empty when it is none."""
    return value if isinstance(value, str) else ""


def count_of(value: object) -> int | None:
    """A count or page number; live answers give `current_page` as a string."""
    if isinstance(value, bool):
        return None
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) <= 9:
        return int(value)
    return value if isinstance(value, int) and value >= 0 else None

"""Forms: which there are, and which fields each has."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from formarelay.formaloo.client import Formaloo
from formarelay.formaloo.models import Page, count_of, page_of, text_of, unexpected
from formarelay.formaloo.options import FormalooOptions
from formarelay.formaloo.paging import crawl_rows
from formarelay.formaloo.route import Route

_LIST = "forms/"
_ONE = "forms/{form}/"
_BY_ADDRESS = "form-displays/address/{address}/"


@dataclass(frozen=True, slots=True, kw_only=True)
class FormSummary:
    """A form as the list shows it.

    Args:
        slug: What every other call takes.
        address: Where the public finds the form; no call but `by_address` takes it.
        active: Whether it can be submitted; None when the answer does not say.
        submit_count: Rows so far; None when the answer does not say.
    """

    slug: str
    address: str
    title: str
    form_type: str
    active: bool | None
    submit_count: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class FormField:
    """A field. `choices` are pairs of choice slug, which is what a row holds, and title."""

    slug: str
    type: str
    title: str
    required: bool
    alias: str
    choices: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Form(FormSummary):
    """A form with its fields, in their order."""

    description: str
    fields: tuple[FormField, ...]

    def field(self, name: str) -> FormField | None:
        """The field of a slug or, where no slug fits, of an alias; None when there is none."""
        by_slug = (field for field in self.fields if field.slug == name)
        by_alias = (field for field in self.fields if name and field.alias == name)
        return next(by_slug, None) or next(by_alias, None)


class Forms:
    """Reads forms. Repeats as `Formaloo` does.

    Args:
        client: Makes the calls.
        options: The client's.
    """

    def __init__(self, client: Formaloo, *, options: FormalooOptions) -> None:
        self._reader = client.reader
        self._most_requests = options.most_page_requests

    def list(self, *, search: str | None = None, page_size: int = 50) -> Iterator[FormSummary]:
        """Every form, each once, or those whose title fits; one call a page.

        Raises:
            UnexpectedResponseError: The pages do not end or contradict themselves.
            FormaError: As `Formaloo.get`.
        """
        route = Route.of("GET", _LIST)

        def read_page(number: int) -> Page[FormSummary]:
            return self._reader.read(
                route,
                {"page": number, "page_size": page_size, "search": search},
                parse=_page,
            )

        return crawl_rows(read_page, page_size=page_size, most_requests=self._most_requests)

    def get(self, form_slug: str) -> Form:
        """One form by its slug. Raises as `Formaloo.get`."""
        return self._reader.read(Route.of("GET", _ONE, form=form_slug), None, parse=_form)

    def by_address(self, address: str) -> Form:
        """One form by its public address, which gives its slug. Raises as `Formaloo.get`."""
        return self._reader.read(Route.of("GET", _BY_ADDRESS, address=address), None, parse=_form)


def _page(data: Mapping[str, object], operation: str) -> Page[FormSummary]:
    # Integrations read `forms`, an old schema says `objects`.
    items = data.get("forms", data.get("objects"))
    if not isinstance(items, list):
        raise unexpected("the page has no list of forms", operation)
    return page_of(tuple(_summary(item, operation) for item in items), data)


def _summary(item: object, operation: str) -> FormSummary:
    if not isinstance(item, Mapping):
        raise unexpected("a form is not an object", operation)
    slug, active = text_of(item.get("slug")), item.get("active")
    if not slug:
        raise unexpected("a form has no slug", operation)
    return FormSummary(
        slug=slug,
        address=text_of(item.get("address")),
        title=text_of(item.get("title")),
        form_type=text_of(item.get("form_type")),
        active=active if isinstance(active, bool) else None,
        submit_count=count_of(item.get("submit_count")),
    )


def _form(data: Mapping[str, object], operation: str) -> Form:
    item = data.get("form", data)
    summary = _summary(item, operation)
    fields = item.get("fields_list") if isinstance(item, Mapping) else None
    if not isinstance(item, Mapping) or not isinstance(fields, list):
        raise unexpected("a form has no list of fields", operation)
    return Form(
        slug=summary.slug,
        address=summary.address,
        title=summary.title,
        form_type=summary.form_type,
        active=summary.active,
        submit_count=summary.submit_count,
        description=text_of(item.get("description")),
        fields=tuple(_field(field, operation) for field in fields),
    )


def _field(item: object, operation: str) -> FormField:
    if not isinstance(item, Mapping) or not text_of(item.get("slug")):
        raise unexpected("a field has no slug", operation)
    choices = item.get("choice_items")
    return FormField(
        slug=text_of(item.get("slug")),
        type=text_of(item.get("type")),
        title=text_of(item.get("title")),
        required=item.get("required") is True,
        alias=text_of(item.get("alias")),
        choices=tuple(
            (text_of(choice.get("slug")), text_of(choice.get("title")))
            for choice in (choices if isinstance(choices, list) else [])
            if isinstance(choice, Mapping)
        ),
    )

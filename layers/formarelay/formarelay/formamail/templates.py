"""Templates: listed by type, and read one by one. Only the dashboard changes them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

from formarelay.errors import RateLimit
from formarelay.formamail.channel import SERVICE, Channel
from formarelay.formamail.listing import walk
from formarelay.formamail.replies import (
    count_of,
    id_of,
    items_of,
    list_of,
    object_of,
    text_of,
    unexpected,
)
from formarelay.formamail.segment import segment
from formarelay.http import HttpResponse, rate_limit_from

LIST = "GET templates"
GET = "GET templates/{id}"
# The provider's own default (SDKs); the most that it gives is undocumented.
PAGE_SIZE = 20

TemplateType = Literal["email", "pdf", "excel"]


@dataclass(frozen=True, slots=True, kw_only=True)
class TemplateVariable:
    """A variable that a template has; `default` is None where it has none."""

    name: str
    type: str
    required: bool
    default: object = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Template:
    """A template (SDKs). What the answer does not say is empty.

    Args:
        id: What `send` takes as `template_id`.
        type: `email`, `pdf` or `excel`; new words may appear.
        rate: What the answer's headers say of the rate limit; in a listing its page has it.
    """

    id: str
    name: str
    type: str
    description: str
    subject: str
    variables: tuple[TemplateVariable, ...]
    created_at: str
    updated_at: str
    rate: RateLimit | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TemplatePage:
    """One page; `total` and `total_pages` are None where the provider is silent."""

    items: tuple[Template, ...]
    total: int | None
    total_pages: int | None
    rate: RateLimit | None


class Templates:
    """Reads templates. Needs `templates:read`.

    Args:
        channel: Makes the calls.
    """

    def __init__(self, channel: Channel) -> None:
        self._channel = channel

    def get(self, template_id: str) -> Template:
        """One template. Raises as `FormaMail.get`."""
        route = f"/templates/{segment(template_id, operation=GET)}"
        response = self._channel.call("GET", route, operation=GET)
        return _template(object_of(response), response, rate=rate_limit_from(response.headers))

    def list_page(
        self, page: int = 1, *, kind: TemplateType | None = None, page_size: int = PAGE_SIZE
    ) -> TemplatePage:
        """One page, from 1. Raises as `FormaMail.list_page`."""
        response = self._channel.call(
            "GET",
            "/templates",
            operation=LIST,
            params={"type": kind, "limit": page_size, "page": page},
        )
        items, meta = items_of(response)
        return TemplatePage(
            items=tuple(_template(item, response) for item in items),
            total=count_of(meta.get("total")),
            total_pages=count_of(meta.get("totalPages")),
            rate=rate_limit_from(response.headers),
        )

    def list(
        self, *, kind: TemplateType | None = None, page_size: int = PAGE_SIZE
    ) -> Iterator[Template]:
        """Every template, or those of a type, each once. Raises as `FormaMail.list_emails`."""
        return walk(
            lambda page: self.list_page(page, kind=kind, page_size=page_size),
            service=SERVICE,
            operation=LIST,
        )


def _template(item: Any, response: HttpResponse, *, rate: RateLimit | None = None) -> Template:
    if not isinstance(item, dict):
        raise unexpected("a template was promised", response)
    return Template(
        id=id_of(item, response),
        name=text_of(item.get("name")),
        type=text_of(item.get("type")),
        description=text_of(item.get("description")),
        subject=text_of(item.get("subject")),
        variables=tuple(
            TemplateVariable(
                name=text_of(variable.get("name")),
                type=text_of(variable.get("type")),
                required=variable.get("required") is True,
                default=variable.get("defaultValue"),
            )
            for variable in list_of(item.get("variables"))
            if isinstance(variable, dict)
        ),
        created_at=text_of(item.get("createdAt")),
        updated_at=text_of(item.get("updatedAt")),
        rate=rate,
    )

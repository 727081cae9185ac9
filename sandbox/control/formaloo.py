"""Control of Formaloo's twin: the present pair, the forms and their rows."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from sandbox.control.inputs import (
    ControlError,
    body_of,
    boolean_in,
    objects_in,
    refuse_unknown,
    text_in,
)
from sandbox.exchange import Call, Reply, Route, json_reply
from sandbox.formaloo.forms import Field, Form, new_slug
from sandbox.world import World

_CREDENTIALS = ("api_key", "secret_key", "write_only_key")


@dataclass(frozen=True, slots=True)
class FormalooControl:
    """Handlers for what a person would do in the dashboard."""

    world: World

    def routes(self) -> list[Route]:
        """The routes, without the prefix."""
        return [
            Route("GET", "/formaloo", self.show),
            Route("PUT", "/formaloo", self.replace),
        ]

    def show(self, _call: Call) -> Reply:
        """The present pair in clear text, the slug of the business, the forms, and how many tokens
        were ever minted."""
        formaloo = self.world.formaloo
        pair = formaloo.credentials.pair
        forms = [
            {
                "slug": form.slug,
                "address": form.address,
                "title": form.title,
                "active": form.active,
                "fields": [field.document() for field in form.fields],
                "rows": [row.slug for row in formaloo.forms.rows(form.slug)],
            }
            for form in formaloo.forms.all()
        ]
        document = {
            "api_key": pair.api_key,
            "secret_key": pair.secret_key,
            "write_only_key": pair.write_only_key,
            "business": formaloo.business.slug,
            "token_mints": formaloo.credentials.token_mints,
            "forms": forms,
        }
        return json_reply(200, document)

    def replace(self, call: Call) -> Reply:
        """Replace the credentials that are given and, where `forms` is given, all forms and rows.

        Each form is `{title, slug?, address?, active?, fields: [{title, type?, slug?, alias?,
        required?, choices?}], rows?: [{alias or slug or title: value}]}`.
        """
        document = body_of(call, allowed=(*_CREDENTIALS, "forms"))
        credentials = {
            name: text_in(document, name) for name in _CREDENTIALS if document.get(name) is not None
        }
        given = objects_in(document, "forms")
        prepared = [_form(item, now=self.world.clock.now()) for item in given]
        _check_distinct(form for form, _ in prepared)
        formaloo = self.world.formaloo
        if credentials:
            formaloo.credentials.replace(replace(formaloo.credentials.pair, **credentials))
        if "forms" in document:
            formaloo.forms.clear()
            for form, rows in prepared:
                formaloo.forms.add(form)
                for data in rows:
                    formaloo.forms.add_row(
                        form, data=data, now=form.created_at, visible_from=form.created_at
                    )
        return self.show(call)


def _form(document: dict[str, object], *, now: float) -> tuple[Form, list[dict[str, Any]]]:
    refuse_unknown(document, allowed=("slug", "address", "title", "active", "fields", "rows"))
    fields = tuple(_field(item) for item in objects_in(document, "fields"))
    form = Form(
        text_in(document, "slug", default=new_slug()),
        text_in(document, "address", default=f"form-{new_slug()}"),
        text_in(document, "title"),
        boolean_in(document, "active", default=True),
        fields,
        now,
    )
    slugs = {name: field.slug for field in fields for name in (field.title, field.alias) if name}
    slugs |= {field.slug: field.slug for field in fields}
    rows = []
    for item in objects_in(document, "rows"):
        refuse_unknown(item, allowed=tuple(slugs))
        rows.append({slugs[name]: value for name, value in item.items()})
    return form, rows


def _field(document: dict[str, object]) -> Field:
    refuse_unknown(document, allowed=("slug", "type", "title", "alias", "required", "choices"))
    choices = document.get("choices", {})
    if not isinstance(choices, dict) or not all(isinstance(item, str) for item in choices.values()):
        raise ControlError("choices must map slugs to titles")
    alias = text_in(document, "alias") if document.get("alias") is not None else None
    return Field(
        text_in(document, "slug", default=new_slug()),
        text_in(document, "type", default="short_text"),
        text_in(document, "title"),
        alias,
        boolean_in(document, "required", default=False),
        choices,
    )


def _check_distinct(forms: Any) -> None:
    seen: set[str] = set()
    for form in forms:
        for name in (f"slug {form.slug}", f"address {form.address}"):
            if name in seen:
                raise ControlError(f"two forms have the {name}")
            seen.add(name)

"""Pages become HTML. Everything is escaped, and nothing invisible gets through."""

from __future__ import annotations

import json
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from sandbox.clock import iso_milliseconds
from sandbox.inbox.page import Page
from sandbox.inbox.visible import visible

_TEMPLATES = Path(__file__).parent / "templates"
_NAVIGATION = (
    ("/", "Mails"),
    ("/inbox/keys", "Keys"),
    ("/inbox/usage", "Usage"),
    ("/inbox/faults", "Faults"),
    ("/inbox/requests", "Requests"),
)


class Renderer:
    """Holds the templates."""

    def __init__(self) -> None:
        self._environment = Environment(
            loader=FileSystemLoader(_TEMPLATES),
            autoescape=True,
            undefined=StrictUndefined,
            finalize=_shown,
            trim_blocks=True,
            lstrip_blocks=True,
            auto_reload=False,
        )
        self._environment.globals["navigation"] = _NAVIGATION
        self._environment.filters["instant"] = _instant
        self._environment.filters["as_text"] = _as_text

    def html(self, page: Page, *, now: float) -> bytes:
        """The whole document."""
        template = self._environment.get_template(page.template)
        return template.render(page.values, path=page.path, now=now).encode()


def _shown(value: object) -> object:
    """What was written by a template is markup and stays; every other text is judged."""
    return visible(value) if isinstance(value, str) and not isinstance(value, Markup) else value


def _instant(unix_seconds: float | None) -> Markup:
    if unix_seconds is None:
        return Markup("never")
    iso = iso_milliseconds(unix_seconds)
    shown = iso[:19].replace("T", " ")
    return Markup('<time datetime="{}">{}</time>').format(iso, shown)


def _as_text(value: object) -> str:
    """A value of a JSON document, a string as it is."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)

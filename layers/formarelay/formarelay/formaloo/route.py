"""Paths of Formaloo: always with a trailing slash, never with an identifier in a log."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import quote

from formarelay.errors import InvalidRequestError

_PLACEHOLDER = re.compile(r"\{([a-z_]+)\}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """A verb, a path with placeholders, and the slugs that fill them."""

    method: str
    template: str
    slugs: Mapping[str, str] = field(repr=False)

    @classmethod
    def of(cls, method: str, template: str, **slugs: str) -> Route:
        """A route whose every placeholder has its slug.

        Raises:
            InvalidRequestError: A slug is missing, empty or no text that a path can hold.
        """
        # Without the slash the provider redirects, and a redirected POST loses its body.
        route = cls(method=method, template=template.strip("/") + "/", slugs=slugs)
        for name in _PLACEHOLDER.findall(route.template):
            if not _encoded(slugs.get(name, "")):
                raise InvalidRequestError(
                    f"the {name} slug is empty or unreadable",
                    service="formaloo",
                    operation=route.operation,
                )
        return route

    @property
    def operation(self) -> str:
        return f"{self.method} {self.template}"

    def path(self, version: str) -> str:
        filled = _PLACEHOLDER.sub(lambda found: _encoded(self.slugs[found[1]]), self.template)
        return f"/{version}/{filled}"


def _encoded(slug: str) -> str:
    try:
        return quote(slug, safe="")
    except UnicodeEncodeError:
        return ""

"""A page before it is written: which template, and the values that it shows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus


@dataclass(frozen=True, slots=True)
class Page:
    """One answer of the inbox. `path` names its entry of the navigation."""

    template: str
    path: str = ""
    values: Mapping[str, object] = field(default_factory=dict)
    status: int = 200


class InboxError(Exception):
    """The request can't be answered; the text says why."""

    def __init__(self, message: str, *, status: int) -> None:
        super().__init__(message)
        self.status = status


def problem_page(error: InboxError) -> Page:
    """What the person sees of it."""
    values = {"title": HTTPStatus(error.status).phrase, "text": str(error)}
    return Page("problem.html", values=values, status=error.status)


def position_in(query: Mapping[str, str], name: str) -> int | None:
    """A place in a list, or None.

    Raises:
        InboxError: 400, no whole number.
    """
    text = query.get(name)
    if text is None:
        return None
    if not (text.isascii() and text.isdigit()) or len(text) > 12:
        raise InboxError(f"{name} must be a whole number, 0 or more", status=400)
    return int(text)

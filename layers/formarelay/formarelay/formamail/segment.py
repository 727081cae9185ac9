"""One identifier as one segment of a path."""

from __future__ import annotations

from urllib.parse import quote

from formarelay.errors import InvalidRequestError
from formarelay.formamail.channel import SERVICE


def segment(identifier: str, *, operation: str) -> str:
    """The identifier, percent-encoded.

    Raises:
        InvalidRequestError: It would name another route: an empty one the list, dots the parent.
    """
    if identifier in {"", ".", ".."}:
        raise InvalidRequestError("not an id", service=SERVICE, operation=operation)
    try:
        return quote(identifier, safe="")
    except UnicodeEncodeError:
        problem = InvalidRequestError("not an id", service=SERVICE, operation=operation)
    raise problem

"""What the control interface is given: bodies and query parameters, checked."""

from __future__ import annotations

import math
from collections.abc import Mapping

from sandbox.clock import LATEST_UNIX_SECONDS, parse_instant
from sandbox.exchange import Call
from sandbox.strict_json import JsonError, parse_json_object

DEFAULT_LIMIT = 1000
MAXIMUM_LIMIT = 100_000


class ControlError(Exception):
    """The request to the control interface is refused; the text says why."""

    def __init__(self, message: str, *, status: int = 400) -> None:
        super().__init__(message)
        self.status = status


def body_of(call: Call, *, allowed: tuple[str, ...]) -> dict[str, object]:
    """The JSON object of the body; an empty body is an empty object.

    Raises:
        ControlError: No JSON object, or a field that is not allowed.
    """
    try:
        document = parse_json_object(call.body or b"{}")
    except JsonError as error:
        raise ControlError(str(error)) from None
    refuse_unknown(document, allowed=allowed)
    return document


def refuse_unknown(document: Mapping[str, object], *, allowed: tuple[str, ...]) -> None:
    """Refuse fields that nothing would read."""
    unknown = sorted(document.keys() - set(allowed))
    if unknown:
        raise ControlError(f"unknown: {', '.join(unknown)}; known: {', '.join(allowed)}")


def paging_of(call: Call) -> tuple[int, int]:
    """`limit` and `offset` of the query."""
    limit = _whole_number(call, "limit", default=DEFAULT_LIMIT)
    offset = _whole_number(call, "offset", default=0)
    return min(limit, MAXIMUM_LIMIT), offset


def _whole_number(call: Call, name: str, *, default: int) -> int:
    text = call.query.get(name)
    if text is None:
        return default
    if not (text.isascii() and text.isdigit()) or len(text) > 12:
        raise ControlError(f"{name} must be a whole number, 0 or more")
    return int(text)


def text_in(
    document: Mapping[str, object], name: str, *, default: str | None = None, longest: int = 200
) -> str:
    """A non-empty string; without a default it must be there."""
    value = document.get(name, default)
    if not isinstance(value, str) or not 1 <= len(value) <= longest or not value.isprintable():
        raise ControlError(f"{name} must be a string of 1 to {longest} printable characters")
    return value


def boolean_in(document: Mapping[str, object], name: str, *, default: bool) -> bool:
    """true or false."""
    value = document.get(name, default)
    if not isinstance(value, bool):
        raise ControlError(f"{name} must be true or false")
    return value


def number_in(value: object, name: str) -> float:
    """A finite number."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ControlError(f"{name} must be a number")
    # An integer too large for a float raises where a float would be infinite.
    if abs(value) > 1e15 or not math.isfinite(value):
        raise ControlError(f"{name} is out of bounds")
    return float(value)


def instant_in(document: Mapping[str, object], name: str) -> float | None:
    """Unix seconds of a number or an ISO 8601 string, None when absent or null."""
    value = document.get(name)
    if value is None:
        return None
    if isinstance(value, str):
        try:
            return parse_instant(value)
        except ValueError:
            raise ControlError(f"{name} must be ISO 8601 or unix seconds") from None
    unix_seconds = number_in(value, name)
    if not 0 <= unix_seconds <= LATEST_UNIX_SECONDS:
        raise ControlError(f"{name} must be between 1970 and 2100")
    return unix_seconds


def objects_in(document: Mapping[str, object], name: str) -> list[dict[str, object]]:
    """An array of objects; absent is empty."""
    value = document.get(name, [])
    if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
        raise ControlError(f"{name} must be an array of objects")
    return value

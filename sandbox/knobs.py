"""Checks for the values of the profile's knobs."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping

Check = Callable[[object], object]


class KnobError(ValueError):
    """A knob's value is refused; the text says what is allowed."""


def one_of(*allowed: str) -> Check:
    """One of the given words."""

    def check(value: object) -> object:
        if not isinstance(value, str) or value not in allowed:
            raise KnobError(f"must be one of {', '.join(allowed)}")
        return value

    return check


def boolean(value: object) -> object:
    """true or false."""
    if not isinstance(value, bool):
        raise KnobError("must be true or false")
    return value


def integer(minimum: int, maximum: int) -> Check:
    """A whole number within bounds."""

    def check(value: object) -> object:
        if isinstance(value, bool) or not isinstance(value, int) or not minimum <= value <= maximum:
            raise KnobError(f"must be a whole number from {minimum} to {maximum}")
        return value

    return check


def number(minimum: float, maximum: float) -> Check:
    """A finite number within bounds, returned as float."""

    def check(value: object) -> object:
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise KnobError(f"must be a number from {minimum:g} to {maximum:g}")
        if not math.isfinite(value) or not minimum <= value <= maximum:
            raise KnobError(f"must be a number from {minimum:g} to {maximum:g}")
        return float(value)

    return check


def word(value: object) -> object:
    """A non-empty string of printable ASCII, at most 100 characters."""
    if not isinstance(value, str) or not value.isascii() or not value.isprintable():
        raise KnobError("must be a string of printable ASCII characters")
    if not 1 <= len(value) <= 100:
        raise KnobError("must have 1 to 100 characters")
    return value


def json_object(value: object) -> object:
    """Any JSON object."""
    if not isinstance(value, dict):
        raise KnobError("must be an object")
    return value


def mapping_of_strings(value: object) -> object:
    """An object whose values are strings."""
    if not isinstance(value, dict) or not all(isinstance(item, str) for item in value.values()):
        raise KnobError("must be an object of strings")
    return value


def measures(*names: str) -> Check:
    """An object of whole numbers under known names."""

    def check(value: object) -> object:
        known = isinstance(value, dict) and value.keys() <= set(names)
        if not isinstance(value, dict) or not known:
            raise KnobError(f"must be an object with some of {', '.join(names)}")
        return {name: integer(0, 1_000_000_000)(item) for name, item in value.items()}

    return check


def numbers(minimum: float, maximum: float) -> Check:
    """An array of at most 20 finite numbers within bounds."""

    def check(value: object) -> object:
        if not isinstance(value, list) or len(value) > 20:
            raise KnobError("must be an array of at most 20 numbers")
        return [number(minimum, maximum)(item) for item in value]

    return check


def mapping_to(*allowed: str) -> Check:
    """An object whose values are among the given words."""

    def check(value: object) -> object:
        mapping = mapping_of_strings(value)
        if not isinstance(mapping, dict) or not all(item in allowed for item in mapping.values()):
            raise KnobError(f"must be an object whose values are {', '.join(allowed)}")
        return mapping

    return check


def optional(check: Check) -> Check:
    """null, or what `check` allows."""

    def check_unless_null(value: object) -> object:
        return None if value is None else check(value)

    return check_unless_null


def checked(values: Mapping[str, object], *, checks: Mapping[str, Check]) -> dict[str, object]:
    """The values, each passed through its check.

    Raises:
        KnobError: Unknown names (the text lists the known ones) or refused values (all named).
    """
    unknown = sorted(values.keys() - checks.keys())
    if unknown:
        raise KnobError(f"unknown: {', '.join(unknown)}; known: {', '.join(sorted(checks))}")
    accepted: dict[str, object] = {}
    refused: list[str] = []
    for name, value in values.items():
        try:
            accepted[name] = checks[name](value)
        except KnobError as error:
            refused.append(f"{name} {error}")
    if refused:
        raise KnobError("; ".join(refused))
    return accepted

"""CloudFormation hands a resource numbers and booleans, also when a parameter gave a string.

Every parameter is a string inside a template; AWS converts it to the type that the property has.
"""

from __future__ import annotations

from collections.abc import Iterable


def as_integer(value: object, *, name: str) -> int:
    """Raises ValueError naming the property when the value is no whole number."""
    try:
        return int(str(value))
    except ValueError:
        raise ValueError(f"{name} is no whole number: {value}") from None


def as_boolean(value: object, *, name: str) -> bool:
    """Raises ValueError naming the property when the value is neither true nor false."""
    known = {"true": True, "false": False}
    text = str(value).lower()
    if text not in known:
        raise ValueError(f"{name} is neither true nor false: {value}")
    return known[text]


def as_number(value: object, *, name: str) -> float:
    """Raises ValueError naming the property when the value is no number."""
    try:
        return float(str(value))
    except ValueError:
        raise ValueError(f"{name} is no number: {value}") from None


def refuse_unknown(properties: Iterable[str], *, known: frozenset[str], resource: str) -> None:
    """Raises ValueError naming the properties that `resource` does not have here."""
    unknown = sorted(set(properties) - known)
    if unknown:
        raise ValueError(f"{resource} does not support {', '.join(unknown)} here")

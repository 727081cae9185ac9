"""CloudFormation hands a resource numbers and booleans, also when a parameter gave a string.

Every parameter is a string inside a template; AWS converts it to the type that the property has.
"""

from __future__ import annotations


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

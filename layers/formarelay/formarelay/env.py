"""Reads the environment into a typed settings object and names every fault at once.

Only handlers pass `os.environ`; everything else takes the settings.
"""

from __future__ import annotations

import dataclasses
import math
import re
from collections.abc import Callable, Mapping
from enum import Enum
from typing import Annotated, Any, NewType, TypeVar, get_args, get_origin, get_type_hints
from urllib.parse import urlsplit

from formarelay.errors import SettingsError

Settings = TypeVar("Settings")

Url = NewType("Url", str)
"""A setting that must be an absolute http or https URL."""


@dataclasses.dataclass(frozen=True, slots=True)
class Between:
    """Bounds of a number, both included: `Annotated[int, Between(1, 50)]`."""

    minimum: float
    maximum: float


class _FaultError(Exception):
    """What the value must be. Never the value itself, which may be a misplaced secret."""


def read_settings(kind: type[Settings], environment: Mapping[str, str]) -> Settings:
    """Read every field of a frozen dataclass from the variable of its name in upper case.

    A field is `str`, `int`, `float`, `bool`, an enum with text values, or `Url`. A variable that
    is missing or blank takes the field's default; without a default it is a fault.

    Raises:
        SettingsError: Names all variables that are missing or malformed, and shows no value.
    """
    values: dict[str, Any] = {}
    faults: list[str] = []
    hints = get_type_hints(kind, include_extras=True)
    for field in dataclasses.fields(kind):  # type: ignore[arg-type]  # a dataclass, says the contract
        name = variable_name(field.name)
        text = environment.get(name, "").strip()
        if text:
            try:
                values[field.name] = _parse(text, hints[field.name])
            except _FaultError as fault:
                faults.append(f"{name} must be {fault}")
        elif _is_required(field):
            faults.append(f"{name} is missing")
    if faults:
        raise SettingsError("; ".join(faults))
    return kind(**values)


def variable_name(field_name: str) -> str:
    """The environment variable that fills a field."""
    return field_name.upper()


def variable_names(kind: type[Any]) -> tuple[str, ...]:
    """All variables of a settings class, for comparison with the template."""
    return tuple(variable_name(field.name) for field in dataclasses.fields(kind))


def _is_required(field: dataclasses.Field[Any]) -> bool:
    missing = dataclasses.MISSING
    return field.default is missing and field.default_factory is missing


def _parse(text: str, hint: Any) -> Any:
    bounds: tuple[Any, ...] = ()
    if get_origin(hint) is Annotated:
        hint, *extras = get_args(hint)
        bounds = tuple(extra for extra in extras if isinstance(extra, Between))
    value = _parser(hint)(text)
    for bound in bounds:
        if not bound.minimum <= value <= bound.maximum:
            raise _FaultError(f"from {bound.minimum:g} to {bound.maximum:g}")
    return value


def _parser(hint: Any) -> Callable[[str], Any]:
    if isinstance(hint, type) and issubclass(hint, Enum):
        return lambda text: _choice(text, hint)
    parser = _PARSERS.get(hint)
    if parser is None:
        raise TypeError(f"settings cannot be of type {hint}")
    return parser


def _choice(text: str, kind: type[Enum]) -> Enum:
    try:
        return kind(text)
    except ValueError:
        raise _FaultError(f"one of {', '.join(member.value for member in kind)}") from None


def _boolean(text: str) -> bool:
    if text.lower() not in {"true", "false"}:
        raise _FaultError("true or false")
    return text.lower() == "true"


def _integer(text: str) -> int:
    if not re.fullmatch(r"[+-]?[0-9]{1,18}", text):
        raise _FaultError("a whole number")
    return int(text)


def _number(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise _FaultError("a number")
    return value


def _url(text: str) -> Url:
    try:
        parts = urlsplit(text)
        complete = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        complete = False
    if not complete:
        raise _FaultError("a URL that begins with https:// or http://")
    return Url(text)


_PARSERS: dict[Any, Callable[[str], Any]] = {
    str: str,
    bool: _boolean,
    int: _integer,
    float: _number,
    Url: _url,
}

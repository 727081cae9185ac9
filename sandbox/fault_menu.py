"""The menu of faults.

`MENU` says of each what the client sees, and whether the request itself is executed.
"Executed" means: as usual. A request that the provider would refuse is refused even then, and only
what the client sees of it differs.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from sandbox.knobs import KnobError

MAXIMUM_SECONDS = 600.0
_MAXIMUM_HEADER_LENGTH = 200


@dataclass(frozen=True, slots=True)
class Fault:
    """A fault of the menu with its argument, already checked."""

    name: str
    argument: str
    executes: bool

    @property
    def text(self) -> str:
        """The fault as the script names it."""
        return f"{self.name}:{self.argument}" if self.argument else self.name


def parse_fault(text: object) -> Fault:
    """Read a fault of the menu.

    Raises:
        KnobError: Not on the menu, or its argument is out of bounds.
    """
    name, separator, argument = text.partition(":") if isinstance(text, str) else ("", "", "")
    kind = MENU.get(name)
    if kind is None or (kind.check is None and separator):
        raise KnobError(f"must be one of {', '.join(_menu())}")
    if not separator and kind.check is not None:
        if kind.default is None:
            raise KnobError(f"must be one of {', '.join(_menu())}")
        argument = kind.default
    if kind.check is not None:
        kind.check(argument)
    return Fault(name, argument.strip(), kind.executes)


def _check_status(argument: str) -> None:
    if not re.fullmatch("[2-5][0-9]{2}", argument) or argument in ("204", "205", "304"):
        raise KnobError("needs a status from 200 to 599 that may have a body")


def _check_milliseconds(argument: str) -> None:
    _check_number(argument, maximum=MAXIMUM_SECONDS * 1000)


def _check_seconds(argument: str) -> None:
    _check_number(argument, maximum=MAXIMUM_SECONDS)


def _check_number(argument: str, *, maximum: float) -> None:
    if not re.fullmatch(r"[0-9]{1,9}(\.[0-9]{1,9})?", argument) or float(argument) > maximum:
        raise KnobError(f"needs a number from 0 to {maximum:g}")


def _check_header_text(argument: str) -> None:
    fits = argument.isascii() and argument.isprintable()
    if not fits or len(argument) > _MAXIMUM_HEADER_LENGTH:
        raise KnobError(f"needs at most {_MAXIMUM_HEADER_LENGTH} printable ASCII characters")


@dataclass(frozen=True, slots=True)
class Kind:
    """A line of the menu. `argument` names what follows the colon; without a check nothing may."""

    executes: bool
    meaning: str
    argument: str = ""
    check: Callable[[str], None] | None = None
    default: str | None = None


MENU = {
    "accept_then_drop": Kind(True, "the connection is closed without an answer"),
    "accept_then_hang": Kind(True, "held so long, then closed", "seconds", _check_seconds),
    "accept_then_html": Kind(True, "that status with an HTML body", "status", _check_status),
    "accept_then_status": Kind(
        True, "that status with the provider's error body", "status", _check_status
    ),
    "broken_json": Kind(True, "the true status, half of the body, correctly framed"),
    "drip": Kind(True, "the body comes in small pieces over so long", "seconds", _check_seconds),
    "drop_before_accept": Kind(False, "the connection is closed without an answer"),
    "empty": Kind(True, "the true status with an empty body"),
    "hang": Kind(False, "held so long, then closed", "seconds", _check_seconds),
    "html": Kind(False, "that status with an HTML body", "status", _check_status, default="502"),
    "retry_after": Kind(
        False, "429 with that Retry-After; an empty text sends none", "text", _check_header_text
    ),
    "slow": Kind(True, "the answer comes so much later", "milliseconds", _check_milliseconds),
    "status": Kind(False, "that status with the provider's error body", "status", _check_status),
    "truncated": Kind(True, "half of the promised body, then the connection is closed"),
}


def _menu() -> list[str]:
    return [f"{name}:<argument>" if kind.check is not None else name for name, kind in MENU.items()]

"""The fault script: on the n-th call of a route, something goes wrong.

A rule names a route as ``POST /emails/send``: a method, a blank, and the path without the
provider's prefix. The method may be ``*``. A segment in braces, as ``{id}``, stands for any one
segment; every other segment must be equal. A slash at the end does not count. A rule must fit at
least one route that the sandbox serves, so that a misspelt rule is refused and not silently idle.

Every rule counts each call that fits it. It lets the first `skip` pass, then fires on every
`every`-th call until it fired `times` times (once when omitted, for ever when null). Of several
rules that are due on one call, the one added first fires; the others stay due.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sandbox.exchange import Route, RouteTable
from sandbox.fault_menu import Fault, parse_fault
from sandbox.knobs import KnobError, checked, integer, optional


@dataclass(slots=True)
class Rule:
    """One line of the script and how often it has counted and fired."""

    route: str
    fault: Fault
    times: int | None
    skip: int
    every: int
    number: int
    calls: int = 0
    fired: int = 0

    def is_due(self) -> bool:
        """Whether the call just counted is one that it fires on."""
        if self.times is not None and self.fired >= self.times:
            return False
        beyond = self.calls - self.skip
        return beyond >= 1 and (beyond - 1) % self.every == 0

    def document(self) -> dict[str, object]:
        """The rule as the control interface shows it."""
        return {
            "route": self.route,
            "fault": self.fault.text,
            "times": self.times,
            "skip": self.skip,
            "every": self.every,
            "calls": self.calls,
            "fired": self.fired,
        }


class FaultScript:
    """The rules in force, in the order in which they were added."""

    def __init__(self, tables: tuple[RouteTable, ...]) -> None:
        self._tables = tables
        self.rules: list[Rule] = []
        self._added = 0

    def add(self, values: Mapping[str, object]) -> Rule:
        """Append a rule.

        Raises:
            KnobError: A field is missing, unknown or refused, or no served route fits.
        """
        given = checked(
            values,
            checks={
                "route": self._check_route,
                "fault": parse_fault,
                "times": optional(integer(1, 1_000_000)),
                "skip": integer(0, 1_000_000),
                "every": integer(1, 1_000_000),
            },
        )
        missing = {"route", "fault"} - given.keys()
        if missing:
            raise KnobError(f"missing: {', '.join(sorted(missing))}")
        self._added += 1
        defaults = {"times": 1, "skip": 0, "every": 1, "number": self._added}
        rule = Rule(**{**defaults, **given})  # type: ignore[arg-type]  # checked by name
        self.rules.append(rule)
        return rule

    def due(self, method: str, *, path: str) -> Fault | None:
        """Count a call and say which fault strikes it."""
        if not self.rules:
            return None
        struck: Rule | None = None
        for rule in self.rules:
            if not route_fits(rule.route, method=method, path=path):
                continue
            rule.calls += 1
            if struck is None and rule.is_due():
                struck = rule
        if struck is None:
            return None
        struck.fired += 1
        return struck.fault

    def remove(self, number: int) -> bool:
        """Remove the rule of that number; whether there was one."""
        for rule in self.rules:
            if rule.number == number:
                self.rules.remove(rule)
                return True
        return False

    def clear(self) -> None:
        """Remove every rule."""
        self.rules.clear()

    def known_routes(self) -> list[str]:
        """Every served route as a rule names it."""
        routes = (route for table in self._tables for route in table.routes)
        return [f"{route.method} {route.pattern}" for route in routes]

    def _check_route(self, value: object) -> object:
        routes = [route for table in self._tables for route in table.routes]
        if not isinstance(value, str) or not any(_may_fit(value, route=route) for route in routes):
            raise KnobError(f"fits no served route; served: {', '.join(self.known_routes())}")
        return value


def route_fits(rule: str, *, method: str, path: str) -> bool:
    """Whether a rule's route fits a call; see the module for the rule."""
    expected_method, _, expected_path = rule.partition(" ")
    if expected_method not in ("*", method):
        return False
    expected, actual = _segments(expected_path), _segments(path)
    return len(expected) == len(actual) and all(
        wanted == given or _is_open(wanted) for wanted, given in zip(expected, actual, strict=True)
    )


def _may_fit(rule: str, *, route: Route) -> bool:
    method, _, path = rule.partition(" ")
    if method not in ("*", route.method):
        return False
    ours, theirs = _segments(path), _segments(route.pattern)
    return len(ours) == len(theirs) and all(
        one == other or _is_open(one) or _is_open(other)
        for one, other in zip(ours, theirs, strict=True)
    )


def _segments(path: str) -> list[str]:
    return path.rstrip("/").split("/")


def _is_open(segment: str) -> bool:
    return segment.startswith("{") and segment.endswith("}")

"""A dashboard's body: its widgets, and where each stands."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from local.errors import LocalStackError

# CloudWatch's grid, and what it takes for a widget that says nothing.
COLUMNS = 24
_DEFAULT_WIDTH = 6
_DEFAULT_HEIGHT = 6
DEFAULT_RANGE = timedelta(hours=3)

_DURATION = re.compile(r"-P(?:(?P<days>\d+)D)?(?:T(?:(?P<hours>\d+)H)?(?:(?P<minutes>\d+)M)?)?")


@dataclass(frozen=True)
class Frame:
    """In cells of the grid, from the upper left."""

    x: int
    y: int
    width: int
    height: int

    def below(self, rows: int) -> Frame:
        return replace(self, y=self.y + rows)


@dataclass(frozen=True)
class Widget:
    kind: str
    frame: Frame
    properties: Mapping[str, Any]


@dataclass(frozen=True)
class Body:
    widgets: tuple[Widget, ...]
    range: timedelta

    @property
    def rows(self) -> int:
        return max((each.frame.y + each.frame.height for each in self.widgets), default=0)


def parse(text: str, *, name: str) -> Body:
    """Raises LocalStackError naming the dashboard when the text is no body of one."""
    try:
        body = json.loads(text)
        given = body.get("widgets", [])
        widgets = _placed([dict(each) for each in given])
    except (ValueError, TypeError, AttributeError) as error:
        raise LocalStackError(f"the body of dashboard {name} cannot be read: {error}") from error
    return Body(widgets, _range(body.get("start")))


def _placed(given: list[dict[str, Any]]) -> tuple[Widget, ...]:
    """Widgets without a place follow each other from left to right, below all that have one."""
    placed: list[Widget] = []
    x = 0
    y = max((int(each["y"]) + _size(each)[1] for each in given if "y" in each), default=0)
    row_height = 0
    for each in given:
        width, height = _size(each)
        if "x" in each and "y" in each:
            frame = Frame(int(each["x"]), int(each["y"]), width, height)
        else:
            if x + width > COLUMNS:
                x, y, row_height = 0, y + row_height, 0
            frame = Frame(x, y, width, height)
            x, row_height = x + width, max(row_height, height)
        placed.append(Widget(str(each.get("type")), frame, each.get("properties") or {}))
    return tuple(placed)


def _size(given: Mapping[str, Any]) -> tuple[int, int]:
    return (
        int(given.get("width", _DEFAULT_WIDTH)),
        int(given.get("height", _DEFAULT_HEIGHT)),
    )


def _range(start: object) -> timedelta:
    found = _DURATION.fullmatch(start) if isinstance(start, str) else None
    if found is None:
        return DEFAULT_RANGE
    parts = {unit: int(number) for unit, number in found.groupdict().items() if number}
    return timedelta(**parts) if parts else DEFAULT_RANGE

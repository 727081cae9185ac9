"""The lines of a metric widget, from the short notation that dashboards have for metrics."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

DEFAULT_PERIOD_SECONDS = 300
_SAME, _SAME_UNTIL_HERE = ".", "..."


@dataclass(frozen=True)
class Line:
    """One metric or expression, and how it is drawn."""

    query: Mapping[str, Any]
    color: str | None
    right: bool

    @property
    def id(self) -> str:
        return str(self.query["Id"])


def lines(properties: Mapping[str, Any]) -> list[Line]:
    """All, also those that only others compute with. Raises ValueError for what is no metric."""
    found: list[Line] = []
    before: list[str] = []
    for number, row in enumerate(properties.get("metrics") or ()):
        if not isinstance(row, list) or not row:
            raise ValueError(f"metric {number + 1} is no list")
        options = row[-1] if isinstance(row[-1], dict) else {}
        names = [str(each) for each in row if not isinstance(each, dict)]
        if "expression" in options:
            query = {"Expression": options["expression"]}
        else:
            before = _unabbreviated(names, before=before)
            query = {"MetricStat": _measured(before, options, properties)}
        found.append(_line(query, options, number=number))
    return found


def _line(query: dict[str, Any], options: Mapping[str, Any], *, number: int) -> Line:
    query["Id"] = options.get("id") or f"line{number}"
    query["ReturnData"] = options.get("visible", True)
    if options.get("label"):
        query["Label"] = options["label"]
    return Line(query, options.get("color"), options.get("yAxis") == "right")


def _unabbreviated(names: list[str], *, before: list[str]) -> list[str]:
    """`.` repeats the word above it, and `...` all words above it but for the last ones."""
    if names and names[0] == _SAME_UNTIL_HERE:
        names = before[: len(before) - len(names) + 1] + names[1:]
    words = [
        before[place] if word == _SAME and place < len(before) else word
        for place, word in enumerate(names)
    ]
    if len(words) < 2 or len(words) % 2 or _SAME in words:
        raise ValueError(f"not a metric: {' '.join(words)}")
    return words


def _measured(
    words: list[str], options: Mapping[str, Any], properties: Mapping[str, Any]
) -> dict[str, Any]:
    namespace, name, *rest = words
    pairs = zip(rest[::2], rest[1::2], strict=True)
    dimensions = [{"Name": key, "Value": value} for key, value in pairs]
    period = options.get("period") or properties.get("period") or DEFAULT_PERIOD_SECONDS
    return {
        "Metric": {"Namespace": namespace, "MetricName": name, "Dimensions": dimensions},
        "Period": int(period),
        "Stat": options.get("stat") or properties.get("stat") or "Average",
    }

"""Metrics in a line of a log: CloudWatch's embedded metric format.

A document that breaks the format gives no metric at all. AWS says so of the format as a whole, and
not of one bad metric among good ones.
"""

from __future__ import annotations

import functools
import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from botocore.loaders import create_loader

from local.emulator.cloudwatch.points import RETENTION_SECONDS, Metric

# Limits of the specification, and of PutMetricData for what it leaves out.
_LIMIT_METRICS = 100
_LIMIT_VALUES = 100
_LIMIT_DIMENSIONS = 30
_LIMIT_DIMENSION_CHARACTERS = 1024
_LIMIT_FUTURE_SECONDS = 2 * 3600


class EmbeddedMetricError(ValueError):
    """The document breaks the format; `str()` says how."""


@dataclass(frozen=True)
class Measurement:
    """Values of one metric at one time, in epoch seconds."""

    metric: Metric
    values: tuple[float, ...]
    unit: str
    timestamp: float


@functools.cache
def _units() -> frozenset[str]:
    shapes = create_loader().load_service_model("cloudwatch", "service-2")["shapes"]
    return frozenset(shapes["StandardUnit"]["enum"])


def measurements(line: str, *, now: float) -> list[Measurement]:
    """Empty for a line that is no such document. Raises EmbeddedMetricError for a bad one."""
    if not line.lstrip().startswith("{"):
        return []
    try:
        root = json.loads(line)
    except ValueError:
        return []
    metadata = root.get("_aws") if isinstance(root, dict) else None
    if not isinstance(metadata, dict) or "CloudWatchMetrics" not in metadata:
        return []
    timestamp = _timestamp(metadata.get("Timestamp"), now=now)
    directives = _list(metadata["CloudWatchMetrics"], "CloudWatchMetrics")
    return [
        Measurement(metric, values, unit, timestamp)
        for directive in directives
        for metric, values, unit in _directed(directive, root)
    ]


def _directed(directive: object, root: Mapping[str, Any]) -> Iterator[tuple[Metric, Any, str]]:
    if not isinstance(directive, dict):
        raise EmbeddedMetricError("a metric directive is no object")
    namespace = _text(directive.get("Namespace"), "Namespace")
    sets = [_dimensions(each, root) for each in _list(directive.get("Dimensions"), "Dimensions")]
    definitions = _list(directive.get("Metrics"), "Metrics", limit=_LIMIT_METRICS)
    for definition in definitions:
        if not isinstance(definition, dict):
            raise EmbeddedMetricError("a metric definition is no object")
        name = _text(definition.get("Name"), "Name")
        unit = definition.get("Unit", "None")
        if unit not in _units():
            raise EmbeddedMetricError(f"{name} has no unit that CloudWatch knows: {unit}")
        values = _values(root.get(name), name)
        for dimensions in sets:
            yield Metric(namespace, name, dimensions), values, unit


def _dimensions(names: object, root: Mapping[str, Any]) -> dict[str, str]:
    chosen = {}
    for name in _list(names, "a dimension set", limit=_LIMIT_DIMENSIONS):
        value = root.get(name) if isinstance(name, str) else None
        if not isinstance(value, str) or not 1 <= len(value) <= _LIMIT_DIMENSION_CHARACTERS:
            raise EmbeddedMetricError(f"the dimension {name} has no text of 1 to 1024 characters")
        chosen[name] = value
    return chosen


def _values(target: object, name: str) -> tuple[float, ...]:
    given = target if isinstance(target, list) else [target]
    if len(given) > _LIMIT_VALUES:
        raise EmbeddedMetricError(f"{name} has more than {_LIMIT_VALUES} values")
    return tuple(_number(value, name) for value in given)


def _number(value: object, name: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise EmbeddedMetricError(f"{name} is no number")
    return float(value)


def _timestamp(milliseconds: object, *, now: float) -> float:
    seconds = _number(milliseconds, "Timestamp") / 1000
    if not now - RETENTION_SECONDS <= seconds <= now + _LIMIT_FUTURE_SECONDS:
        raise EmbeddedMetricError("Timestamp is too far from now")
    return seconds


def _list(found: object, name: str, *, limit: int | None = None) -> list[Any]:
    if not isinstance(found, list):
        raise EmbeddedMetricError(f"{name} is no list")
    if limit is not None and len(found) > limit:
        raise EmbeddedMetricError(f"{name} holds more than {limit} entries")
    return found


def _text(found: object, name: str) -> str:
    if not isinstance(found, str) or not found:
        raise EmbeddedMetricError(f"{name} is no text")
    return found

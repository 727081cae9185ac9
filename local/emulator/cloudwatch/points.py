"""The stored data points: where they are, how one is added, and how time passes for them."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from local.emulator.internals import ModuleFunction, ModuleStore

MODULE = "ministack.services.cloudwatch"
_METRICS = ModuleStore(module=MODULE, name="_metrics")
_KEY = ModuleFunction(module=MODULE, name="_dims_key", parameters=("dims",))
_STORE = ModuleFunction(
    module=MODULE,
    name="_store_datum",
    parameters=(
        "namespace",
        "name",
        "dims",
        "ts",
        "unit",
        "value",
        "values",
        "counts",
        "stat_values",
    ),
)
_EVICT = ModuleFunction(module=MODULE, name="_evict_old_metrics", parameters=())
INTERNALS = (_METRICS, _KEY, _STORE, _EVICT)

# AWS keeps points of one minute so long.
RETENTION_SECONDS = 15 * 24 * 3600
_EVICTION_INTERVAL_SECONDS = 60.0

Point = dict[str, Any]
Dimensions = Mapping[str, str]

# Requests run in the emulator's event loop, invocations and evaluations in threads of their own.
LOCK = threading.RLock()


@dataclass(frozen=True)
class Metric:
    """One metric: the same name with other dimensions is another one."""

    namespace: str
    name: str
    dimensions: Dimensions

    @property
    def key(self) -> tuple[str, str, str]:
        return (self.namespace, self.name, _KEY.read()(dict(self.dimensions)))


def points_of(metric: Metric) -> list[Point]:
    """A copy: points of the emulator's own shape, in the order in which they came."""
    with LOCK:
        return list(_METRICS.read().get(metric.key, ()))


def add(metric: Metric, values: Iterable[float], *, unit: str, timestamp: float) -> None:
    """`timestamp` in epoch seconds."""
    with LOCK:
        kept = _METRICS.read().setdefault(metric.key, [])
        kept.extend(
            {
                "Timestamp": timestamp,
                "Value": float(value),
                "Unit": unit,
                "Dimensions": dict(metric.dimensions),
            }
            for value in values
        )


def age(seconds: float) -> None:
    """All points of all accounts become that much older."""
    with LOCK:
        for point in _all_points():
            point["Timestamp"] -= seconds


def _all_points() -> Iterator[Point]:
    for kept in _METRICS.read()._data.values():
        yield from kept


def apply() -> None:
    store = _STORE.read()
    last_eviction = 0.0

    def store_datum(*given: Any) -> None:
        with LOCK:
            store(*given)

    # The emulator does this at every request, and loses points that come meanwhile.
    def evict_old_metrics() -> None:
        nonlocal last_eviction
        now = time.time()
        with LOCK:
            if now - last_eviction < _EVICTION_INTERVAL_SECONDS:
                return
            last_eviction = now
            evict(_METRICS.read()._data, before=now - RETENTION_SECONDS)

    _STORE.write(store_datum)
    _EVICT.write(evict_old_metrics)


def evict(stored: dict[Any, list[Point]], *, before: float) -> None:
    """Forgets the points that are older, and metrics without any."""
    for key, points in list(stored.items()):
        points[:] = [point for point in points if point["Timestamp"] >= before]
        if not points:
            del stored[key]

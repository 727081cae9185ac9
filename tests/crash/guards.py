"""Stands between the application and its adapters: a point before and after each call of a port."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from typing import Any

from tests.crash.points import here, passing


class Guarded:
    """An adapter whose calls pass points named after the port."""

    def __init__(self, adapter: Any, *, port: str) -> None:
        self._adapter = adapter
        self._port = port

    def __getattr__(self, name: str) -> Any:
        value = getattr(self._adapter, name)
        if name.startswith("_") or not callable(value):
            return value
        return functools.partial(_call, f"{self._port}.{name}", value)


def _call(name: str, function: Callable[..., Any], *args: Any, **named: Any) -> Any:
    passing(f"{name}:before")
    result = _within(name, lambda: function(*args, **named))
    if isinstance(result, Iterator):
        # Its effects happen while it is walked.
        return _walk(name, result)
    passing(f"{name}:after")
    return result


def _walk(name: str, items: Iterator[Any]) -> Iterator[Any]:
    end = object()
    try:
        while (item := _within(name, lambda: next(items, end))) is not end:
            yield item
    except GeneratorExit:
        # The caller has found what it was looking for.
        passing(f"{name}:after")
        raise
    passing(f"{name}:after")


def _within(name: str, function: Callable[[], Any]) -> Any:
    outer, here.call = here.call, name
    try:
        return function()
    finally:
        here.call = outer

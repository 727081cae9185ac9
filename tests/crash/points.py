"""The named points at which a process can be killed, and the killing."""

from __future__ import annotations

import os
import signal
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, NoReturn

# Any passage of any point.
ANY_POINT = "any"
# Not a point in the code: the parent kills after a while, wherever the process is.
ANY_MOMENT = "moment"


@dataclass(frozen=True, slots=True)
class Kill:
    """Where the process is to die.

    Args:
        point: A point's name, `ANY_POINT` or `ANY_MOMENT`.
        passage: At which passage of the point, from 1; of `ANY_MOMENT` after how many ms.
    """

    point: str
    passage: int = 1

    def __str__(self) -> str:
        unit = " ms" if self.point == ANY_MOMENT else ". passage"
        return f"{self.point} ({self.passage}{unit})"


class Points:
    """Counts the passages of one process, and kills it at the one that it is armed for."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._kill: Kill | None = None
        self._left = 0
        self._meanwhile: dict[str, Callable[[], None]] = {}
        self._passed: Counter[str] = Counter()
        self._unnamed: set[str] = set()

    def arm(self, kill: Kill | None, *, passed_before: int = 0) -> None:
        """For the next passages; `passed_before` counts those of earlier processes."""
        self._kill = kill
        self._left = 0 if kill is None else max(1, kill.passage - passed_before)

    def meanwhile(self, name: str, happens: Callable[[], None]) -> None:
        """Something that happens in the world just when the point is passed for the first time."""
        self._meanwhile[name] = happens

    def note_unnamed(self, service: str) -> None:
        """A request to this service belongs to no port."""
        self._unnamed.add(service)

    def passing(self, name: str) -> None:
        happens = self._meanwhile.pop(name, None)
        if happens is not None:
            with silence():
                happens()
        with self._lock:
            self._passed[name] += 1
            if self._kill is not None and self._kill.point in (name, ANY_POINT):
                self._left -= 1
                if self._left == 0:
                    die()

    def report(self) -> dict[str, Any]:
        """What was passed since the last report."""
        report = {"passed": dict(self._passed), "unnamed": sorted(self._unnamed)}
        self._passed.clear()
        self._unnamed.clear()
        return report


def die() -> NoReturn:
    """As the kernel ends a process: no handler, no cleanup, no flush."""
    os.kill(os.getpid(), signal.SIGKILL)
    raise AssertionError("outlived SIGKILL")


class _Here(threading.local):
    """The call of a port that this thread is in; empty outside of all."""

    call = ""
    is_silent = False


here = _Here()


@contextmanager
def silence() -> Iterator[None]:
    """What this thread does meanwhile is the world's doing, and passes no points."""
    here.is_silent = True
    try:
        yield
    finally:
        here.is_silent = False


_active: Points | None = None


def activate(points: Points | None) -> None:
    """From here on this process passes those points; None for none."""
    global _active
    _active = points


def active() -> Points | None:
    return _active


def passing(name: str) -> None:
    """Called wherever a point stands."""
    if _active is not None and not here.is_silent:
        _active.passing(name)

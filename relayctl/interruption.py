"""Ctrl-C and SIGTERM end a command in order, and not between two effects that belong together."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import NoReturn

_SIGNALS = (signal.SIGINT, signal.SIGTERM)


@contextmanager
def together() -> Iterator[None]:
    """A signal that comes within the block takes effect after it. For blocks of a few seconds.

    For the main thread only, as signals are. Handlers are exchanged, instead of the signals being
    blocked for this thread, because another thread would take a blocked one.
    """
    caught: list[int] = []

    def note(number: int, frame: FrameType | None) -> None:
        del frame
        caught.append(number)

    before = [(number, signal.signal(number, note)) for number in _SIGNALS]
    try:
        yield
    finally:
        for number, handler in before:
            signal.signal(number, handler)
    if caught:
        raise KeyboardInterrupt


@contextmanager
def ending_in_order() -> Iterator[None]:
    """SIGTERM ends the block as Ctrl-C does, so that what is held is given back on the way out."""
    before = signal.signal(signal.SIGTERM, _interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _interrupt(number: int, frame: FrameType | None) -> NoReturn:
    del number, frame
    raise KeyboardInterrupt

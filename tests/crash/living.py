"""How a process and its forks live: by the clock of the run, and without threads at first."""

from __future__ import annotations

import gc
import threading
import time
from typing import SupportsIndex

from tests.crash.clock import SharedClock
from tests.crash.points import active

_THREADS_END_SECONDS = 5.0


def live_by(clock: SharedClock) -> None:
    """The application lives by this clock. Where it sleeps, that moves on, and nobody waits.

    Has to come before modules of the application that keep the function by a name of their own.
    """
    from formarelay.clock import SystemClock

    SystemClock.wall = lambda _: clock.wall()  # type: ignore[method-assign,assignment]
    SystemClock.monotonic = lambda _: clock.monotonic()  # type: ignore[method-assign,assignment]
    really_sleep = time.sleep
    moving = threading.Lock()

    def sleep(seconds: float | SupportsIndex) -> None:
        if active() is None:
            really_sleep(seconds)
            return
        until = clock.monotonic() + float(seconds)
        with moving:
            # Less when another thread has slept meanwhile.
            clock.advance(max(0.0, until - clock.monotonic()))
        really_sleep(0)

    time.sleep = sleep


def wait_for_threads() -> None:
    """Waits until this thread is the only one: a fork of a process with others is half a process.

    What they belong to must be out of reach. Raises AssertionError when they stay.
    """
    gc.collect()
    deadline = time.monotonic() + _THREADS_END_SECONDS
    while threading.active_count() > 1:
        if time.monotonic() > deadline:
            raise AssertionError(f"threads are left: {threading.enumerate()}")
        time.sleep(0.001)

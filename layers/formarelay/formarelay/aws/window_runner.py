"""Carries out the steps of a shared window against its item in DynamoDB."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

from formarelay.aws.window_store import WindowStore
from formarelay.window import Pause, Steps

Result = TypeVar("Result")


class WindowRunner:
    """Answers what the window's policy asks, until it has a result.

    Args:
        store: The window's item.
        pause: Sleeps between attempts, for milliseconds.
    """

    def __init__(self, store: WindowStore, *, pause: Callable[[float], None] = time.sleep) -> None:
        self._store = store
        self._pause = pause

    def run(self, steps: Steps[Result]) -> Result:
        """The result of the steps. Raises `TransientError` when DynamoDB cannot answer."""
        try:
            request = next(steps)
            while True:
                if isinstance(request, Pause):
                    self._pause(request.seconds)
                    request = next(steps)
                else:
                    request = steps.send(self._store.answer(request))
        except StopIteration as stop:
            result: Result = stop.value
            return result

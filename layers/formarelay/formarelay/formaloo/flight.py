"""One thread does the work, the others wait for its result."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import Generic, TypeVar

from formarelay.errors import FormaError

T = TypeVar("T")


class SingleFlight(Generic[T]):
    """Runs `work` at most once at a time.

    Who calls while it runs waits and gets the same result, or the same error. A failure is not
    kept: the next call works again. What `work` stores for `ready` to find must be stored before
    it returns; then no caller can fall between the two and work a second time.
    """

    def __init__(self, work: Callable[[], T]) -> None:
        self._work = work
        self._lock = threading.Lock()
        self._flight: Future[T] | None = None

    def result(self, *, ready: Callable[[], T | None]) -> T:
        """What `ready` holds, else the result of the work in progress, else of one started now.

        Raises:
            FormaError: The work failed; each waiting thread gets its own copy.
            Whatever else `work` raises, in the thread that ran it alone: each of the waiting ones
                then works for itself, one after the other.
        """
        while True:
            with self._lock:
                held = ready()
                if held is not None:
                    return held
                flight = self._flight
                if flight is None:
                    self._flight = mine = Future[T]()
                    break
            error = flight.exception()
            if error is None:
                return flight.result()
            if isinstance(error, FormaError):
                raise own_copy(error) from error
        return self._lead(mine)

    def _lead(self, flight: Future[T]) -> T:
        try:
            result = self._work()
        except BaseException as error:
            self._land()
            flight.set_exception(error)
            raise
        self._land()
        flight.set_result(result)
        return result

    def _land(self) -> None:
        with self._lock:
            self._flight = None


def own_copy(error: FormaError) -> FormaError:
    """An equal error: an exception object raised in two threads at once mixes their tracebacks."""
    copy = type(error).__new__(type(error), *error.args)
    copy.__dict__.update(error.__dict__)
    return copy

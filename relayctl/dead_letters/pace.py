"""How fast letters go back on the queue."""

from __future__ import annotations

from collections.abc import Callable

# Amazon SQS quotas: entries of a batch.
_BATCH_ENTRIES = 10


class Pace:
    """At most `rate` letters a second on the average, or as fast as it goes."""

    def __init__(
        self, rate: float | None, *, now: Callable[[], float], sleep: Callable[[float], None]
    ) -> None:
        self._rate = rate
        self._now = now
        self._sleep = sleep
        self._free_at = now()

    @property
    def group_entries(self) -> int:
        """How many letters may go together without being a burst."""
        rate = _BATCH_ENTRIES if self._rate is None else int(self._rate)
        return min(_BATCH_ENTRIES, max(1, rate))

    def wait(self, letters: int) -> None:
        """Waits until so many letters may go."""
        if self._rate is None:
            return
        start = max(self._now(), self._free_at)
        self._free_at = start + letters / self._rate
        if start > self._now():
            self._sleep(start - self._now())

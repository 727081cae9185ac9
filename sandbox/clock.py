"""The sandbox's own clock: everything that the sandbox judges, it judges by this."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import formatdate

LATEST_UNIX_SECONDS = 4102444800.0  # 2100-01-01: keeps every derived date printable
_ANY_MONTH = timedelta(days=31)


class Clock:
    """The machine's time plus a movable offset."""

    def __init__(self, *, source: Callable[[], float] = time.time) -> None:
        self._source = source
        self.offset_seconds = 0.0

    def now(self) -> float:
        """Unix seconds with fraction, as the sandbox sees them."""
        return self._source() + self.offset_seconds

    def move_to_offset(self, offset_seconds: float) -> None:
        """Shift the clock against the machine's.

        Raises:
            ValueError: The resulting time is not between 1970 and 2100.
        """
        now = self._source() + offset_seconds
        if not math.isfinite(now) or not 0 <= now <= LATEST_UNIX_SECONDS:
            raise ValueError("the sandbox's clock must stay between 1970 and 2100")
        self.offset_seconds = offset_seconds

    def move_to(self, unix_seconds: float) -> None:
        """Set the present instant; from there the clock runs on. Raises as `move_to_offset`."""
        self.move_to_offset(unix_seconds - self._source())

    def http_date(self) -> str | None:
        """The `Date` header when it must differ from the machine's own, else None."""
        return formatdate(self.now(), usegmt=True) if self.offset_seconds else None


def iso_milliseconds(unix_seconds: float) -> str:
    """ISO 8601 with milliseconds and Z (Forma Mail's form)."""
    moment = datetime.fromtimestamp(unix_seconds, UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def naive_microseconds(unix_seconds: float) -> str:
    """ISO 8601 in UTC with microseconds and without a zone (Formaloo's form)."""
    moment = datetime.fromtimestamp(unix_seconds, UTC).replace(tzinfo=None)
    return moment.isoformat(timespec="microseconds")


def parse_instant(text: str) -> float:
    """Unix seconds of an ISO 8601 instant; without a zone it is read as UTC.

    Raises:
        ValueError: The text is no such instant, or lies outside 1970 to 2100.
    """
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    unix_seconds = moment.timestamp()
    if not 0 <= unix_seconds <= LATEST_UNIX_SECONDS:
        raise ValueError("not between 1970 and 2100")
    return unix_seconds


def month_of(unix_seconds: float) -> tuple[float, float]:
    """Where the calendar month of an instant begins, and where the next one does (UTC)."""
    start = _month_start(datetime.fromtimestamp(unix_seconds, UTC))
    return start.timestamp(), _month_start(start + _ANY_MONTH).timestamp()


def _month_start(moment: datetime) -> datetime:
    return moment.replace(day=1, hour=0, minute=0, second=0, microsecond=0)

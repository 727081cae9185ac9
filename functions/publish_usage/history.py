"""What was used when: a counter that no renewal sets back, and one sample of it an hour.

It outlives the function, so that a restart does not blind the forecast. Gaps are bridged by a
straight line. Of a quota's limit it knows nothing: a top-up changes what remains and no pace.
"""

from __future__ import annotations

import math
from bisect import bisect_right

from msgspec import Struct
from msgspec.structs import replace

HOUR_SECONDS = 3600
# Two weeks, for what each day of the last one had more than the same day before; an hour on top.
KEPT_SECONDS = (14 * 24 + 1) * HOUR_SECONDS
# A figure that falls within its period is nonsense at first, and a correction when it stays.
BELIEVED_FALLS = 3

# Unix seconds, and the counter then.
Sample = tuple[int, float]


class History(Struct, frozen=True, kw_only=True):
    """The use of one quota.

    Args:
        period: First day of the billing period, as it was last told; empty when it never was.
        used: The last figure that was believed.
        consumed: All that was used since the history began.
        samples: Hourly, oldest first.
        falls: How often in a row the figure was lower than before.
    """

    period: str
    used: float
    consumed: float
    samples: tuple[Sample, ...]
    falls: int = 0

    def consumed_at(self, at: float, *, now: float) -> float | None:
        """The counter at an instant before `now`; None before the first sample."""
        index = bisect_right(self.samples, (at, math.inf))
        if index == 0:
            return None
        start, before = self.samples[index - 1]
        later = self.samples[index] if index < len(self.samples) else (now, self.consumed)
        if later[0] <= start:
            return before
        return before + (later[1] - before) * (at - start) / (later[0] - start)

    def between(self, start: float, end: float, *, now: float) -> float | None:
        """What was used from one instant to another; None when that is not known."""
        before, after = self.consumed_at(start, now=now), self.consumed_at(end, now=now)
        return None if before is None or after is None else after - before


def begun(*, used: float, period: str, now: float) -> History:
    """The history after its first figure."""
    return History(period=period, used=used, consumed=used, samples=((int(now), used),))


def continued(history: History, *, used: float, period: str, now: float) -> tuple[History, str]:
    """The history after another figure, and why the figure is not believed; empty when it is.

    A later period begins at 0. A lower figure, or an earlier period, is believed when it was told
    three times in a row; nothing of what was used is forgotten then.
    """
    renewed = period > history.period != ""
    went_back = "" < period < history.period
    if (used < history.used and not renewed) or went_back:
        falls = history.falls + 1
        if falls < BELIEVED_FALLS:
            return replace(history, falls=falls), "other_period" if went_back else "fell"
        return replace(history, used=used, period=period or history.period, falls=0), ""
    consumed = history.consumed + used - (0 if renewed else history.used)
    return (
        History(
            period=period or history.period,
            used=used,
            consumed=consumed,
            samples=_sampled(history.samples, int(now), consumed),
        ),
        "",
    )


def _sampled(samples: tuple[Sample, ...], now: int, consumed: float) -> tuple[Sample, ...]:
    if samples and now // HOUR_SECONDS <= samples[-1][0] // HOUR_SECONDS:
        return samples
    kept = bisect_right(samples, (now - KEPT_SECONDS, math.inf))
    # The last one before what is kept: a window that begins between the two needs both.
    return (*samples[max(0, kept - 1) :], (now, consumed))

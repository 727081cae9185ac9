"""The function's own policy over simulated months, and the alarms as the template has them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from bench.forecast.curves import BEGIN, CAMPAIGN, END, JANUARY, STEP_SECONDS, Curve
from formarelay.formamail.models import Allowance, Usage
from publish_usage.mail_quotas import Histories, judged

# As in template.yaml; a test compares them.
WARNING_PERCENT = 80.0
CRITICAL_PERCENT = 95.0
FORECAST_HOURS = 1.0
FORECAST_PERIODS = 3

WARNING, CRITICAL, FORECAST = "warning", "critical", "forecast"
ALARMS = (WARNING, CRITICAL, FORECAST)


@dataclass
class Alarm:
    """One alarm over a month: how many points in a row breach, and when it was in alarm."""

    periods: int
    breaching: int = 0
    since: int | None = None
    episodes: list[tuple[int, int]] = field(default_factory=list)

    def sees(self, at: int, *, breaches: bool) -> None:
        self.breaching = self.breaching + 1 if breaches else 0
        if self.since is None and self.breaching >= self.periods:
            self.since = at
        elif self.since is not None and not breaches:
            self.episodes.append((self.since, at))
            self.since = None

    def ends(self, at: int) -> None:
        if self.since is not None:
            self.episodes.append((self.since, at))
            self.since = None


@dataclass(frozen=True, kw_only=True)
class Result:
    """A month as the alarms saw it.

    Args:
        curve: Of the month.
        ended_at: When the quota was used up; None when it lasted.
        episodes: For each alarm, when it was in alarm in January.
    """

    curve: Curve
    ended_at: int | None
    episodes: dict[str, list[tuple[int, int]]]

    def hours_ahead(self, alarm: str) -> float | None:
        """From the alarm that stood when the quota ended to that end; None without one."""
        if self.ended_at is None:
            return None
        standing = [
            since for since, until in self.episodes[alarm] if since <= self.ended_at <= until
        ]
        return (self.ended_at - standing[0]) / 3600 if standing else None

    @property
    def campaign_hours(self) -> float | None:
        """From the campaign's begin to the end of the quota."""
        if self.ended_at is None or not self.curve.extra:
            return None
        return (self.ended_at - CAMPAIGN) / 3600

    @property
    def false_forecasts(self) -> int:
        """Alarms of a quota that did not end."""
        if self.ended_at is None:
            return len(self.episodes[FORECAST])
        return sum(until < self.ended_at for _, until in self.episodes[FORECAST])


def run(curve: Curve) -> Result:
    """One month, a figure every five minutes."""
    alarms = {
        WARNING: Alarm(periods=1),
        CRITICAL: Alarm(periods=1),
        FORECAST: Alarm(periods=FORECAST_PERIODS),
    }
    ended_at, at = None, JANUARY
    for at, figures, exhausted in _figures(curve):
        percent, shortfall = figures.get("QuotaUsedPercent"), figures.get("QuotaShortfallHours")
        # The template ignores missing data: an alarm keeps its state.
        if percent is not None:
            alarms[WARNING].sees(at, breaches=percent >= WARNING_PERCENT)
            alarms[CRITICAL].sees(at, breaches=percent >= CRITICAL_PERCENT)
        if shortfall is not None:
            alarms[FORECAST].sees(at, breaches=shortfall > FORECAST_HOURS)
        if exhausted:
            ended_at = at
            break
    for alarm in alarms.values():
        alarm.ends(at)
    return Result(
        curve=curve,
        ended_at=ended_at,
        episodes={name: alarm.episodes for name, alarm in alarms.items()},
    )


def _figures(curve: Curve) -> Iterator[tuple[int, dict[str, float], bool]]:
    """January, and December before it for the history: what is published of mails."""
    histories: Histories = {}
    used, period = 0, "2026-12-01"
    for at, sent in zip(range(BEGIN, END, STEP_SECONDS), curve.sent(), strict=True):
        if at == JANUARY:
            used, period = 0, "2027-01-01"
        limit = curve.limit(at)
        used = min(limit, used + sent)
        figures: dict[str, float] = {}
        if not curve.is_silent(at):
            email = Allowance(used=used, limit=limit, remaining=limit - used)
            found = judged(Usage(email=email, billing_period=period), histories, now=float(at))
            histories = found.histories
            figures = {
                datum.name: datum.value
                for datum in found.data
                if datum.dimensions["resource"] == "email"
            }
        if at >= JANUARY:
            yield at, figures, used >= limit

"""Months of use: what is sent in each five minutes, and what the provider tells of it.

Shapes are those that real senders have: a wave a day, office hours, a job at night, a newsletter a
week, invoices at the month's begin, and noise on all of them. Every figure follows from a seed.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

STEP_SECONDS = 300
STEPS_A_DAY = 288
QUOTA = 100_000
# Two weeks of December come before, so that January begins with a whole history.
BEGIN = int(datetime(2026, 12, 17, tzinfo=UTC).timestamp())
JANUARY = int(datetime(2027, 1, 1, tzinfo=UTC).timestamp())
END = int(datetime(2027, 2, 1, tzinfo=UTC).timestamp())
# A Tuesday, ten o'clock.
CAMPAIGN = int(datetime(2027, 1, 12, 10, tzinfo=UTC).timestamp())
DAYS = 31

# How busy a moment is, against the mean of a week.
Shape = Callable[[datetime], float]


def steady(_at: datetime) -> float:
    return 1.0


def daily_wave(at: datetime) -> float:
    return 1.0 + 0.9 * math.sin((at.hour + at.minute / 60 - 8) / 24 * 2 * math.pi)


def office_hours(at: datetime) -> float:
    busy = at.weekday() < 5 and 8 <= at.hour < 18
    return 2.9 if busy else 0.14


def nightly_job(at: datetime) -> float:
    return 20.0 if at.hour == 2 else 0.17


def weekly_newsletter(at: datetime) -> float:
    # Two thirds of a week's mail in three hours of a Tuesday.
    return 38.0 if at.weekday() == 1 and 10 <= at.hour < 13 else 0.33


def monthly_invoices(at: datetime) -> float:
    # A fifth of the month's mail in five hours of its first day.
    return 30.0 if at.day == 1 and 6 <= at.hour < 11 else 0.8 * daily_wave(at)


@dataclass(frozen=True, kw_only=True)
class Curve:
    """A month of use.

    Args:
        name: As the table shows it.
        shape: Of the ordinary mail.
        share: How much of the quota the ordinary mail takes in a month.
        extra: Mails an hour of a campaign, as a share of the quota.
        extra_hours: How long the campaign would last; it begins on the 12th at ten.
        office_only: Whether the campaign pauses outside of working hours.
        growth: By how much the ordinary mail grows a day, from the 5th on.
        topped_up_hours: When, after the campaign's begin, the quota is doubled; 0 for never.
        silent_hours: How long the publisher is silent, once every two days.
        noise: The spread of each hour's busyness.
        fresh: Whether the relay is installed on the 10th, without any history.
        seed: Of the noise.
    """

    name: str
    shape: Shape
    share: float
    extra: float = 0.0
    extra_hours: float = 0.0
    office_only: bool = False
    growth: float = 0.0
    topped_up_hours: float = 0.0
    silent_hours: float = 0.0
    noise: float = 0.25
    fresh: bool = False
    seed: int = 1

    def sent(self) -> list[int]:
        """Mails in each step from `BEGIN` to `END`."""
        chance = random.Random(f"{self.name} {self.seed}")  # noqa: S311 (a simulation)
        mean = self.share * QUOTA / (DAYS * STEPS_A_DAY)
        sent = []
        busyness, rest = 1.0, 0.0
        for at in range(BEGIN, END, STEP_SECONDS):
            moment = datetime.fromtimestamp(at, UTC)
            if at % 3600 == 0:
                busyness = chance.lognormvariate(-(self.noise**2) / 2, self.noise)
            rest += mean * self.shape(moment) * busyness * self._grown(at)
            rest += self._campaign(at, moment)
            sent.append(int(rest))
            rest -= int(rest)
        return sent

    def limit(self, at: int) -> int:
        topped_up = self.topped_up_hours and at >= CAMPAIGN + self.topped_up_hours * 3600
        return 2 * QUOTA if topped_up else QUOTA

    def is_silent(self, at: int) -> bool:
        """Whether no figure is published at this moment."""
        if self.fresh and at < JANUARY + 9 * 86_400:
            return True
        return (at - BEGIN) % (2 * 86_400) < self.silent_hours * 3600

    def _grown(self, at: int) -> float:
        days = (at - JANUARY) / 86_400 - 4
        return (1 + self.growth) ** days if days > 0 else 1.0

    def _campaign(self, at: int, moment: datetime) -> float:
        runs = CAMPAIGN <= at < CAMPAIGN + self.extra_hours * 3600
        if not runs or (self.office_only and not 8 <= moment.hour < 18):
            return 0.0
        return self.extra * QUOTA * STEP_SECONDS / 3600

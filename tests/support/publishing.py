"""A publisher of usage among fakes."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Executor
from typing import Any

from formarelay.errors import TransientError
from formarelay.formamail.models import Allowance, Usage
from publish_usage.service import Questions, Round, UsageService
from tests.support.clock import ManualClock

# 2027-01-15, 08:00 UTC.
NOW = 1_800_000_000.0
JANUARY = "2027-01-01"
HOURS_LEFT_IN_JANUARY = 16 * 24 + 16
DAY = 86_400.0

Series = tuple[str, str, str]


def allowance(used: int, limit: int | None = 1000, remaining: int | None = None) -> Allowance:
    left = max(0, limit - used) if remaining is None and limit is not None else remaining
    return Allowance(used=used, limit=limit, remaining=left)


class FakeMetrics:
    def __init__(self) -> None:
        self.puts: list[list[Any]] = []
        self.failing = False

    def put(self, values: Any) -> None:
        if self.failing:
            raise TransientError("the metrics cannot be published", service="cloudwatch")
        self.puts.append(list(values))


class FakeNote:
    def __init__(self) -> None:
        self.text = ""
        self.failing: set[str] = set()

    def read(self) -> str:
        self._reach("read")
        return self.text

    def write(self, text: str) -> None:
        self._reach("write")
        self.text = text

    def _reach(self, operation: str) -> None:
        if operation in self.failing:
            raise TransientError(f"the note cannot be reached to {operation}", service="dynamodb")


class FakeGuard:
    def __init__(self) -> None:
        self.told: list[tuple[bool, bool]] = []
        self.failing = False

    def note_quota(self, *, exhausted: bool, reserved: bool) -> None:
        if self.failing:
            raise TransientError("the limiter cannot be reached", service="dynamodb")
        self.told.append((exhausted, reserved))


def answers(value: Any) -> Callable[[], Any]:
    """A question that is answered with the value, or by raising it."""

    def ask() -> Any:
        if isinstance(value, BaseException):
            raise value
        return value

    return ask


class Publisher:
    """`mail_usage` and the others are what the next round is told, or what it raises."""

    def __init__(self, executor: Executor, *, reserve_percent: float = 0.0) -> None:
        self.clock = ManualClock(wall=NOW)
        self.metrics = FakeMetrics()
        self.note = FakeNote()
        self.guard = FakeGuard()
        self.mail_usage: Any = Usage(
            email=allowance(150), attachment=allowance(50, 500), billing_period=JANUARY
        )
        self.form_usage: Any = {"usage": [{"resource": "rows", "used": 42, "limit": 100}]}
        self.mail_key: Any = NOW - 30 * DAY
        self.form_key: Any = NOW - 10 * DAY
        self.service = UsageService(
            Questions(
                mail_usage=lambda: answers(self.mail_usage)(),
                form_usage=lambda: answers(self.form_usage)(),
                mail_key_stored_at=lambda: answers(self.mail_key)(),
                form_key_stored_at=lambda: answers(self.form_key)(),
            ),
            metrics=self.metrics,
            note=self.note,
            guard=self.guard,
            reserve_percent=reserve_percent,
            executor=executor,
            clock=self.clock,
        )

    def publish(self, *, within_seconds: float = 5.0) -> Round:
        return self.service.publish(within_seconds=within_seconds)

    def mails(self, used: int, limit: int | None = 1000, **figures: Any) -> None:
        """What Forma Mail tells from now on."""
        period = figures.pop("billing_period", JANUARY)
        self.mail_usage = Usage(email=allowance(used, limit, **figures), billing_period=period)

    def published(self) -> dict[Series, float]:
        """The last round by provider, resource and name; each was published once."""
        found: dict[Series, float] = {}
        for name, _, value, dimensions in self.metrics.puts[-1]:
            place = (dimensions.get("provider", "-"), dimensions.get("resource", "-"), name)
            assert place not in found
            found[place] = value
        return found

    def of(self, provider: str, resource: str) -> dict[str, float]:
        return {
            name: value
            for (its_provider, its_resource, name), value in self.published().items()
            if (its_provider, its_resource) == (provider, resource)
        }

"""Workers that share a window: the fake, and the one in DynamoDB, for one suite."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from email.utils import formatdate
from typing import Any

from formarelay.aws.limiter import DynamoLimiter
from formarelay.window import SlotReservation
from tests.support.aws import create_state_table, fake_aws
from tests.support.clock import ManualClock
from tests.support.fake_limiter import FakeLimiter

Limiter = FakeLimiter | DynamoLimiter
LIMITERS = ("fake", "dynamodb")
WINDOW_SECONDS = 60.0
LONGEST_CALL_SECONDS = 30.0


@contextmanager
def workers(kind: str, clock: ManualClock) -> Iterator[Callable[..., Limiter]]:
    """A function that makes workers of one window; the fake is one for all of them."""
    if kind == "fake":
        shared: list[FakeLimiter] = []

        def fake(limit: int = 10) -> FakeLimiter:
            if not shared:
                shared.append(FakeLimiter(clock, limit, WINDOW_SECONDS, LONGEST_CALL_SECONDS))
            return shared[0]

        yield fake
        return
    with fake_aws():
        client = create_state_table()
        tell_time(client, clock)
        yield lambda limit=10: dynamo_limiter(client, clock, limit=limit)


def dynamo_limiter(
    client: Any, clock: ManualClock, *, limit: int = 10, provider: str = "forma-mail"
) -> DynamoLimiter:
    return DynamoLimiter(
        client,
        table_name="state",
        provider=provider,
        clock=clock,
        limit_per_window=limit,
        window_seconds=WINDOW_SECONDS,
        longest_call_seconds=LONGEST_CALL_SECONDS,
        clock_skew_seconds=0.0,
        jitter=lambda: 0.5,
        pause=clock.advance,
    )


def tell_time(client: Any, clock: ManualClock) -> None:
    """Answers carry the test's time, as DynamoDB's carry the real one."""

    def stamp(parsed: Any, **_: Any) -> None:
        headers = parsed["ResponseMetadata"].setdefault("HTTPHeaders", {})
        headers["date"] = formatdate(clock.wall(), usegmt=True)

    client.meta.events.register("after-call.dynamodb", stamp)


def granted(limiter: Limiter, wanted: int, expected: int | None = None) -> SlotReservation:
    reservation = limiter.reserve(wanted)
    assert reservation.granted == (wanted if expected is None else expected)
    return reservation

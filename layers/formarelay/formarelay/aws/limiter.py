"""The shared window in DynamoDB: the limiter of all workers, and the gate to the provider."""

from __future__ import annotations

import random
import secrets
import time
from collections.abc import Callable, Collection, Sequence
from typing import TYPE_CHECKING

from formarelay.aws.window_runner import WindowRunner
from formarelay.aws.window_store import WindowStore
from formarelay.clock import Clock
from formarelay.window import SharedWindow, SlotReservation, WindowRules

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


def _new_name() -> str:
    # Short, for it is written with every hold; a name that is taken costs an attempt, no slot.
    return secrets.token_hex(4)


class DynamoLimiter:
    """Grants calls so that no window of the provider's ever sees more than its limit.

    `formarelay.window` proves that and says what it takes. All workers share one item. A
    reservation is one conditional write while nobody is in the way, and so is its finish. Safe to
    use from many threads. Every method that asks DynamoDB raises `TransientError` when that cannot
    answer, and then grants nothing; slots whose finish failed lapse by themselves.

    DynamoDB writes an item of up to 4 KiB some 250 times a second. That is enough for 30,000 calls
    a minute in batches of up to ten; a higher limit is only used up by larger batches.

    Args:
        client: A DynamoDB client.
        table_name: The State table, with the string key `pk`.
        provider: Names the window, as `forma-mail`.
        clock: Its wall clock is compared between workers.
        limit_per_window: Calls that the provider allows, 1 to 100,000.
        window_seconds: The provider's window.
        longest_call_seconds: From a grant, or the start that it names, to the last instant at which
            the call can arrive. Slots of a dead worker are free this long and one window later.
        clock_skew_seconds: How far apart the wall clocks of two workers may be. Each slot waits
            this long in addition.
        new_name: Makes a name that no other hold has.
        jitter: A number in [0, 1).
        pause: Sleeps between attempts, for milliseconds.

    Raises:
        ValueError: A number is outside its range.
    """

    def __init__(
        self,
        client: DynamoDBClient,
        *,
        table_name: str,
        provider: str,
        clock: Clock,
        limit_per_window: int,
        window_seconds: float,
        longest_call_seconds: float,
        clock_skew_seconds: float,
        new_name: Callable[[], str] = _new_name,
        jitter: Callable[[], float] = random.random,
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        rules = WindowRules(
            limit_per_window=limit_per_window,
            window_seconds=window_seconds,
            longest_call_seconds=longest_call_seconds,
            clock_skew_seconds=clock_skew_seconds,
        )
        store = WindowStore(client, table_name=table_name, provider=provider)
        self._run = WindowRunner(store, pause=pause).run
        self._window = SharedWindow(rules, clock=clock, new_name=new_name, jitter=jitter)

    @property
    def limit(self) -> int:
        """The limit in use as this worker last saw it: the configured one, or a learned lower."""
        return self._window.limit

    def reserve(
        self,
        wanted: int,
        *,
        patience_seconds: float = 0.0,
        urgent: int | None = None,
        past_gate: Collection[str] = (),
    ) -> SlotReservation:
        """Asks for `wanted` calls.

        Args:
            wanted: 0 or more.
            patience_seconds: How long the caller can wait by itself. Slots that become free within
                this time are granted at once, each with the start that its call must wait for;
                nobody else competes for them then.
            urgent: How many of the calls may use the reserve of the quota; all when not given.
                While `note_quota` says that only the reserve is left, no more are granted.
            past_gate: Reasons for a closed gate that do not hold these calls back. They are no
                probe, and `may_start` knows nothing of it.

        Returns:
            Grants from none to all. When fewer than all, `wait_seconds` says when the next slot
            becomes free and `reason` why: `rate_limited`, `contended`, `quota_reserved`, or what
            closed the gate.
        """
        return self._run(
            self._window.reserve(
                wanted, patience_seconds=patience_seconds, urgent=urgent, past_gate=past_gate
            )
        )

    def finish(
        self,
        reservation: SlotReservation,
        *,
        ends: Sequence[float],
        unused: int = 0,
        healthy: bool = True,
        limit: int | None = None,
        remaining: int | None = None,
    ) -> bool:
        """Says how the calls of a reservation ended; to be called once, when all have.

        Calls that are neither among `ends` nor `unused` got no answer: they may still arrive, and
        their slots are kept until they lapse.

        Args:
            reservation: As it was granted; one that granted nothing asks nobody.
            ends: When each call got its answer, readings of `Clock.monotonic`.
            unused: How many calls never started; their slots are given back.
            healthy: Whether the provider answered at least one call as it should. While the gate
                is reopening, this lets more calls through. What closes it is `close`.
            limit: `X-RateLimit-Limit` of the last answer.
            remaining: `X-RateLimit-Remaining` of the last answer.

        Returns:
            False when the slots had lapsed: the calls took longer than `longest_call_seconds`.
        """
        return self._run(
            self._window.finish(
                reservation,
                ends=ends,
                unused=unused,
                healthy=healthy,
                limit=limit,
                remaining=remaining,
            )
        )

    def close(self, *, reason: str, seconds: float) -> None:
        """Closes the gate for `seconds` from now; never shortens a closure that stands.

        Afterwards one call is granted over all workers. If it is finished healthy, twice as many
        follow, and so on until the gate is open; if it never is, the next one is granted when it
        must have ended. Closing it again before it is open lasts twice as long as the time before,
        up to ten seconds, or as long as asked.

        Args:
            reason: A stable word that refused reservations carry, as `throttled`.
            seconds: At most 15 minutes are kept, whatever the provider advised.
        """
        self._run(self._window.close(reason=reason, seconds=seconds))

    def note_quota(self, *, exhausted: bool, reserved: bool) -> None:
        """Tells all workers what the usage says of the quota.

        Args:
            exhausted: Nothing is left: the gate closes for 15 minutes as `quota_exhausted`.
                Otherwise, if that is why it is closed, one call may probe at once.
            reserved: What is left is for urgent calls, for an hour or until told otherwise.
        """
        self._run(self._window.note_quota(exhausted=exhausted, reserved=reserved))

    def may_start(self, reservation: SlotReservation, *, call_seconds: float) -> bool:
        """Whether a call may start now on a slot of this reservation.

        False when the slot could lapse before the call arrives, as after the machine stood still,
        and once this worker has seen the gate closed. Asks nobody: to be asked right before each
        call.

        Args:
            reservation: As it was granted.
            call_seconds: From now to the last instant at which the call can arrive: its timeout,
                and how long it may be on its way after the caller gave up.
        """
        return self._window.may_start(reservation, call_seconds=call_seconds)

"""The gate of a provider whose rate nobody limits: open, or closed with a reason."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from formarelay.aws.window_runner import WindowRunner
from formarelay.aws.window_store import WindowStore
from formarelay.clock import Clock
from formarelay.window import Closure, SharedWindow, WindowRules

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

# A gate grants no slots, so none of these is ever used.
_RULES = WindowRules(
    limit_per_window=1, window_seconds=1.0, longest_call_seconds=1.0, clock_skew_seconds=0.0
)


class DynamoGate:
    """Shared by all workers through one item. Safe to use from many threads.

    Every method raises `TransientError` when DynamoDB cannot answer; a change that failed so may
    still have been made.

    Args:
        client: A DynamoDB client.
        table_name: The State table, with the string key `pk`.
        provider: Names the gate, as `formaloo`.
        clock: Its wall clock is compared between workers.
        jitter: A number in [0, 1).
        pause: Sleeps between attempts, for milliseconds.
    """

    def __init__(
        self,
        client: DynamoDBClient,
        *,
        table_name: str,
        provider: str,
        clock: Clock,
        jitter: Callable[[], float] = random.random,
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        store = WindowStore(client, table_name=table_name, provider=provider)
        self._run = WindowRunner(store, pause=pause).run
        self._window = SharedWindow(_RULES, clock=clock, new_name=str, jitter=jitter)

    def close(self, *, reason: str, seconds: float) -> None:
        """Closes the gate for `seconds` from now; never shortens a closure that stands.

        Args:
            reason: A stable word, as `rotating`.
            seconds: At most 15 minutes are kept.
        """
        self._run(self._window.close(reason=reason, seconds=seconds))

    def reopen(self, *, reason: str) -> None:
        """Opens the gate at once if `reason` is why it is closed."""
        self._run(self._window.reopen(reason=reason))

    def closure(self) -> Closure | None:
        """Why the gate is closed, and for how long; None when it is not.

        It asks at most once a second, and so learns of a closure within that time.
        """
        return self._run(self._window.closure())

"""What every command has around it."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from rich.console import Console

from formarelay.clock import Clock

# A long poll asks all of SQS's servers; without, an empty answer does not mean an empty queue.
POLL_SECONDS = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What a command has around it.

    Args:
        output: Results go here.
        messages: Progress and remarks go here.
        clock: For ages, leases and the pace.
        sleep: Waits that many seconds.
        poll_seconds: How long to wait for letters before a queue counts as empty.
    """

    output: Console
    messages: Console
    clock: Clock
    sleep: Callable[[float], None] = time.sleep
    poll_seconds: int = POLL_SECONDS

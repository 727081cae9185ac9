"""Puts mails on the queues of several lanes at an even pace."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

from bench.fleet.lane import Lane
from bench.fleet.tally import numbered


def put_evenly(
    lanes: Sequence[Lane],
    numbers: range,
    *,
    seconds: float,
    meanwhile: Callable[[float], None] = lambda _: None,
) -> list[float]:
    """Puts one mail of each number on every queue, spread over the time.

    Args:
        lanes: Each gets all of them.
        numbers: Of the mails.
        seconds: From the first to the last.
        meanwhile: Called before each with the seconds that have gone by.

    Returns:
        For each number the moment before it was put, in unix seconds. The lanes follow one another
        within milliseconds.
    """
    began = time.monotonic()
    moments = []
    for done, number in enumerate(numbers):
        at = done * seconds / len(numbers)
        time.sleep(max(0.0, began + at - time.monotonic()))
        meanwhile(time.monotonic() - began)
        moments.append(time.time())
        for lane in lanes:
            lane.put([numbered(number)])
    return moments

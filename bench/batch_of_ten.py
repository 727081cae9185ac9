"""A warm batch of ten mails: its time beside one call, its CPU beside a bare `requests.post` loop.

The real application runs in this process, limiter and ledger included, against the sandbox with a
latency and the emulated DynamoDB. Its CPU is this process's own. A second row leaves the sockets of
its AWS calls out: they are answered inside botocore's transport. All rows take turns, so that the
machine's noise hits them alike. `python -m bench.batch_of_ten`
"""

from __future__ import annotations

import argparse
import os
import resource
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TextIO

import requests

from bench.aws_stub import answered_in_process
from bench.context import Context
from bench.relay import Surroundings, batch, mail, surroundings

MAILS = 10
LATENCY_MS = 100.0
MOST_TIMES_ONE_CALL = 1.5
MOST_CPU_MS = 5.0
_BATCHES_A_ROUND = 3


@dataclass(frozen=True, slots=True)
class Cost:
    """Of one way to send.

    Args:
        seconds: A batch, or a call of the loop.
        cpu_ms: A mail, in user and system mode.
    """

    seconds: float
    cpu_ms: float


def measured(work: Callable[[], int]) -> Cost:
    """Runs it; it returns how many mails it sent. The time is that of the whole."""
    usage, began = resource.getrusage(resource.RUSAGE_SELF), time.perf_counter()
    mails = work()
    seconds = time.perf_counter() - began
    after = resource.getrusage(resource.RUSAGE_SELF)
    cpu = after.ru_utime + after.ru_stime - usage.ru_utime - usage.ru_stime
    return Cost(seconds, cpu * 1000 / mails)


def bare_loop(around: Surroundings, session: requests.Session) -> Cost:
    """Ten calls one after the other, as a script would make them."""
    bodies = [mail() for _ in range(MAILS)]
    headers = {"Authorization": f"Bearer {around.api_key}"}

    def work() -> int:
        for body in bodies:
            answer = session.post(around.send_url, json=body, headers=headers, timeout=20)
            answer.raise_for_status()
        return MAILS

    cost = measured(work)
    return Cost(cost.seconds / MAILS, cost.cpu_ms)


def batches(handler: Callable[[Any, Any], Any]) -> Cost:
    """Some batches one after the other; the time is the median of one."""
    costs = []
    for _ in range(_BATCHES_A_ROUND):
        event, context = batch(MAILS), Context()

        def work(event: Any = event, context: Any = context) -> int:
            answer = handler(event, context)
            if answer != {"batchItemFailures": []}:
                raise RuntimeError(f"not all were sent: {answer}")
            return MAILS

        costs.append(measured(work))
    seconds = statistics.median(cost.seconds for cost in costs)
    return Cost(seconds, statistics.mean(cost.cpu_ms for cost in costs))


@contextmanager
def quiet() -> Iterator[TextIO]:
    """The function's log lines go to /dev/null, at the price of writing them; yields stdout."""
    sys.stdout.flush()
    kept = os.dup(1)
    with Path(os.devnull).open("w") as nowhere, os.fdopen(kept, "w") as terminal:
        os.dup2(nowhere.fileno(), 1)
        try:
            yield terminal
        finally:
            sys.stdout.flush()
            os.dup2(kept, 1)


def spread(values: Sequence[float]) -> str:
    return f"{statistics.median(values):.2f} ({min(values):.2f} to {max(values):.2f})"


def main() -> int:
    """Prints the medians; 1 when one of them is above its bound."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=9)
    rounds = parser.parse_args().rounds
    with (
        tempfile.TemporaryDirectory(prefix="formarelay-bench-") as folder,
        quiet() as terminal,
        surroundings(Path(folder), latency_ms=LATENCY_MS) as around,
        requests.Session() as session,
    ):
        # Powertools reads the environment when the handler is imported.
        from send_email.handler import lambda_handler

        loop, whole, stubbed = [], [], []
        for done in range(rounds + 1):
            loop.append(bare_loop(around, session))
            whole.append(batches(lambda_handler))
            with answered_in_process():
                stubbed.append(batches(lambda_handler))
            if done == 0:
                # The first round is cold.
                loop, whole, stubbed = [], [], []
        return report(loop, whole, stubbed, terminal)


def report(
    loop: Sequence[Cost], whole: Sequence[Cost], stubbed: Sequence[Cost], terminal: TextIO
) -> int:
    """Prints the table; the exit status."""
    one_call = [cost.seconds for cost in loop]
    lines = [f"{'':38} {'ms':>24} {'CPU ms a mail':>24} {'CPU beside the loop':>24}"]
    rows = {
        "requests.post loop, one call": loop,
        f"batch of {MAILS}": whole,
        f"batch of {MAILS}, AWS answered in process": stubbed,
    }
    for name, costs in rows.items():
        ratios = [cost.cpu_ms / peer.cpu_ms for cost, peer in zip(costs, loop, strict=True)]
        lines.append(
            f"{name:38} {spread([cost.seconds * 1000 for cost in costs]):>24}"
            f" {spread([cost.cpu_ms for cost in costs]):>24} {spread(ratios):>24}"
        )
    times = [cost.seconds / call for cost, call in zip(whole, one_call, strict=True)]
    cpu = [cost.cpu_ms for cost in whole]
    lines += [
        f"a batch takes {spread(times)} times one call (at most {MOST_TIMES_ONE_CALL})",
        f"a mail takes {spread(cpu)} ms of CPU (at most {MOST_CPU_MS})",
        f"{len(loop)} rounds; load average {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores",
    ]
    terminal.write("\n".join(lines) + "\n")
    too_slow = statistics.median(times) > MOST_TIMES_ONE_CALL
    return int(too_slow or statistics.median(cpu) > MOST_CPU_MS)


if __name__ == "__main__":
    sys.exit(main())

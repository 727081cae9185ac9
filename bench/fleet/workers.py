"""The processes of a lane: started, killed and started anew, and what they wrote."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

_START_SECONDS = 60.0
_POLL_SECONDS = 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class Invocation:
    """One batch that a worker served.

    Args:
        seconds: Until the handler returned.
        cpu_seconds: Of the process meanwhile.
        messages: In the batch.
        failed: Of them stayed on the queue.
    """

    seconds: float
    cpu_seconds: float
    messages: int
    failed: int


class Workers:
    """Each leads a session of its own, so that killing it reaches whatever it started.

    Args:
        command: `{journal}` in it stands for a file of the process's own.
        environment: All of it.
        folder: For logs and journals.
    """

    def __init__(
        self, command: Sequence[str], environment: Mapping[str, str], folder: Path
    ) -> None:
        self._command = command
        self._environment = environment
        self._folder = folder
        self._running: list[subprocess.Popen[bytes]] = []
        self._started = 0

    def __enter__(self) -> Self:
        self._folder.mkdir(parents=True)
        return self

    def __exit__(self, *_: object) -> None:
        while self._running:
            self._kill(self._running.pop())

    def start(self, count: int) -> None:
        """Starts so many, and returns when each has imported what it needs."""
        for _ in range(count):
            self._start()
        deadline = time.monotonic() + _START_SECONDS
        while self._has_journals() and len(self._journals()) < self._started:
            if time.monotonic() > deadline or any(
                each.poll() is not None for each in self._running
            ):
                raise RuntimeError(f"a worker did not start: {self._tail()}")
            time.sleep(_POLL_SECONDS)

    def kill_one(self) -> None:
        """Kills the one that runs longest, by SIGKILL, and starts another in its place."""
        self._kill(self._running.pop(0))
        self._start()

    def invocations(self) -> list[Invocation]:
        """All that came to their end, in no order."""
        lines = [line for file in self._journals() for line in file.read_text().splitlines()]
        # A worker that is killed may leave half a line behind.
        whole = [json.loads(line) for line in lines if line.endswith("}")]
        return [Invocation(**fields) for fields in whole if fields]

    def log_bytes(self) -> int:
        """How much all of them have written to their logs."""
        return sum(file.stat().st_size for file in self._folder.glob("*.log"))

    def _start(self) -> None:
        number, self._started = self._started, self._started + 1
        journal = str(self._folder / f"{number}.journal")
        with (self._folder / f"{number}.log").open("wb") as log:
            self._running.append(
                subprocess.Popen(
                    [part.replace("{journal}", journal) for part in self._command],
                    env=dict(self._environment),
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    start_new_session=True,
                )
            )

    @staticmethod
    def _kill(process: subprocess.Popen[bytes]) -> None:
        # Not collected yet, so the number is still its own.
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()

    def _has_journals(self) -> bool:
        return "{journal}" in self._command

    def _journals(self) -> list[Path]:
        return [file for file in self._folder.glob("*.journal") if file.stat().st_size]

    def _tail(self) -> str:
        return "".join(file.read_text()[-1000:] for file in sorted(self._folder.glob("*.log")))

"""A process of its own for the function: forked, given deliveries, watched, killed."""

from __future__ import annotations

import gc
import json
import os
import select
import signal
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import IO, Any, NoReturn

from tests.crash.points import ANY_MOMENT, Kill, Points, activate

# Far longer than any delivery of a run takes, which the machine may have other work beside.
_LONGEST_SECONDS = 30.0
_REPORT_BYTES = 65_536


@dataclass(frozen=True, slots=True)
class Delivered:
    """How a process came through one delivery.

    Args:
        killed: By SIGKILL, where it was to be.
        problem: Why its end was none that a run may have; empty for a good one.
        passed: Points and how often each was passed; empty when it was killed.
        unnamed: Services that were called outside of every port; as above.
        answer: What the work returned; as above.
    """

    killed: bool = False
    problem: str = ""
    passed: dict[str, int] = field(default_factory=dict)
    unnamed: tuple[str, ...] = ()
    answer: Any = None


class Child:
    """Forks at once, and waits in the new process for deliveries.

    Args:
        work: One delivery, given what was delivered. Both it and its answer are JSON.
        points: Pass in the new process.
    """

    def __init__(self, work: Callable[[Any], object], *, points: Points) -> None:
        # A file, not a pipe: it never blocks a process, and keeps what a killed one wrote.
        self._output = tempfile.TemporaryFile()  # noqa: SIM115 (read after the process has ended)
        commands, self._commands = os.pipe()
        self._reports, reports = os.pipe()
        sys.stdout.flush()
        sys.stderr.flush()
        self._pid = os.fork()
        if self._pid == 0:
            os.close(self._commands)
            _live(work, points, commands=commands, reports=reports, output=self._output)
        # Each end has one holder, so that a reader learns of the other's death.
        os.close(commands)
        os.close(reports)

    def deliver(self, what: object, kill: Kill | None = None, *, passed_before: int = 0) -> None:
        """Begins a delivery, in which the process is to die if `kill` says so."""
        armed = None if kill is None else [kill.point, kill.passage]
        command = {"what": what, "kill": armed, "passed_before": passed_before}
        os.write(self._commands, json.dumps(command).encode() + b"\n")
        self._began = time.monotonic()
        self._kill = kill

    def wait(self) -> Delivered:
        """Waits for the end of the delivery, or of the process; kills it at any moment if armed."""
        at_any_moment = self._kill is not None and self._kill.point == ANY_MOMENT
        limit = self._kill.passage / 1000 if self._kill and at_any_moment else _LONGEST_SECONDS
        left = max(0.0, self._began + limit - time.monotonic())
        heard, _, _ = select.select([self._reports], [], [], left)
        if not heard:
            os.kill(self._pid, signal.SIGKILL)
        report = os.read(self._reports, _REPORT_BYTES)
        if report:
            return Delivered(**json.loads(report))
        _, status = os.waitpid(self._pid, 0)
        self._pid = 0
        if not (os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL):
            return Delivered(problem=f"ended with wait status {status}")
        if self._kill is None or not (heard or at_any_moment):
            return Delivered(problem="hung and had to be killed")
        return Delivered(killed=True)

    @property
    def is_alive(self) -> bool:
        return self._pid != 0

    def end(self) -> str:
        """Lets it end by itself if it lives; everything that it wrote."""
        os.close(self._commands)
        if self._pid:
            os.waitpid(self._pid, 0)
            self._pid = 0
        os.close(self._reports)
        with self._output as output:
            output.seek(0)
            return output.read().decode(errors="replace")


def _live(
    work: Callable[[Any], object],
    points: Points,
    *,
    commands: int,
    reports: int,
    output: IO[bytes],
) -> NoReturn:
    """The life of the new process."""
    status = 1
    try:
        # The collector would touch, and so copy, all memory.
        gc.disable()
        os.dup2(output.fileno(), 1)
        os.dup2(output.fileno(), 2)
        # A line is written when it is made, as Lambda's log would have it after a kill.
        sys.stdout = os.fdopen(1, "w", buffering=1, closefd=False)
        sys.stderr = os.fdopen(2, "w", buffering=1, closefd=False)
        activate(points)
        with os.fdopen(commands) as lines:
            for line in lines:
                command: dict[str, Any] = json.loads(line)
                kill = None if command["kill"] is None else Kill(*command["kill"])
                points.arm(kill, passed_before=command["passed_before"])
                answer = work(command["what"])
                os.write(reports, json.dumps(points.report() | {"answer": answer}).encode())
        status = 0
    except BaseException:  # noqa: BLE001 (nothing of the parent may run in this process)
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        os._exit(status)


@contextmanager
def written_to(file: IO[bytes]) -> Iterator[None]:
    """Whatever this process writes to stdout meanwhile, by any way, goes to the file."""
    sys.stdout.flush()
    kept = os.dup(1)
    os.dup2(file.fileno(), 1)
    try:
        yield
    finally:
        sys.stdout.flush()
        os.dup2(kept, 1)
        os.close(kept)

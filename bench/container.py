"""A container that stays warm between its invocations."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from bench.subjects import Subject

PROGRAM = Path(__file__).with_name("warm_process.py")
_STOP_SECONDS = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Invocation:
    """What one took, in the container's own measure."""

    wall_ms: float
    cpu_ms: float


class Container:
    """A context manager: the process lives from `__enter__` to `__exit__`.

    Args:
        mode: One of `bench/warm_process.py`; the handler as it is without one.
    """

    def __init__(
        self, subject: Subject, environment: Mapping[str, str], mode: str | None = None
    ) -> None:
        self._subject = subject
        self._environment = dict(environment)
        self._arguments = [mode] if mode else []
        self._process: subprocess.Popen[str] | None = None

    def __enter__(self) -> Self:
        self._process = subprocess.Popen(
            self._subject.command(PROGRAM, *self._arguments),
            env=self._environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        return self

    def invoke(self, event: Any) -> Invocation:
        """Raises RuntimeError when not every message was sent."""
        process = self._process
        if process is None or process.stdin is None or process.stdout is None:
            raise RuntimeError("the container is not running")
        process.stdin.write(json.dumps(event) + "\n")
        process.stdin.flush()
        line = process.stdout.readline()
        took = json.loads(line) if line else {"failures": "all"}
        if took.pop("failures"):
            raise RuntimeError(f"{self._subject.name} did not send all of a batch")
        return Invocation(**took)

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        process.terminate()
        process.communicate(timeout=_STOP_SECONDS)

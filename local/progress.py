"""What a person sees while a command works: a line a step, and the seconds while it lasts."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    TextColumn,
    TimeElapsedColumn,
)

_SILENT_SECONDS = 2.0


class Reporter:
    """Prints progress: a running clock on a terminal, plain lines every two seconds elsewhere."""

    def __init__(
        self,
        console: Console,
        *,
        now: Callable[[], float] = time.monotonic,
        silent_seconds: float = _SILENT_SECONDS,
    ) -> None:
        self.console = console
        self._now = now
        self._silent_seconds = silent_seconds

    def say(self, text: str) -> None:
        self.console.print(f"  {text}", markup=False, highlight=False, soft_wrap=True)

    @contextmanager
    def step(self, label: str) -> Iterator[None]:
        """Tells that the block still runs while it does, and how long it took."""
        started = self._now()
        with self._spinner(label) if self._live else self._heartbeat(lambda: label, started):
            yield
        self.say(f"{label}: {self._now() - started:.1f} s")

    @contextmanager
    def count(self, label: str, *, total: int) -> Iterator[Callable[[int], None]]:
        """As `step`; gives a function that is told how many are done so far."""
        started = self._now()
        done = 0

        def describe() -> str:
            return f"{label}: {done} of {total}"

        def tell(number: int) -> None:
            nonlocal done
            done = number

        if self._live:
            with self._bar(label, total=total) as move:

                def tell_and_move(number: int) -> None:
                    tell(number)
                    move(number)

                yield tell_and_move
        else:
            with self._heartbeat(describe, started):
                yield tell
        self.say(f"{describe()} in {self._now() - started:.1f} s")

    @property
    def _live(self) -> bool:
        return self.console.is_terminal

    @contextmanager
    def _spinner(self, label: str) -> Iterator[None]:
        columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
        with Progress(*columns, console=self.console, transient=True) as progress:
            progress.add_task(label)
            yield

    @contextmanager
    def _bar(self, label: str, *, total: int) -> Iterator[Callable[[int], None]]:
        columns = (TextColumn("  {task.description}"), BarColumn(), MofNCompleteColumn())
        with Progress(
            *columns, TimeElapsedColumn(), console=self.console, transient=True
        ) as progress:
            task = progress.add_task(label, total=total)
            yield lambda number: progress.update(task, completed=number)

    @contextmanager
    def _heartbeat(self, describe: Callable[[], str], started: float) -> Iterator[None]:
        finished = threading.Event()

        def tell() -> None:
            while not finished.wait(self._silent_seconds):
                self.say(f"{describe()} … {self._now() - started:.0f} s")

        teller = threading.Thread(target=tell, daemon=True)
        teller.start()
        try:
            yield
        finally:
            finished.set()
            teller.join()

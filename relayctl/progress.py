"""What a person sees while a command works: a bar on a terminal, plain lines elsewhere."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

_SILENT_SECONDS = 2.0
_LINES = 10

Advance = Callable[[int], None]


@contextmanager
def progress(
    console: Console, label: str, *, total: int, now: Callable[[], float] = time.monotonic
) -> Iterator[Advance]:
    """Gives a function that is told how many more are done.

    Elsewhere than on a terminal, a line for every tenth of `total`, and after every two seconds.

    Args:
        console: Where to show it.
        label: What is being done; trusted text.
        total: How many there are, roughly.
        now: A clock that never jumps.
    """
    with (_bar if console.is_terminal else _lines)(console, label, total, now) as advance:
        yield advance


@contextmanager
def _bar(console: Console, label: str, total: int, now: Callable[[], float]) -> Iterator[Advance]:
    columns = (TextColumn("{task.description}", markup=False), BarColumn(), MofNCompleteColumn())
    with Progress(
        *columns, TimeElapsedColumn(), console=console, transient=True, get_time=now
    ) as bar:
        task = bar.add_task(label, total=total)
        yield lambda number: bar.advance(task, number)


@contextmanager
def _lines(console: Console, label: str, total: int, now: Callable[[], float]) -> Iterator[Advance]:
    done = said = 0
    said_at = now()
    step = max(1, total // _LINES)

    def advance(number: int) -> None:
        nonlocal done, said, said_at
        done += number
        if done - said >= step or now() - said_at >= _SILENT_SECONDS:
            say(console, f"{label}: {done} of about {total}")
            said, said_at = done, now()

    yield advance


def say(console: Console, text: str) -> None:
    """One line, as it is: nothing in it is taken for markup or coloured."""
    console.print(text, markup=False, highlight=False, emoji=False, soft_wrap=True)

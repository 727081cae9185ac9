"""Progress, ages and remarks."""

from __future__ import annotations

from io import StringIO

import pytest
from rich.console import Console

from relayctl.dead_letters.report import age
from relayctl.progress import progress, say


def test_without_a_terminal_progress_is_a_line_for_each_tenth():
    output = StringIO()
    with progress(Console(file=output), "letters", total=50, now=lambda: 0.0) as advance:
        for _ in range(4):
            advance(3)
    assert output.getvalue() == "letters: 6 of about 50\nletters: 12 of about 50\n"


def test_without_a_terminal_slow_progress_is_told_every_two_seconds():
    output = StringIO()
    times = iter([0.0, 1.9, 2.0, 2.0, 3.9])
    with progress(Console(file=output), "letters", total=1000, now=lambda: next(times)) as advance:
        advance(1)
        advance(1)
        advance(1)
    assert output.getvalue() == "letters: 2 of about 1000\n"


def test_on_a_terminal_progress_is_a_bar_that_leaves_nothing():
    output = StringIO()
    console = Console(file=output, force_terminal=True, width=80)
    with progress(console, "letters [x]", total=50) as advance:
        advance(50)
    assert "letters [x]" in output.getvalue()
    assert "50/50" in output.getvalue()
    assert output.getvalue().endswith("\x1b[2K")


def test_a_remark_is_taken_as_it_is():
    output = StringIO()
    say(Console(file=output, width=20, force_terminal=True), "[red]:bomb: 12 'x'[/red] " * 3)
    assert output.getvalue() == "[red]:bomb: 12 'x'[/red] " * 3 + "\n"


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (-5.0, "0 s"),
        (59.4, "59 s"),
        (60.0, "1 min"),
        (3599.0, "59 min"),
        (3600.0, "1 h 0 min"),
        (86399.0, "23 h 59 min"),
        (86400.0, "1 d 0 h"),
        (13 * 86400 + 23.5 * 3600, "13 d 23 h"),
    ],
)
def test_ages_are_for_people(seconds, text):
    assert age(seconds) == text

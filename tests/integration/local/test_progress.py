"""What a person sees while a command works."""

from __future__ import annotations

from io import StringIO

import pytest
from rich.console import Console

from local.errors import LocalStackError
from local.progress import Reporter
from tests.integration.local.stacks import eventually


def test_progress_without_terminal_is_plain_lines() -> None:
    output = StringIO()
    times = iter([0.0, 1.5])
    reporter = Reporter(Console(file=output), now=lambda: next(times))

    with reporter.step("deploying [x]"):
        pass

    assert output.getvalue() == "  deploying [x]: 1.5 s\n"


def test_progress_tells_that_a_long_step_still_runs() -> None:
    output = StringIO()
    reporter = Reporter(Console(file=output), now=lambda: 7.0, silent_seconds=0.01)

    with reporter.count("messages", total=25) as count:
        count(3)
        assert eventually(lambda: "  messages: 3 of 25 … 0 s\n" in output.getvalue())

    assert output.getvalue().endswith("\n  messages: 3 of 25 in 0.0 s\n")


def test_progress_on_a_terminal_leaves_one_line_a_step() -> None:
    output = StringIO()
    reporter = Reporter(Console(file=output, force_terminal=True), now=lambda: 0.0)

    with reporter.step("deploying"):
        pass
    with reporter.count("messages", total=2) as count:
        count(2)

    assert output.getvalue().count("deploying: 0.0 s\n") == 1
    assert output.getvalue().count("messages: 2 of 2 in 0.0 s\n") == 1


def test_failed_step_says_nothing_of_being_done() -> None:
    output = StringIO()

    with pytest.raises(LocalStackError), Reporter(Console(file=output)).step("deploying"):
        raise LocalStackError("refused")

    assert output.getvalue() == ""

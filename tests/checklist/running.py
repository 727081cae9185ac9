"""Runs the marked tests and takes down what came of each."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

# The worse of a test's phases and parameters counts.
_ORDER = ("passed", "skipped", "failed")


class Results:
    """A pytest plugin: the worst outcome of every test, its parameters taken together."""

    def __init__(self) -> None:
        self.outcomes: dict[str, str] = {}

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Called by pytest for each phase of each test."""
        test = report.nodeid.partition("[")[0]
        if report.when == "call" or report.outcome != "passed":
            before = self.outcomes.get(test, "passed")
            self.outcomes[test] = max(before, report.outcome, key=_ORDER.index)


def run(tests: Iterable[str]) -> dict[str, str]:
    """Run these tests in this process; their outcomes by name."""
    results = Results()
    pytest.main(["-q", "-p", "no:cacheprovider", "-p", "no:xdist", *tests], plugins=[results])
    return results.outcomes

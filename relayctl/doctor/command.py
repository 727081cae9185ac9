"""Builds the parts for `doctor`, and runs it."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from relayctl.doctor.check import Check, Result, State
from relayctl.doctor.documents import check_document, report_document
from relayctl.doctor.looking.survey import survey
from relayctl.doctor.registry import chosen
from relayctl.doctor.report import print_checks, print_results
from relayctl.doctor.snapshot import Snapshot
from relayctl.errors import UsageError
from relayctl.printable import printable_json
from relayctl.progress import progress, say
from relayctl.stack import find_stack
from relayctl.surroundings import Surroundings

FINE, FOUND, UNSEEN = 0, 1, 2


@dataclass(frozen=True, slots=True, kw_only=True)
class DoctorCommand:
    """One command line, ready to run. Raises `RelayctlError`."""

    options: argparse.Namespace
    around: Surroundings

    def run(self) -> int:
        """Does it. Returns the exit status."""
        checks = chosen(self.options.only)
        if self.options.list:
            return self._list(checks)
        stack = find_stack(name=self.options.stack, file=self.options.env_file)
        if not stack.name:
            raise UsageError("the stack file has no STACK_NAME")
        say(self.around.messages, f"stack {stack.title}")
        snapshot = survey(stack.aws, name=stack.name, clock=self.around.clock)
        results = tuple(self._results(checks, snapshot))
        if self.options.json:
            document = report_document(results, snapshot=snapshot)
            say(self.around.output, printable_json(document))
        else:
            print_results(results, console=self.around.output)
        return status_of(results)

    def _list(self, checks: Sequence[Check]) -> int:
        if self.options.json:
            say(self.around.output, printable_json([check_document(check) for check in checks]))
        else:
            print_checks(checks, console=self.around.output)
        return FINE

    def _results(self, checks: Sequence[Check], snapshot: Snapshot) -> Iterator[Result]:
        with progress(self.around.messages, "checks made", total=len(checks)) as advance:
            for check in checks:
                yield check.examine(snapshot)
                advance(1)


def status_of(results: Sequence[Result]) -> int:
    """The exit status: a finding says more than something unseen."""
    states = {result.state for result in results}
    if State.FINDING in states:
        return FOUND
    return UNSEEN if State.UNSEEN in states else FINE

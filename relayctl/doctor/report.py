"""Findings for people: what is wrong, why it matters, what to do."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from rich.console import Console
from rich.text import Text

from relayctl.doctor.check import Check, Result, Severity, State
from relayctl.printable import printable, without_addresses
from relayctl.progress import say

_STYLES = {Severity.CRITICAL: "bold red", Severity.WARNING: "yellow"}


def print_results(results: Sequence[Result], *, console: Console) -> None:
    """Findings first, those that are critical in front; then what could not be looked at."""
    found = [result for result in results if result.state is State.FINDING]
    for severity in Severity:
        for result in found:
            if result.check.severity is severity:
                _print_finding(result, console)
    _print_remarks(results, State.UNSEEN, console)
    _print_remarks(results, State.NOT_APPLICABLE, console)
    counts = Counter(result.state for result in results)
    parts = [_counted(state, counts[state]) for state in State if counts[state]]
    say(console, f"{len(results)} checks: {', '.join(parts)}")


def print_checks(checks: Sequence[Check], *, console: Console) -> None:
    """One line each."""
    for check in checks:
        say(console, f"{check.id:22} {check.severity:9} {check.title}")


def _print_finding(result: Result, console: Console) -> None:
    check = result.check
    head = Text.assemble((check.severity, _STYLES[check.severity]), f"  {check.id}: {check.title}")
    console.print(head, soft_wrap=True)
    for sentence in result.evidence:
        say(console, f"  found  {_shown(sentence)}")
    if result.remark:
        say(console, f"  unseen {_shown(result.remark)}")
    say(console, f"  why    {check.reason}")
    say(console, f"  do     {check.fix}")
    say(console, "")


def _print_remarks(results: Sequence[Result], state: State, console: Console) -> None:
    remarks = [result for result in results if result.state is state]
    for result in remarks:
        say(console, f"{state}  {result.check.id}: {_shown(result.remark)}")
    if remarks:
        say(console, "")


def _counted(state: State, count: int) -> str:
    return f"{count} {state}{'s' if state is State.FINDING and count > 1 else ''}"


def _shown(text: str) -> str:
    """Names in AWS were chosen by others."""
    return printable(without_addresses(text))

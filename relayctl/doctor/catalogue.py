"""The table of all checks in `docs/doctor.md`, from the checks themselves.

`python -m relayctl.doctor.catalogue docs/doctor.md` writes it anew between its two marks.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path

from relayctl.doctor.check import Check
from relayctl.doctor.registry import CHECKS

BEGIN, END = "<!-- checks: begin -->", "<!-- checks: end -->"
_HEAD = "| check | what must hold | if not | why it matters | what to do |\n|---|---|---|---|---|"


def table(checks: Iterable[Check]) -> str:
    """A Markdown table, one row a check, between the two marks."""
    rows = [
        f"| `{check.id}` | {check.title} | {check.severity} | {check.reason} | {check.fix} |"
        for check in checks
    ]
    return "\n".join([BEGIN, _HEAD, *rows, END])


def renewed(text: str) -> str:
    """The document with the present table. Raises ValueError when it has no marks."""
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not (begin and end):
        raise ValueError(f"no {BEGIN} and {END} in the document")
    return before + table(CHECKS) + after


if __name__ == "__main__":
    path = Path(sys.argv[1])
    path.write_text(renewed(path.read_text()))

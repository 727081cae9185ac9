"""The tables of errors in `docs/clients.md`, from the code. `--write` puts them there."""

from __future__ import annotations

import re
import sys
from pathlib import Path

from formarelay.errors import FormaError
from formarelay.formamail.codes import DOCUMENTED_CODES
from formarelay.http import ErrorDetail, HttpResponse, raise_for_status

PAGE = Path(__file__).parents[2] / "docs" / "clients.md"
BEGIN, END = "<!-- errors: generated -->", "<!-- errors: end -->"

# Every status that a document of either provider names.
STATUSES = (400, 401, 402, 403, 404, 409, 413, 422, 429, 500, 502, 503, 504)


def error_of(status: int) -> FormaError:
    """What an answer of that status becomes when its body says nothing."""
    try:
        raise_for_status(HttpResponse(status=status), describe=lambda _: ErrorDetail(), now=0)
    except FormaError as error:
        return error
    raise ValueError(status)


def tables() -> str:
    lines = [
        "| status | code | meaning | error | what to do | source |",
        "|---|---|---|---|---|---|",
    ]
    lines += [
        f"| {item.status} | `{item.code}` | {item.meaning} | `{item.error.__name__}` "
        f"| {item.action} | {item.source} |"
        for item in DOCUMENTED_CODES
    ]
    lines += ["", "| status | error | what to do |", "|---|---|---|"]
    for status in STATUSES:
        error = error_of(status)
        lines.append(f"| {status} | `{type(error).__name__}` | {error.suggested_action} |")
    return "\n".join(lines)


def with_tables(page: str) -> str:
    """The page with the tables of the code between its marks."""
    pattern = re.compile(f"{re.escape(BEGIN)}.*?{re.escape(END)}", re.DOTALL)
    written, count = pattern.subn(lambda _: f"{BEGIN}\n{tables()}\n{END}", page)
    if count != 1:
        raise ValueError("the page needs the two marks once")
    return written


if __name__ == "__main__" and sys.argv[1:] == ["--write"]:
    PAGE.write_text(with_tables(PAGE.read_text()))

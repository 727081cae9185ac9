"""Parts of pages that a command writes."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path


def write_between(page: Path, text: str, *, begin: str, end: str) -> None:
    """Replaces what stands between two marks of a page; the rest of it stays.

    Raises ValueError when the marks are not there.
    """
    before, found_begin, rest = page.read_text("utf-8").partition(begin)
    _, found_end, after = rest.partition(end)
    if not (found_begin and found_end):
        raise ValueError(f"{page} has lost its marks")
    page.write_text(f"{before}{begin}\n\n{text}\n\n{end}{after}", "utf-8")


def table(rows: Sequence[Sequence[str]]) -> str:
    """A table of Markdown; the first row is its head."""
    head, *body = rows
    lines = [head, ["---"] * len(head), *body]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)

"""The table of what happened, and the promises below it."""

from __future__ import annotations

from rich.console import Console
from rich.table import Table
from rich.text import Text

from local.demo.judgement import Judgement

_FILE_WIDTH = 130


def print_report(judgement: Judgement, *, console: Console) -> None:
    table = Table(title="What became of each message")
    table.add_column("#", justify="right")
    table.add_column("message", no_wrap=True)
    table.add_column("outcome", no_wrap=True)
    table.add_column("provider id, or reason", overflow="fold")
    for row in judgement.rows:
        style = "green" if row.held and row.message.refusal is None else "yellow"
        outcome = Text(row.outcome, style=style if row.held else "bold red")
        # Text, never markup: details quote field names that a producer chose.
        cells = (Text(str(row.message.number)), Text(row.message.kind), outcome, Text(row.evidence))
        table.add_row(*cells)
    if console.is_terminal:
        console.print(table)
    else:
        # Output that goes to a file has no width to respect.
        Console(file=console.file, width=_FILE_WIDTH).print(table)
    for line in judgement.seen:
        console.print(Text(f"  {line}"), soft_wrap=True)
    for promise, held in judgement.promises:
        mark = Text("held  ", style="green") if held else Text("BROKEN", style="bold red")
        console.print(Text.assemble("  ", mark, "  ", promise), soft_wrap=True)

"""Tables and counts for people. Whatever came from a queue is escaped, and never read as markup."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from rich.console import Console
from rich.table import Table
from rich.text import Text

from relayctl.dead_letters.explanation import Fate
from relayctl.dead_letters.letter import NO_REASON, DeadLetter
from relayctl.dead_letters.plan import Action
from relayctl.dead_letters.replay import Tally
from relayctl.dead_letters.survey import Finding
from relayctl.printable import printable, shortened, without_addresses
from relayctl.progress import say

# Output that goes to a file or another program has no width to respect: a letter is a line there.
_FILE_WIDTH = 2000
_CELL_CHARACTERS = 160
_MOVED_BY_SQS = "moved here by SQS: received too often without an end"
_STYLES = {
    Fate.WOULD_SEND: "green",
    Fate.ALREADY_SENT: "cyan",
    Fate.UNKNOWN: "yellow",
    Fate.UNPROVABLE: "bold red",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """How to show letters.

    Args:
        console: Where.
        now: Unix seconds, for ages.
        show_body: Show bodies, and mail addresses in facts and keys.
    """

    console: Console
    now: float
    show_body: bool = False

    def cell(self, text: str) -> Text:
        """A text of somebody else's, fit to be shown."""
        shown = text if self.show_body else without_addresses(text)
        return Text(printable(shortened(shown, characters=_CELL_CHARACTERS)))


def print_letters(letters: Sequence[DeadLetter], *, view: View) -> None:
    """How many a reason, then a line for each."""
    counts = Counter(letter.reason or NO_REASON for letter in letters)
    _print_counts(((view.cell(reason), count) for reason, count in counts.most_common()), view)
    table = _table("reason", "detail", "attempts", "idempotency key", "age", "message id")
    for letter in letters:
        table.add_row(
            view.cell(letter.reason or NO_REASON),
            view.cell(letter.detail or (_MOVED_BY_SQS if letter.moved_by_sqs else "")),
            *_common_cells(letter, letter.idempotency_key, view),
        )
    _print_table(table, view)
    _print_bodies(letters, view)


def print_findings(
    findings: Sequence[Finding], *, view: View, actions: Sequence[Action] = ()
) -> None:
    """How many a fate, then a line for each; with `actions`, one a finding, these first."""
    counts = Counter(finding.explanation.fate for finding in findings)
    _print_counts(((_fate(fate), count) for fate, count in counts.most_common()), view)
    first = ("would do",) if actions else ()
    table = _table(
        *first, "a replay", "because", "reason", "attempts", "idempotency key", "age", "message id"
    )
    for index, finding in enumerate(findings):
        table.add_row(
            *(Text(action) for action in actions[index : index + 1]),
            _fate(finding.explanation.fate),
            view.cell(finding.explanation.because),
            view.cell(finding.letter.reason or NO_REASON),
            *_common_cells(finding.letter, key_of(finding), view),
        )
    _print_table(table, view)
    _print_bodies([finding.letter for finding in findings], view)


def print_tally(tally: Tally, *, console: Console) -> None:
    """What a replay did, and every letter that did not go as it should."""
    for action, verb in _PAST.items():
        fates = {fate: count for (one, fate), count in tally.done.items() if one is action}
        parts = ", ".join(f"{count} {fate}" for fate, count in sorted(fates.items()))
        say(console, f"{verb} {tally.total(action)}" + (f" ({parts})" if parts else ""))
    if tally.failures:
        say(console, f"failed {len(tally.failures)}")
    for failure in tally.failures:
        say(console, f"  {printable(failure.letter.message_id)}: {failure.because}")


_PAST = {Action.REPLAY: "replayed", Action.DELETE: "deleted", Action.STAY: "left"}


def key_of(finding: Finding) -> str:
    """The producer's key: as written beside the message, else as it stands in the message."""
    if finding.letter.idempotency_key or finding.mail is None or not finding.mail.has_key:
        return finding.letter.idempotency_key
    return finding.mail.identity.key.removeprefix("key:")


def age(seconds: float) -> str:
    """As `3 d 4 h`, `12 min` or `40 s`."""
    minutes = int(max(0.0, seconds)) // 60
    if minutes >= 24 * 60:
        return f"{minutes // (24 * 60)} d {minutes // 60 % 24} h"
    if minutes >= 60:
        return f"{minutes // 60} h {minutes % 60} min"
    return f"{minutes} min" if minutes else f"{max(0.0, seconds):.0f} s"


def _common_cells(letter: DeadLetter, key: str, view: View) -> tuple[Text, Text, Text, Text]:
    return (
        Text("" if letter.attempts is None else str(letter.attempts)),
        view.cell(key),
        Text(age(view.now - letter.sent_at)),
        view.cell(letter.message_id),
    )


def _fate(fate: Fate) -> Text:
    return Text(fate, style=_STYLES.get(fate, ""))


def _table(*columns: str) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in columns:
        table.add_column(column, justify="right" if column == "attempts" else "left")
    return table


def _print_counts(counts: Iterable[tuple[Text, int]], view: View) -> None:
    for text, count in counts:
        view.console.print(Text.assemble(f"{count:6} ", text), soft_wrap=True)


def _print_table(table: Table, view: View) -> None:
    if not table.row_count:
        say(view.console, "no letters")
        return
    view.console.print()
    if view.console.is_terminal:
        view.console.print(table)
    else:
        Console(file=view.console.file, width=_FILE_WIDTH).print(table)


def _print_bodies(letters: Iterable[DeadLetter], view: View) -> None:
    if not view.show_body:
        return
    for letter in letters:
        say(view.console, f"\n{printable(letter.message_id)}\n  {printable(letter.body)}")

"""The words on the command line."""

from __future__ import annotations

import argparse
import math
from typing import Any

from relayctl.options import add_stack

_DESCRIPTION = """\
Messages that send_email could not send, each with the reason beside it.

Reading takes nothing out of the queue: letters are hidden from others while a command runs, and
given back when it ends (after 15 minutes, if it is killed). Their receive counts go up, which has
no effect in a dead-letter queue.
"""
_REPLAY_DESCRIPTION = """\
Puts letters back on the email queue, body unchanged, and removes them from the dead-letter queue:
those that would be sent, those whose outcome is unknown (looked up at the provider first), and
those that have expired (recorded as such, not sent).

Left where they are: already sent, still malformed, in flight, conflicting, and those that may have
been sent but would not be recognised as such.

A letter is put on the queue before it is removed here. If that is cut off in between, it is in
both queues; the second copy is recognised and not sent if the message has an idempotencyKey.
Messages without one have their identity from the SQS message id, which a replay changes: a replay
of such a message is a new mail, and nothing recognises it as sent before.
"""
_EPILOG = """\
exit status: 0 done, 1 something failed, 2 wrong usage, 130 interrupted
"""
_SLOWEST = 0.1


def add_dead_letters(parsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Adds `dead-letters` and its three commands; the chosen one is in `command`."""
    parser = parsers.add_parser("dead-letters", **_texts("list, explain or replay", _DESCRIPTION))
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    listing = commands.add_parser("list", **_texts("show what is there", _DESCRIPTION))
    explaining = commands.add_parser(
        "explain", **_texts("say of each what a replay would do", _DESCRIPTION)
    )
    replaying = commands.add_parser(
        "replay", **_texts("put back on the queue", _REPLAY_DESCRIPTION)
    )
    for command in (listing, explaining, replaying):
        _add_selection(command)
    for command in (listing, explaining):
        _add_output(command)
    _add_replay(replaying)


def _texts(summary: str, description: str) -> dict[str, Any]:
    return {
        "help": summary,
        "description": description,
        "epilog": _EPILOG,
        "formatter_class": argparse.RawDescriptionHelpFormatter,
        # A shortened --delete-settled is too easily something else.
        "allow_abbrev": False,
    }


def _add_selection(parser: argparse.ArgumentParser) -> None:
    add_stack(parser)
    parser.add_argument(
        "--reason",
        action="append",
        default=[],
        metavar="WORD",
        help="only letters with this reason; may be repeated; `none` for those without",
    )
    parser.add_argument(
        "--id",
        action="append",
        default=[],
        dest="message_ids",
        metavar="MESSAGE_ID",
        help="only this letter; may be repeated",
    )
    parser.add_argument("--limit", type=_count, metavar="N", help="no more than N letters")


def _add_output(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="JSON instead of a table")
    parser.add_argument(
        "--show-body",
        action="store_true",
        help="show the messages too, and mail addresses, which are masked otherwise",
    )


def _add_replay(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--dry-run", action="store_true", help="say what would be done, change nothing"
    )
    parser.add_argument(
        "--rate", type=_rate, metavar="N", help="at most N letters a second on the average"
    )
    parser.add_argument(
        "--delete-settled",
        action="store_true",
        help="remove letters whose mail is recorded as sent or as expired",
    )
    parser.add_argument(
        "--allow-duplicates",
        action="store_true",
        help="replay also letters that may have been sent and would not be recognised",
    )


def _count(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 10 and int(text) >= 1):
        raise argparse.ArgumentTypeError("must be a whole number from 1")
    return int(text)


def _rate(text: str) -> float:
    try:
        rate = float(text)
    except ValueError:
        rate = math.nan
    # Slower, and letters would show themselves to others before it is their turn.
    if not (math.isfinite(rate) and rate >= _SLOWEST):
        raise argparse.ArgumentTypeError(f"must be a number from {_SLOWEST:g}")
    return rate

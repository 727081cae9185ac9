"""The words on the command line."""

from __future__ import annotations

import argparse

from relayctl.options import add_stack

_DESCRIPTION = """\
For a key that may be known to others: replaces it now, and ends the old one without an overlap.

Secrets Manager rotates as it does on its schedule, so the new key is tested before it is used. Then
the old key is revoked, and seen to be refused. Mail that meets the old key meanwhile is sent with
the new one. No key is shown, and none passes through this command.
"""
_EPILOG = """\
exit status: 0 the old key is dead, 1 it is not (what to do is said), 2 wrong usage, 130 interrupted
"""


def add_rotate(parsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Adds `rotate`."""
    parser = parsers.add_parser(
        "rotate",
        help="replace a key now, and end the old one at once",
        description=_DESCRIPTION,
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    add_stack(parser)
    parser.add_argument(
        "--now",
        action="store_true",
        required=True,
        help="required: rotations that can wait are made by the schedule",
    )
    parser.add_argument(
        "--secret",
        choices=("forma-mail", "formaloo"),
        default="forma-mail",
        help="whose key (default: forma-mail)",
    )
    parser.add_argument("--yes", action="store_true", help="do not ask")

"""The words on the command line."""

from __future__ import annotations

import argparse

from relayctl.options import add_stack

_DESCRIPTION = """\
Looks at a deployed stack and says what is wrong, why it matters and what to do about it.

It only reads. The providers are asked with the stack's own keys: four calls to Forma Mail and
one to Formaloo, which count against their limits. No mail is sent, and no key is shown.
"""
_EPILOG = """\
exit status: 0 all is well, 1 something is wrong, 2 something could not be looked at (and nothing
that could is wrong) or wrong usage, 130 interrupted
"""


def add_doctor(parsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Adds `doctor`."""
    parser = parsers.add_parser(
        "doctor",
        help="say what is wrong with a deployed stack",
        description=_DESCRIPTION,
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    add_stack(parser)
    parser.add_argument(
        "--only",
        action="append",
        default=[],
        metavar="CHECK",
        help="only this check; may be repeated",
    )
    parser.add_argument("--json", action="store_true", help="JSON instead of text")
    parser.add_argument("--list", action="store_true", help="show all checks, and look at nothing")

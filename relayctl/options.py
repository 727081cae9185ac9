"""Words on the command line that several commands have."""

from __future__ import annotations

import argparse
from pathlib import Path

from relayctl.stack import DEFAULT_STACK_FILE


def add_stack(parser: argparse.ArgumentParser) -> None:
    """Adds `--stack` and `--env-file`, of which only one may be given."""
    stack = parser.add_mutually_exclusive_group()
    stack.add_argument(
        "--stack",
        metavar="NAME",
        help="a CloudFormation stack, in the account and region of your AWS credentials",
    )
    stack.add_argument(
        "--env-file",
        type=Path,
        metavar="FILE",
        help=f"KEY=value lines as `make up` writes them (default: {DEFAULT_STACK_FILE})",
    )

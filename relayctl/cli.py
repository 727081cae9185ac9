"""`python -m relayctl dead-letters | rotate | doctor`: what the person on call needs.

Secrets are never taken from the command line: AWS credentials come from the usual places, or from
the stack file of a local stack.
"""

from __future__ import annotations

import argparse
import signal
from collections.abc import Sequence

from rich.console import Console

from formarelay.clock import SystemClock
from relayctl.aws import explained
from relayctl.dead_letters.command import FAILED, DeadLetterCommand
from relayctl.dead_letters.options import add_dead_letters
from relayctl.doctor.command import UNSEEN, DoctorCommand
from relayctl.doctor.options import add_doctor
from relayctl.errors import RelayctlError, UsageError
from relayctl.interruption import ending_in_order
from relayctl.progress import say
from relayctl.rotate.command import RotateCommand
from relayctl.rotate.options import add_rotate
from relayctl.stack import find_stack
from relayctl.surroundings import Surroundings

WRONG_USAGE = 2
# What a shell reports for a command that Ctrl-C ended.
INTERRUPTED = 128 + signal.SIGINT
_INTERRUPTED = {
    "dead-letters": "interrupted; what was held is given back",
    "rotate": "interrupted; a rotation that has begun goes on by itself",
    "doctor": "interrupted; nothing was changed",
}


def main(arguments: Sequence[str], *, around: Surroundings | None = None) -> int:
    """Runs one command line. Returns the exit status; leaves by SystemExit(2) on wrong usage."""
    parser = argparse.ArgumentParser(
        prog="python -m relayctl",
        description="The command of the person on call.",
        allow_abbrev=False,
    )
    topics = parser.add_subparsers(dest="topic", required=True, metavar="TOPIC")
    add_dead_letters(topics)
    add_rotate(topics)
    add_doctor(topics)
    options = parser.parse_args(arguments)
    around = around or Surroundings(
        output=Console(), messages=Console(stderr=True), clock=SystemClock()
    )
    try:
        with ending_in_order(), explained():
            if options.topic == "doctor":
                return DoctorCommand(options=options, around=around).run()
            stack = find_stack(name=options.stack, file=options.env_file)
            say(around.messages, f"stack {stack.title}")
            if options.topic == "rotate":
                return RotateCommand(options=options, stack=stack, around=around).run()
            return DeadLetterCommand(options=options, stack=stack, around=around).run()
    except UsageError as error:
        say(around.messages, f"error: {error}")
        return WRONG_USAGE
    except RelayctlError as error:
        say(around.messages, f"error: {error}")
        return UNSEEN if options.topic == "doctor" else FAILED
    except KeyboardInterrupt:
        say(around.messages, _INTERRUPTED[options.topic])
        return INTERRUPTED

"""`python -m local up|down|demo`: the commands behind `make up`, `make down` and `make demo`."""

from __future__ import annotations

import argparse
import os
import signal
import sys
from types import FrameType
from typing import NoReturn

from rich.console import Console
from rich.text import Text

from local.demo.run import demo
from local.down import stop_everything
from local.environment import forget_real_aws
from local.errors import LocalStackError, WorkspaceHeldError
from local.progress import Reporter
from local.up import up
from local.workspace import Workspace

_FAILED = 1
# What a shell reports for a command that a signal ended.
_SIGNAL_STATUS = 128


def _up(workspace: Workspace, reporter: Reporter) -> int:
    with workspace.exclusive():
        values = up(workspace, reporter=reporter, environment=os.environ)
    reporter.say(f"up: AWS at {values['AWS_ENDPOINT_URL']}, sandbox at {values['SANDBOX_URL']}")
    reporter.say(f"inbox, to look at in a browser: {values['SANDBOX_URL']}/")
    reporter.say(f"every address and name: {workspace.stack_file}; `make down` stops it")
    return 0


def _down(workspace: Workspace, reporter: Reporter) -> int:
    with workspace.exclusive():
        stopped = stop_everything(workspace)
    stopped += _stop_what_a_demo_left(workspace.for_demo(), reporter=reporter)
    reporter.say(f"stopped: {', '.join(stopped)}" if stopped else "nothing was running")
    return 0


def _stop_what_a_demo_left(workspace: Workspace, *, reporter: Reporter) -> list[str]:
    """A demo stops its own stack, unless it was killed itself."""
    if not workspace.directory.exists():
        return []
    try:
        with workspace.exclusive():
            return [f"{name} of a killed demo" for name in stop_everything(workspace)]
    except WorkspaceHeldError:
        reporter.say("a demo is at work; it stops its own stack when it ends")
        return []


def _demo(workspace: Workspace, reporter: Reporter) -> int:
    own = workspace.for_demo()
    with own.exclusive():
        held = demo(own, reporter=reporter, environment=os.environ)
    return 0 if held else _FAILED


_COMMANDS = {"up": _up, "down": _down, "demo": _demo}


def main(arguments: list[str]) -> int:
    """Runs one command; the exit status is 0 only when all it promises holds."""
    parser = argparse.ArgumentParser(prog="python -m local", description=__doc__)
    parser.add_argument("command", choices=sorted(_COMMANDS))
    chosen = parser.parse_args(arguments).command
    forget_real_aws(os.environ)
    signal.signal(signal.SIGTERM, _end)
    try:
        return _COMMANDS[chosen](Workspace(), Reporter(Console()))
    except LocalStackError as error:
        Console(stderr=True).print(Text(f"error: {error}"), soft_wrap=True)
        return _FAILED
    except KeyboardInterrupt:
        Console(stderr=True).print("interrupted; what it had started is stopped")
        return _SIGNAL_STATUS + signal.SIGINT


def _end(number: int, frame: FrameType | None) -> NoReturn:
    """As an exception, so that whatever was started is stopped on the way out."""
    del frame
    sys.exit(_SIGNAL_STATUS + number)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

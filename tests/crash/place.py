"""What every run of a worker happens in: the emulated AWS, the sandbox, and their one clock."""

from __future__ import annotations

import os
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import Self

from local import processes
from local.environment import aws_variables, emulator_environment, forget_real_aws, loopback_url
from local.ports import free_ports
from local.services import EMULATOR, log_path, wait_until_ready
from local.workspace import PROJECT, Workspace
from sandbox.testing import RunningSandbox
from tests.crash.clock import SharedClock
from tests.crash.control import Control

# A new connection is accepted, read and served in one turn of the sandbox's loop each.
_TURNS_OF_A_REQUEST = 5


class Place:
    """A context manager; what it starts it stops. The environment of this process leads to it.

    Args:
        directory: For everything that it writes.
    """

    def __init__(self, directory: Path) -> None:
        self._workspace = Workspace(directory=directory, runtimes=directory / "runtime")
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        with ExitStack() as stack:
            self._start(stack)
            self._stack = stack.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def _start(self, stack: ExitStack) -> None:
        self._workspace.create_folders()
        clock_path = self._workspace.directory / "clock"
        self.clock = SharedClock(clock_path)
        self.emulator_port = free_ports(1)[0]
        self.emulator_url = loopback_url(self.emulator_port)
        emulator = processes.start(
            [sys.executable, "-m", "tests.crash.emulator", str(clock_path)],
            environment=emulator_environment(self._workspace, port=self.emulator_port),
            directory=PROJECT,
            log=log_path(EMULATOR, workspace=self._workspace),
            port=self.emulator_port,
        )
        stack.callback(processes.stop, emulator)
        sandbox = stack.enter_context(RunningSandbox())
        self.sandbox_url = sandbox.url
        self.sandbox = self.new_control()
        wait_until_ready(EMULATOR, emulator, workspace=self._workspace)
        forget_real_aws(os.environ)
        os.environ.update(aws_variables(self.emulator_port))

    def new_control(self) -> Control:
        """A connection of its own to the control of the sandbox."""
        return Control(self.sandbox_url, prefix="/_sandbox")

    def advance(self, seconds: float) -> None:
        """Lets time pass for everybody. Only while no delivery is under way.

        What a killed process had already written to a provider arrives before, not after.
        """
        for _ in range(_TURNS_OF_A_REQUEST):
            self.sandbox.call("GET", "/emails?limit=0")
        self.clock.advance(seconds)
        self.sandbox.call("PUT", "/clock", {"offset_seconds": self.clock.ahead_seconds})

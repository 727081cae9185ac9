"""Everything outside of the function: the emulated AWS, the sandbox, the keys, and the time."""

from __future__ import annotations

import os
import sys
from contextlib import ExitStack
from itertools import count
from pathlib import Path
from typing import Any, Self

from local import processes
from local.environment import aws_variables, emulator_environment, forget_real_aws, loopback_url
from local.ports import free_ports
from local.services import EMULATOR, log_path, wait_until_ready
from local.workspace import PROJECT, Workspace
from sandbox.testing import RunningSandbox
from tests.crash.clock import SharedClock
from tests.crash.cloud import Cloud
from tests.crash.control import Control
from tests.crash.messages import Materials
from tests.crash.resources import Resources

RIGHTS = ("emails:send", "emails:read", "templates:read")

# A new connection is accepted, read and served in one turn of the sandbox's loop each.
_TURNS_OF_A_REQUEST = 5

# Of the sandbox: it neither limits nor lags, unless a fault says so.
_PROFILE = {"rate_limit": "off", "list_lag_seconds": 0, "quota_limit": 1_000_000}


class World:
    """A context manager; what it starts it stops. One a worker, and one run at a time in it."""

    def __init__(self, directory: Path, resources: Resources) -> None:
        self._workspace = Workspace(directory=directory, runtimes=directory / "runtime")
        self._resources = resources
        self._stack = ExitStack()
        self._numbers = count(1)
        self._key_ids: dict[str, str] = {}
        self._is_changed = True
        self.canaries: list[str] = []
        """Every credential that was ever used; no output may show one."""

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
        emulator = processes.start(
            [sys.executable, "-m", "tests.crash.emulator", str(clock_path)],
            environment=emulator_environment(self._workspace, port=self.emulator_port),
            directory=PROJECT,
            log=log_path(EMULATOR, workspace=self._workspace),
            port=self.emulator_port,
        )
        stack.callback(processes.stop, emulator)
        sandbox = stack.enter_context(RunningSandbox())
        self._sandbox_url = sandbox.url
        self._sandbox = Control(sandbox.url, prefix="/_sandbox")
        wait_until_ready(EMULATOR, emulator, workspace=self._workspace)
        forget_real_aws(os.environ)
        os.environ.update(aws_variables(self.emulator_port))
        self.cloud = Cloud(loopback_url(self.emulator_port), self._resources)
        formaloo = self._sandbox.call("GET", "/formaloo")
        pair = {name: formaloo[name] for name in ("api_key", "secret_key")}
        self.cloud.put_pair(pair)
        self.canaries += pair.values()
        self.materials = Materials(row=formaloo["forms"][0]["rows"][0], file=self.cloud.file)
        self.key = self.new_key(RIGHTS)

    def environment(self) -> dict[str, str]:
        """The environment of the function, as its deployment would set it."""
        return self.cloud.environment() | {
            "FORMA_MAIL_API_URL": f"{self._sandbox_url}/api",
            "FORMALOO_API_URL": self._sandbox_url,
        }

    def new_name(self) -> str:
        """A name that no run in this world has had, so that its mails are not those of another."""
        return f"run{next(self._numbers)}"

    def renew(self) -> None:
        """Empty queues and table, no faults, a good key: nothing of an earlier run is left."""
        self.cloud.renew()
        self.heal()
        if self._is_changed:
            self.use_key(self.key)
        self._is_changed = False
        self.advance(0)

    def heal(self) -> None:
        """Ends what `add_fault` and `change_profile` did."""
        self._sandbox.call("DELETE", "/faults")
        if self._is_changed:
            self._sandbox.call("PUT", "/profile", _PROFILE)

    def change_profile(self, knobs: dict[str, Any]) -> None:
        """Turns knobs of the sandbox, until the next `renew`."""
        self._is_changed = True
        self._sandbox.call("PUT", "/profile", knobs)

    def add_fault(self, rule: dict[str, Any]) -> None:
        """Appends to the sandbox's fault script, until the next `renew`."""
        self._sandbox.call("POST", "/faults", rule)

    def advance(self, seconds: float) -> None:
        """Lets time pass for everybody. Only while no delivery is under way.

        What a killed process had already written to the provider arrives before, not after.
        """
        for _ in range(_TURNS_OF_A_REQUEST):
            self.accepted_count()
        self.clock.advance(seconds)
        self._sandbox.call("PUT", "/clock", {"offset_seconds": self.clock.ahead_seconds})

    def new_key(self, rights: tuple[str, ...]) -> str:
        """Mints a key with these permissions."""
        key = self._sandbox.call("POST", "/keys", {"name": "crash", "permissions": list(rights)})
        value = str(key["apiKey"])
        self.canaries.append(value)
        self._key_ids[value] = key["id"]
        return value

    def use_key(self, key: str) -> None:
        """Makes a key the current version of the secret, until the next `renew`."""
        self._is_changed = True
        self.cloud.put_key(key, key_id=self._key_ids[key])

    def rotate_in_fork(self, *, old: str, new: str) -> None:
        """In a forked process: replaces the key in the secret, and revokes the old one."""
        self.cloud.put_key(new, key_id=self._key_ids[new], in_fork=True)
        control = Control(self._sandbox_url, prefix="/_sandbox")
        control.call("POST", f"/keys/{self._key_ids[old]}/revoke")
        control.close()

    def accepted(self, *, since: int) -> list[dict[str, Any]]:
        """Every mail that the provider accepted since it had accepted so many."""
        path = f"/emails?offset={since}"
        emails: list[dict[str, Any]] = self._sandbox.call("GET", path)["emails"]
        return emails

    def accepted_count(self) -> int:
        return int(self._sandbox.call("GET", "/emails?limit=0")["total"])

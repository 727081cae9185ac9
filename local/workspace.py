"""Where everything of the local stack stands, and the lock that keeps two commands apart."""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from local.errors import WorkspaceHeldError

PROJECT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Workspace:
    """The folders of one local stack.

    Args:
        root: Holds `template.yaml`, `samconfig.toml` and the package `sandbox`.
        directory: Everything that is written goes here, and nowhere else.
        runtimes: The functions' interpreters, one folder a runtime. Shared between workspaces.
    """

    root: Path = PROJECT
    directory: Path = PROJECT / ".local"
    runtimes: Path = PROJECT / ".local" / "runtime"

    def for_demo(self) -> Workspace:
        """The demo's own: it starts from nothing and ends with nothing, beside a running stack."""
        return replace(self, directory=self.directory / "demo")

    @property
    def stack_file(self) -> Path:
        return self.directory / "stack.env"

    @property
    def logs(self) -> Path:
        return self.directory / "logs"

    @property
    def records(self) -> Path:
        """One file a running process."""
        return self.directory / "run"

    @property
    def temporary(self) -> Path:
        """Unpacked functions and uploads; gone after `down`."""
        return self.directory / "tmp"

    @property
    def state(self) -> Path:
        """What emulator and sandbox keep while they run; gone after `down`."""
        return self.directory / "state"

    @property
    def home(self) -> Path:
        return self.directory / "home"

    @property
    def build(self) -> Path:
        """Apart from `.aws-sam`, so that a local build is never deployed to AWS."""
        return self.directory / "build"

    @property
    def sam_settings(self) -> Path:
        return self.directory / "sam"

    def create_folders(self) -> None:
        folders = (self.logs, self.records, self.temporary, self.state, self.home, self.runtimes)
        for folder in (*folders, self.sam_settings):
            folder.mkdir(parents=True, exist_ok=True)

    @contextmanager
    def exclusive(self) -> Iterator[None]:
        """Holds the workspace. Raises WorkspaceHeldError at once when another command holds it."""
        self.directory.mkdir(parents=True, exist_ok=True)
        with (self.directory / "lock").open("a") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise WorkspaceHeldError(
                    "another up, down or demo is at work here; wait for it or end it first"
                ) from None
            yield

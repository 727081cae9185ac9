"""A deployed stack of a test run's own."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console

from local.down import stop_everything
from local.progress import Reporter
from local.up import PARAMETERS_ENV, up
from local.workspace import PROJECT, Workspace
from tests.support.stack import Stack


@contextmanager
def deployed(folder: Path, *, parameters: str) -> Iterator[Stack]:
    """Deployed by the SAM CLI into an emulator of its own; it leaves nothing running.

    Args:
        folder: For everything that it writes.
        parameters: Of the template, as `Name=value Name=value`.
    """
    workspace = Workspace(directory=folder, runtimes=PROJECT / ".local" / "runtime")
    try:
        values = up(
            workspace,
            reporter=Reporter(Console(stderr=True)),
            environment=os.environ | {PARAMETERS_ENV: parameters},
        )
        yield Stack(values, file=workspace.stack_file)
    finally:
        stop_everything(workspace)

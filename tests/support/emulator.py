"""The project's own emulated AWS as a process, without a stack."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from local import processes
from local.environment import loopback_url
from local.ports import free_ports
from local.services import EMULATOR, start_emulator, wait_until_ready
from local.workspace import Workspace


@contextmanager
def emulated_aws(workspace: Workspace) -> Iterator[str]:
    """Where it answers, until the block ends."""
    workspace.create_folders()
    record = start_emulator(workspace, port=free_ports(1)[0])
    try:
        wait_until_ready(EMULATOR, record, workspace=workspace)
        yield loopback_url(record.port)
    finally:
        processes.stop(record)

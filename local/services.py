"""The two background processes of the stack: started when they do not run, found when they do."""

from __future__ import annotations

import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import requests

from local import processes
from local.environment import emulator_environment, loopback_url, sandbox_environment
from local.errors import LocalStackError
from local.ports import EMULATOR_PORT_ENV, SANDBOX_PORT_ENV
from local.processes import ProcessRecord
from local.workspace import PROJECT, Workspace

_READY_TIMEOUT_SECONDS = 20.0
_POLL_SECONDS = 0.05
_PROBE_TIMEOUT_SECONDS = 2.0
_OK = 200


@dataclass(frozen=True)
class Service:
    """What tells one background process from the other."""

    name: str
    port_variable: str
    ready_path: str


EMULATOR = Service(name="emulator", port_variable=EMULATOR_PORT_ENV, ready_path="/_ministack/ready")
SANDBOX = Service(name="sandbox", port_variable=SANDBOX_PORT_ENV, ready_path="/_sandbox/health")
SERVICES = (EMULATOR, SANDBOX)


def record_path(service: Service, *, workspace: Workspace) -> Path:
    return workspace.records / f"{service.name}.json"


def log_path(service: Service, *, workspace: Workspace) -> Path:
    return workspace.logs / f"{service.name}.log"


def running(service: Service, *, workspace: Workspace) -> ProcessRecord | None:
    """The remembered process if it still runs; a stale record is none."""
    record = processes.load_record(record_path(service, workspace=workspace))
    return record if record is not None and processes.is_alive(record) else None


def start_emulator(workspace: Workspace, *, port: int) -> ProcessRecord:
    """Starts the emulator without waiting for it."""
    return _start(
        EMULATOR,
        # Started from the project's folder, which holds the package, and never by PYTHONPATH:
        # functions inherit this environment and would import the project by it.
        [sys.executable, "-m", "local.emulator"],
        workspace=workspace,
        directory=PROJECT,
        environment=emulator_environment(workspace, port=port),
        port=port,
    )


def start_sandbox(workspace: Workspace, *, port: int) -> ProcessRecord:
    """Starts the sandbox without waiting for it."""
    database = workspace.state / "sandbox.db"
    return _start(
        SANDBOX,
        [sys.executable, "-m", "sandbox", "--port", str(port), "--db", str(database)],
        workspace=workspace,
        directory=workspace.root,
        environment=sandbox_environment(workspace),
        port=port,
    )


def _start(
    service: Service,
    command: list[str],
    *,
    workspace: Workspace,
    directory: Path,
    environment: Mapping[str, str],
    port: int,
) -> ProcessRecord:
    log = log_path(service, workspace=workspace)
    record = processes.start(
        command, environment=environment, directory=directory, log=log, port=port
    )
    record.save(record_path(service, workspace=workspace))
    return record


def wait_until_ready(service: Service, record: ProcessRecord, *, workspace: Workspace) -> None:
    """Returns when the process answers. Raises LocalStackError when it ends or stays silent."""
    url = loopback_url(record.port) + service.ready_path
    log = log_path(service, workspace=workspace)
    deadline = time.monotonic() + _READY_TIMEOUT_SECONDS
    while time.monotonic() < deadline:
        if not processes.is_alive(record):
            raise LocalStackError(f"the {service.name} ended at its start", log=log)
        if _answers(url):
            return
        time.sleep(_POLL_SECONDS)
    raise LocalStackError(
        f"the {service.name} was not ready after {_READY_TIMEOUT_SECONDS:.0f} s; "
        "`make down` ends it if it still runs",
        log=log,
    )


def _answers(url: str) -> bool:
    try:
        with requests.Session() as session:
            # A proxy of the caller's must not see loopback calls.
            session.trust_env = False
            return session.get(url, timeout=_PROBE_TIMEOUT_SECONDS).status_code == _OK
    except requests.RequestException:
        return False


def stop_service(service: Service, *, workspace: Workspace) -> bool:
    """Ends the process and forgets it; False when it was not running."""
    path = record_path(service, workspace=workspace)
    record = processes.load_record(path)
    was_running = record is not None and processes.is_alive(record)
    if record is not None:
        processes.stop(record)
    path.unlink(missing_ok=True)
    return was_running

"""Starting, recognising and stopping background processes.

Each one leads a session of its own, so that stopping it reaches whatever it started in turn, and
nothing else. A process is recognised by its number and its time of birth: a number alone may belong
to a stranger after a reboot.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

_POLL_SECONDS = 0.02
# Longer than a well-behaved stop of the emulator takes (2.5 s), which hangs at times.
STOP_GRACE_SECONDS = 5.0
_KILL_WAIT_SECONDS = 5.0

# Children of this very process: somebody has to collect them when they end.
_children: dict[int, subprocess.Popen[bytes]] = {}


@dataclass(frozen=True)
class ProcessRecord:
    """What is remembered of a running process, in a file that outlives the command."""

    pid: int
    birth: str
    port: int

    def save(self, path: Path) -> None:
        draft = path.with_suffix(".new")
        draft.write_text(json.dumps(asdict(self)))
        draft.replace(path)


def load_record(path: Path) -> ProcessRecord | None:
    """The remembered process; None when there is no file or it is damaged."""
    try:
        fields = json.loads(path.read_text())
        return ProcessRecord(
            pid=int(fields["pid"]), birth=str(fields["birth"]), port=int(fields["port"])
        )
    except (OSError, ValueError, KeyError, TypeError):
        return None


def start(
    command: Sequence[str],
    *,
    environment: Mapping[str, str],
    directory: Path,
    log: Path,
    port: int,
) -> ProcessRecord:
    """Starts the command in a session of its own, its output going to a fresh log."""
    with log.open("wb") as output:
        process = subprocess.Popen(
            command,
            cwd=directory,
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    _children[process.pid] = process
    return ProcessRecord(pid=process.pid, birth=_birth(process.pid) or "", port=port)


def is_alive(record: ProcessRecord) -> bool:
    """Whether that very process still runs, not another one under its number."""
    child = _children.get(record.pid)
    if child is not None and child.poll() is not None:
        return False
    return _birth(record.pid) == record.birth


def stop(record: ProcessRecord, *, grace_seconds: float = STOP_GRACE_SECONDS) -> None:
    """Ends the process and whatever is left of its session. Does nothing when all are gone."""
    if is_alive(record):
        _signal(os.kill, record.pid, signal.SIGTERM)
        _wait_until_gone(record, timeout_seconds=grace_seconds)
    elif _birth(record.pid) is not None:
        # A stranger has the number now, which the system gives out only when the session is empty.
        return
    _signal(os.killpg, record.pid, signal.SIGKILL)
    _wait_until_gone(record, timeout_seconds=_KILL_WAIT_SECONDS)
    child = _children.pop(record.pid, None)
    if child is not None:
        child.wait(timeout=_KILL_WAIT_SECONDS)


def _signal(send: Callable[[int, int], None], number: int, which: signal.Signals) -> None:
    try:
        send(number, which)
    except (ProcessLookupError, PermissionError):
        # Gone already; macOS says "not permitted" for a session of zombies.
        return


def _wait_until_gone(record: ProcessRecord, *, timeout_seconds: float) -> None:
    deadline = time.monotonic() + timeout_seconds
    while is_alive(record) and time.monotonic() < deadline:
        time.sleep(_POLL_SECONDS)


def _birth(pid: int) -> str | None:
    """When the process was born, in the system's own terms; None when it is gone or a zombie."""
    status = Path(f"/proc/{pid}/stat")
    if Path("/proc/self/stat").exists():
        try:
            # The name in the middle may hold spaces and parentheses; state and times follow it.
            fields = status.read_text().rpartition(")")[2].split()
        except OSError:
            return None
        return None if fields[0] == "Z" else fields[19]
    found = subprocess.run(
        ["ps", "-o", "stat=,lstart=", "-p", str(pid)], capture_output=True, text=True, check=False
    )
    state, _, born = found.stdout.strip().partition(" ")
    return None if not state or state.startswith("Z") else born.strip()

"""An `up` that does not get through leaves nothing running, and says what happened and where."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from local import sam
from local.down import stop_everything
from local.errors import LocalStackError, WorkspaceHeldError
from local.ports import EMULATOR_PORT_ENV
from local.processes import ProcessRecord
from local.progress import Reporter
from local.services import EMULATOR, SERVICES, record_path, running
from local.up import up
from local.workspace import PROJECT as REPOSITORY
from local.workspace import Workspace
from tests.integration.local.stacks import eventually

PROJECT = Path(__file__).parent / "project"
_COMMAND = """
import signal
import sys
from pathlib import Path
from local import __main__
from local.workspace import Workspace

root, directory, runtimes = (Path(each) for each in sys.argv[1:])
# A shell's background job starts with this signal ignored, and so would its children.
signal.signal(signal.SIGINT, signal.default_int_handler)
workspace = Workspace(root=root, directory=directory, runtimes=runtimes)
__main__.Workspace = lambda: workspace
sys.exit(__main__.main(["up"]))
"""


@pytest.fixture
def workspace(tmp_path: Path, runtimes: Path) -> Iterator[Workspace]:
    """A copy of the small project, to be broken by the test."""
    root = tmp_path / "project"
    shutil.copytree(PROJECT, root)
    copied = Workspace(root=root, directory=root / ".local", runtimes=runtimes)
    yield copied
    stop_everything(copied)


def _failure_of_up(workspace: Workspace, **environment: str) -> LocalStackError:
    reporter = Reporter(Console(file=StringIO()))
    with pytest.raises(LocalStackError) as caught:
        up(workspace, reporter=reporter, environment=os.environ | environment)
    assert type(caught.value) is LocalStackError
    return caught.value


def _assert_nothing_is_left(workspace: Workspace) -> None:
    assert [service for service in SERVICES if running(service, workspace=workspace)] == []
    assert list(workspace.records.iterdir()) == []
    assert not workspace.stack_file.exists()
    assert not workspace.temporary.exists()


def test_failed_build_shows_the_end_of_its_log(workspace: Workspace) -> None:
    recipe = workspace.root / "function" / "Makefile"
    recipe.write_text("build-SendEmailFunction:\n\t@echo the recipe is broken; exit 3\n")

    failure = _failure_of_up(workspace)

    log = workspace.logs / "sam-build.log"
    assert failure.message == "sam build failed with status 1"
    assert "the recipe is broken" in str(failure)
    assert str(failure).endswith(f"whole log: {log}")
    assert log.exists()
    _assert_nothing_is_left(workspace)


def test_sandbox_that_ends_at_its_start_is_told_with_its_last_words(workspace: Workspace) -> None:
    (workspace.root / "sandbox" / "__main__.py").write_text("raise SystemExit('no disk left')")

    failure = _failure_of_up(workspace)

    assert failure.message == "the sandbox ended at its start"
    assert "| no disk left" in str(failure)
    _assert_nothing_is_left(workspace)


def test_port_that_is_taken_is_named(workspace: Workspace) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as taken:
        port = taken.getsockname()[1]
        failure = _failure_of_up(workspace, **{EMULATOR_PORT_ENV: str(port)})

    assert str(failure) == f"LOCAL_AWS_PORT={port} cannot be used: Address already in use"
    _assert_nothing_is_left(workspace)


def test_stale_record_of_a_process_long_gone_is_no_obstacle(workspace: Workspace) -> None:
    (workspace.root / "sandbox" / "__main__.py").write_text("raise SystemExit(1)")
    workspace.create_folders()
    stale = ProcessRecord(pid=os.getpid(), birth="before the last reboot", port=1)
    stale.save(record_path(EMULATOR, workspace=workspace))
    workspace.stack_file.write_text("AWS_ENDPOINT_URL=http://127.0.0.1:1\n")

    # It gets past the emulator, whose record is stale, to the sandbox, which cannot start.
    assert _failure_of_up(workspace).message == "the sandbox ended at its start"
    _assert_nothing_is_left(workspace)


@pytest.mark.parametrize(
    ("which", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)], ids=["SIGINT", "SIGTERM"]
)
def test_interrupted_up_stops_all_it_had_started(
    workspace: Workspace, which: signal.Signals, status: int
) -> None:
    builder = workspace.root / "builder.pid"
    recipe = workspace.root / "function" / "Makefile"
    recipe.write_text(f"build-SendEmailFunction:\n\t@echo $$$$ > {builder}; exec sleep 60\n")
    places = (workspace.root, workspace.directory, workspace.runtimes)
    command = subprocess.Popen(
        [sys.executable, "-c", _COMMAND, *(str(place) for place in places)],
        cwd=REPOSITORY,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    with command:
        assert eventually(lambda: builder.exists() and bool(builder.read_text()))
        command.send_signal(which)

        assert command.wait(timeout=20) == status

    _assert_nothing_is_left(workspace)
    assert eventually(lambda: not _exists(int(builder.read_text())))


def _exists(pid: int) -> bool:
    found = subprocess.run(["kill", "-0", str(pid)], capture_output=True, check=False)
    return found.returncode == 0


def test_interruption_just_after_the_tool_ended_is_still_an_interruption(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Interrupted(subprocess.Popen[bytes]):
        interrupted = False

        def wait(self, timeout: float | None = None) -> int:
            status = super().wait(timeout)
            if not self.interrupted:
                self.interrupted = True
                raise KeyboardInterrupt
            return status

    workspace.create_folders()
    monkeypatch.setattr("local.sam.subprocess.Popen", Interrupted)

    with pytest.raises(KeyboardInterrupt):
        sam.build(workspace, environment={"PATH": "/nowhere"})


def test_second_command_at_the_same_time_is_refused(workspace: Workspace) -> None:
    with workspace.exclusive(), pytest.raises(WorkspaceHeldError) as caught:
        _hold(workspace)

    assert type(caught.value) is WorkspaceHeldError
    assert str(caught.value) == (
        "another up, down or demo is at work here; wait for it or end it first"
    )
    _hold(workspace)


def test_demo_does_not_share_the_workspace_of_a_running_stack(workspace: Workspace) -> None:
    with workspace.exclusive():
        _hold(workspace.for_demo())


def _hold(workspace: Workspace) -> None:
    with workspace.exclusive():
        pass

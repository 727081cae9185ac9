"""The command line: what each command says, and its exit status."""

from __future__ import annotations

import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from local import __main__ as commands
from local import processes
from local.errors import LocalStackError
from local.processes import ProcessRecord
from local.services import EMULATOR, SANDBOX, record_path
from local.workspace import Workspace


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Workspace]:
    """The workspace of every command that the test runs."""
    made = Workspace(root=tmp_path, directory=tmp_path / ".local", runtimes=tmp_path / "runtime")
    monkeypatch.setattr(commands, "Workspace", lambda: made)
    monkeypatch.setattr(commands, "forget_real_aws", lambda _: None)
    before = signal.getsignal(signal.SIGTERM)
    yield made
    signal.signal(signal.SIGTERM, before)


def _pretend_to_run(workspace: Workspace, *services: object) -> list[ProcessRecord]:
    workspace.create_folders()
    records = []
    for service in (EMULATOR, SANDBOX):
        if service in services:
            record = processes.start(
                [sys.executable, "-c", "import time; time.sleep(60)"],
                environment={},
                directory=workspace.directory,
                log=workspace.logs / "any.log",
                port=1,
            )
            record.save(record_path(service, workspace=workspace))
            records.append(record)
    return records


def test_down_with_nothing_running(
    workspace: Workspace, capsys: pytest.CaptureFixture[str]
) -> None:
    assert commands.main(["down"]) == 0

    assert capsys.readouterr().out == "  nothing was running\n"
    assert not workspace.for_demo().directory.exists()


def test_down_stops_the_stack_and_what_a_killed_demo_left(
    workspace: Workspace, capsys: pytest.CaptureFixture[str]
) -> None:
    records = _pretend_to_run(workspace, EMULATOR, SANDBOX)
    records += _pretend_to_run(workspace.for_demo(), EMULATOR)

    assert commands.main(["down"]) == 0

    assert capsys.readouterr().out == ("  stopped: emulator, sandbox, emulator of a killed demo\n")
    assert [record for record in records if processes.is_alive(record)] == []


def test_down_leaves_a_demo_at_work_alone(
    workspace: Workspace, capsys: pytest.CaptureFixture[str]
) -> None:
    (record,) = _pretend_to_run(workspace.for_demo(), EMULATOR)
    try:
        with workspace.for_demo().exclusive():
            assert commands.main(["down"]) == 0

        assert processes.is_alive(record)
        assert capsys.readouterr().out == (
            "  a demo is at work; it stops its own stack when it ends\n  nothing was running\n"
        )
    finally:
        processes.stop(record)


@pytest.mark.parametrize(("held", "status"), [(True, 0), (False, 1)])
def test_demo_ends_with_its_judgement_in_a_workspace_of_its_own(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch, held: bool, status: int
) -> None:
    used: list[Workspace] = []

    def judged(own: Workspace, **_: object) -> bool:
        used.append(own)
        return held

    monkeypatch.setattr(commands, "demo", judged)

    assert commands.main(["demo"]) == status
    assert used == [workspace.for_demo()]


def test_failed_step_is_told_and_fails_the_command(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    log = workspace.root / "sam-build.log"
    log.write_text("first\nlast [words]\n")

    def fail(*_: object, **__: object) -> dict[str, str]:
        raise LocalStackError("sam build failed with status 1", log=log)

    monkeypatch.setattr(commands, "up", fail)

    assert commands.main(["up"]) == 1
    assert capsys.readouterr().err == (
        f"error: sam build failed with status 1\n  | first\n  | last [words]\n  whole log: {log}\n"
    )


def test_interrupted_command_has_the_status_of_the_signal(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupt(*_: object, **__: object) -> dict[str, str]:
        raise KeyboardInterrupt

    monkeypatch.setattr(commands, "up", interrupt)

    assert commands.main(["up"]) == 130
    assert capsys.readouterr().err == "interrupted; what it had started is stopped\n"


def test_unknown_command_is_refused(
    workspace: Workspace, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as caught:
        commands.main(["restart"])

    assert caught.value.code == 2
    assert "invalid choice: 'restart'" in capsys.readouterr().err

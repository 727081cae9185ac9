"""The small parts: ports, environments, the log watch, the interpreter, progress."""

from __future__ import annotations

import os
import socket
import sys
from contextlib import closing
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from local.environment import emulator_environment, forget_real_aws, tool_environment
from local.errors import LocalStackError
from local.health import ensure_pollers_run, function_failures, log_size
from local.ports import ensure_free, free_ports, requested_port
from local.progress import Reporter
from local.runtime import prepare_runtime, runtime_name
from local.stack_file import KEYS, OUTPUTS, write_stack_file
from local.workspace import Workspace

CALLER = {
    "AWS_PROFILE": "production",
    "AWS_ACCESS_KEY_ID": "AKIAREAL",
    "AWS_SESSION_TOKEN": "real",
    "PATH": "/opt/tools:/usr/bin",
    "HTTPS_PROXY": "http://proxy.example.com:3128",
    "NO_PROXY": "intern.example.com",
    "DATABASE_PASSWORD": "not yours",
}


@pytest.mark.parametrize(("text", "port"), [("", None), ("  ", None), ("1", 1), ("65535", 65535)])
def test_requested_port_is_read(text: str, port: int | None) -> None:
    assert requested_port({"SANDBOX_PORT": text}, name="SANDBOX_PORT") == port


@pytest.mark.parametrize("text", ["0", "65536", "-1", "80.0", "eighty", "²"])
def test_requested_port_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(LocalStackError) as caught:
        requested_port({"SANDBOX_PORT": text}, name="SANDBOX_PORT")

    assert str(caught.value) == f"SANDBOX_PORT must be a port number from 1 to 65535: {text}"


def test_free_ports_are_free_and_different() -> None:
    ports = free_ports(3)

    assert len(set(ports)) == 3
    for port in ports:
        ensure_free(port, name="ANY")


def test_taken_port_is_refused() -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(LocalStackError):
            ensure_free(port, name="ANY")


def test_emulator_gets_nothing_from_the_caller(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in CALLER.items():
        monkeypatch.setenv(name, value)

    given = emulator_environment(Workspace(directory=Path("/w")), port=4566)

    assert set(given) == {
        "PATH",
        "HOME",
        "LANG",
        "TMPDIR",
        "GATEWAY_PORT",
        "BIND_HOST",
        "MINISTACK_HOST",
        "IOT_MTLS_ENABLED",
        "STATE_DIR",
        "S3_DATA_DIR",
        "FORMARELAY_RUNTIMES_DIRECTORY",
    }
    assert given["PATH"] == "/usr/local/bin:/usr/bin:/bin"
    assert given["BIND_HOST"] == "127.0.0.1"
    for name in ("HOME", "TMPDIR", "STATE_DIR", "S3_DATA_DIR"):
        assert given[name].startswith("/w/")


def test_tools_see_only_the_emulator_of_aws_and_keep_the_rest() -> None:
    given = tool_environment(CALLER, workspace=Workspace(), emulator_port=4566)

    assert {name: value for name, value in given.items() if name.startswith("AWS_")} == {
        "AWS_ENDPOINT_URL": "http://127.0.0.1:4566",
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_REGION": "us-east-1",
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_EC2_METADATA_DISABLED": "true",
    }
    assert given["HTTPS_PROXY"] == CALLER["HTTPS_PROXY"]
    assert given["NO_PROXY"] == "intern.example.com,127.0.0.1,localhost"
    assert given["SAM_CLI_TELEMETRY"] == "0"
    assert given["PATH"] == f"{Path(sys.executable).parent}:/opt/tools:/usr/bin"


def test_real_account_is_forgotten() -> None:
    environment = dict(CALLER)

    forget_real_aws(environment)

    assert {name for name in environment if name.startswith("AWS_")} == {
        "AWS_CONFIG_FILE",
        "AWS_SHARED_CREDENTIALS_FILE",
        "AWS_EC2_METADATA_DISABLED",
    }
    assert environment["DATABASE_PASSWORD"] == "not yours"


def test_poller_fault_after_the_mark_is_told(tmp_path: Path) -> None:
    log = tmp_path / "emulator.log"
    assert log_size(log) == 0
    log.write_text("ERROR [lambda] ESM SQS poller error: old\n")
    mark = log_size(log)

    ensure_pollers_run(log, since=mark)
    with log.open("a") as more:
        more.write("INFO fine\n2026 ERROR [lambda] ESM SQS poller error: '>=' not supported\n")

    with pytest.raises(LocalStackError) as caught:
        ensure_pollers_run(log, since=mark)
    assert caught.value.message == (
        "no queue reaches its function: "
        "2026 ERROR [lambda] ESM SQS poller error: '>=' not supported"
    )


def test_failed_batches_are_found_in_the_log(tmp_path: Path) -> None:
    log = tmp_path / "emulator.log"
    log.write_text("INFO x\nWARNING Lambda f failed processing SQS batch from q (why)\nINFO y\n")

    assert function_failures(log) == ["WARNING Lambda f failed processing SQS batch from q (why)"]


def test_interpreter_is_prepared_once(runtimes: Path, tmp_path: Path) -> None:
    python = runtimes / runtime_name() / "bin" / "python"
    before = python.lstat().st_mtime_ns

    assert prepare_runtime(runtimes, log=tmp_path / "log") == python.parent.parent

    assert python.lstat().st_mtime_ns == before


def test_interpreter_without_its_packages_is_not_left_behind(tmp_path: Path) -> None:
    requirements = tmp_path / "requirements.txt"
    requirements.write_text("./there-is-no-such-file.whl --hash=sha256:" + "0" * 64 + "\n")
    log = tmp_path / "runtime.log"

    with pytest.raises(LocalStackError) as caught:
        prepare_runtime(tmp_path / "runtime", log=log, requirements=requirements)

    assert caught.value.message == "the functions' interpreter cannot be prepared"
    assert "there-is-no-such-file.whl" in str(caught.value)
    assert not (tmp_path / "runtime" / runtime_name()).exists()


def test_stack_file_is_written_whole_and_private(tmp_path: Path) -> None:
    path = tmp_path / "stack.env"
    path.write_text("old")
    path.chmod(0o644)

    write_stack_file(path, values={"SANDBOX_URL": "http://127.0.0.1:1", "UNKNOWN": "ignored"})

    lines = path.read_text().splitlines()
    assert lines == [
        f"{key}={'http://127.0.0.1:1' if key == 'SANDBOX_URL' else ''}" for key in KEYS
    ]
    assert path.stat().st_mode & 0o777 == 0o600
    assert [each.name for each in tmp_path.iterdir()] == ["stack.env"]


def test_every_output_has_its_place_in_the_stack_file() -> None:
    assert set(OUTPUTS) < set(KEYS)


def test_progress_without_terminal_is_plain_lines() -> None:
    output = StringIO()
    times = iter([0.0, 1.5])
    reporter = Reporter(Console(file=output), now=lambda: next(times))

    with reporter.step("deploying [x]"):
        pass

    assert output.getvalue() == "  deploying [x]: 1.5 s\n"


def test_progress_tells_that_a_long_step_still_runs() -> None:
    output = StringIO()
    reporter = Reporter(Console(file=output), now=lambda: 7.0, silent_seconds=0.01)

    with reporter.count("messages", total=25) as count:
        count(3)
        while "\n" not in output.getvalue():
            pass

    first, *_, last = output.getvalue().splitlines()
    assert first == "  messages: 3 of 25 … 0 s"
    assert last == "  messages: 3 of 25 in 0.0 s"


def test_progress_on_a_terminal_leaves_one_line_a_step() -> None:
    output = StringIO()
    reporter = Reporter(Console(file=output, force_terminal=True), now=lambda: 0.0)

    with reporter.step("deploying"):
        pass
    with reporter.count("messages", total=2) as count:
        count(2)

    assert output.getvalue().count("deploying: 0.0 s\n") == 1
    assert output.getvalue().count("messages: 2 of 2 in 0.0 s\n") == 1


def test_failed_step_says_nothing_of_being_done() -> None:
    output = StringIO()

    with pytest.raises(LocalStackError), Reporter(Console(file=output)).step("deploying"):
        raise LocalStackError("refused")

    assert output.getvalue() == ""

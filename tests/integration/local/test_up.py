"""`up` and `down` on a small project of its own, with the real SAM CLI and the real emulator."""

from __future__ import annotations

import json
import os
import signal
import stat
from collections.abc import Iterator
from contextlib import closing
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from local import processes
from local.aws import LocalAws, stack_outputs
from local.down import stop_everything
from local.errors import LocalStackError
from local.ports import EMULATOR_PORT_ENV, SANDBOX_PORT_ENV, free_ports
from local.progress import Reporter
from local.sam import STACK_NAME
from local.services import EMULATOR, SANDBOX, running
from local.stack_file import KEYS, read_stack_file
from local.up import up
from local.workspace import Workspace
from tests.integration.local.stacks import eventually

PROJECT = Path(__file__).parent / "project"


class Stack:
    """One workspace that the tests of this file bring up again and again, in their order."""

    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace
        self.values: dict[str, str] = {}

    def up(self, **environment: str) -> None:
        reporter = Reporter(Console(file=StringIO()))
        self.values = up(self.workspace, reporter=reporter, environment=os.environ | environment)

    def secret(self, key: str) -> dict[str, str]:
        with closing(LocalAws(self.values["AWS_ENDPOINT_URL"])) as aws:
            answer = aws.secretsmanager.get_secret_value(SecretId=self.values[key])
        value: dict[str, str] = json.loads(answer["SecretString"])
        return value

    def pids(self) -> list[int]:
        records = [running(service, workspace=self.workspace) for service in (EMULATOR, SANDBOX)]
        return [record.pid for record in records if record is not None]


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory, runtimes: Path) -> Iterator[Stack]:
    directory = tmp_path_factory.mktemp("workspace") / ".local"
    brought_up = Stack(Workspace(root=PROJECT, directory=directory, runtimes=runtimes))
    try:
        brought_up.up()
        yield brought_up
    finally:
        stop_everything(brought_up.workspace)


def test_stack_file_names_everything_in_the_agreed_order(stack: Stack) -> None:
    path = stack.workspace.stack_file

    lines = path.read_text().splitlines()

    assert [line.partition("=")[0] for line in lines] == list(KEYS)
    assert read_stack_file(path) == stack.values
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    empty = {key for key, value in stack.values.items() if not value}
    assert empty == {"SETTLE_UNKNOWN_FUNCTION", "ROTATE_KEYS_FUNCTION", "PUBLISH_USAGE_FUNCTION"}
    assert stack.values["STACK_NAME"] == "formarelay-local"


def test_everything_listens_on_loopback_only(stack: Stack) -> None:
    for key in ("AWS_ENDPOINT_URL", "SANDBOX_URL", "EMAIL_QUEUE_URL", "DEAD_LETTER_QUEUE_URL"):
        assert stack.values[key].startswith("http://127.0.0.1:")


def test_secrets_hold_the_sandboxs_credentials(stack: Stack) -> None:
    assert stack.secret("FORMA_MAIL_SECRET_ARN") == {
        "api_key": "fm_sk_" + "1".zfill(40),
        "key_id": "key-1",
    }
    assert stack.secret("FORMALOO_SECRET_ARN") == {"api_key": "fl-api", "secret_key": "fl-secret"}
    with closing(LocalAws(stack.values["AWS_ENDPOINT_URL"])) as aws:
        arn = stack_outputs(aws, stack_name=STACK_NAME)["FormaMailAccountSecretArn"]
        answer = aws.secretsmanager.get_secret_value(SecretId=arn)
    assert json.loads(answer["SecretString"]) == {"email": "owner@example.com", "password": "pw"}


def test_message_reaches_the_function_with_its_parameters(stack: Stack) -> None:
    with closing(LocalAws(stack.values["AWS_ENDPOINT_URL"])) as aws:
        aws.sqs.send_message(QueueUrl=stack.values["EMAIL_QUEUE_URL"], MessageBody="hello")
        answer = aws.sqs.receive_message(
            QueueUrl=stack.values["DEAD_LETTER_QUEUE_URL"], WaitTimeSeconds=10
        )

    assert json.loads(answer["Messages"][0]["Body"]) == {
        "bodies": ["hello"],
        "forma_mail": stack.values["SANDBOX_URL"] + "/api",
        "formaloo": stack.values["SANDBOX_URL"],
        "target": "local",
    }


def test_another_port_is_refused_while_it_runs(stack: Stack) -> None:
    before = stack.pids()
    port = running(SANDBOX, workspace=stack.workspace)
    assert port is not None
    other = free_ports(1)[0]

    with pytest.raises(LocalStackError) as caught:
        stack.up(**{SANDBOX_PORT_ENV: str(other)})

    assert caught.value.message == (
        f"the sandbox runs on port {port.port} already, and SANDBOX_PORT asks for {other}: "
        "run `make down` first"
    )
    assert stack.pids() == before


def test_second_up_keeps_processes_and_secrets(stack: Stack) -> None:
    before = stack.pids(), stack.values, stack.secret("FORMA_MAIL_SECRET_ARN")

    stack.up()

    assert (stack.pids(), stack.values, stack.secret("FORMA_MAIL_SECRET_ARN")) == before


def test_up_replaces_a_process_that_died_and_seeds_again(stack: Stack) -> None:
    emulator, sandbox = stack.pids()
    os.kill(sandbox, signal.SIGKILL)
    assert eventually(lambda: len(stack.pids()) == 1)

    stack.up()

    again_emulator, again_sandbox = stack.pids()
    assert again_emulator == emulator
    assert again_sandbox != sandbox
    # The stand-in forgot all keys, so that the old one would be refused now.
    assert stack.secret("FORMA_MAIL_SECRET_ARN")["key_id"] == "key-1"


def test_down_leaves_logs_and_nothing_else_behind(stack: Stack) -> None:
    records = [running(service, workspace=stack.workspace) for service in (EMULATOR, SANDBOX)]

    assert stop_everything(stack.workspace) == ["emulator", "sandbox"]

    assert not any(processes.is_alive(record) for record in records if record)
    workspace = stack.workspace
    gone = (workspace.stack_file, workspace.temporary, workspace.state, workspace.home)
    assert [path for path in gone if path.exists()] == []
    assert list(workspace.records.iterdir()) == []
    assert {log.name for log in workspace.logs.iterdir()} >= {"emulator.log", "sandbox.log"}
    assert stop_everything(stack.workspace) == []


def test_down_without_any_up_has_nothing_to_do(tmp_path: Path) -> None:
    assert stop_everything(Workspace(directory=tmp_path / "never")) == []


def test_port_variables_are_obeyed_by_name(tmp_path: Path, runtimes: Path) -> None:
    workspace = Workspace(root=tmp_path, directory=tmp_path / ".local", runtimes=runtimes)

    with pytest.raises(LocalStackError) as caught:
        Stack(workspace).up(**{EMULATOR_PORT_ENV: "http"})

    assert str(caught.value) == "LOCAL_AWS_PORT must be a port number from 1 to 65535: http"

"""Which ports and which environments the processes of the local stack get."""

from __future__ import annotations

import os
import socket
import sys
from contextlib import closing
from pathlib import Path

import pytest

from local.environment import emulator_environment, forget_real_aws, tool_environment
from local.errors import LocalStackError
from local.ports import ensure_free, free_ports, requested_port
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

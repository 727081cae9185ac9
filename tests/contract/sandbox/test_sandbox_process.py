"""The sandbox as a process: its start, its stop, its file, its speed, its independence."""

from __future__ import annotations

import ast
import re
import socket
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

import sandbox as package
from sandbox.testing import RunningSandbox

ROOT = Path(str(package.__file__)).parent


def test_announces_the_free_port_that_it_picked(sandbox: RunningSandbox) -> None:
    assert re.fullmatch(r"http://127\.0\.0\.1:[1-9]\d{3,4}", sandbox.url)


def test_restart_keeps_mails_keys_forms_and_knobs(tmp_path: Path) -> None:
    database = str(tmp_path / "state.db")
    with RunningSandbox(database=database) as sandbox:
        key = sandbox.mint_key(permissions=["emails:send"], rateLimit=7)
        sandbox.control("POST", "/templates", {"slug": "extra", "variables": [{"name": "a"}]})
        sandbox.control("PUT", "/profile", {"quota_limit": 5, "suppressed": {"x@b.co": "Manual"}})
        sandbox.control("PUT", "/clock", {"offset_seconds": 100})
        sandbox.send(key, templateId="extra", metadata={"relayId": "1"})
        parts = ("/emails", "/keys", "/templates", "/profile", "/formaloo")
        before = [sandbox.control("GET", part) for part in parts]
        assert sandbox.stop() == (0, "")

    with RunningSandbox(database=database) as sandbox:
        after = [sandbox.control("GET", part) for part in parts]
        offset_seconds = sandbox.control("GET", "/clock")["offset_seconds"]
        answer = sandbox.send(key, templateId="extra")
        used = sandbox.read(key, "/emails/usage/stats").json()["email"]["used"]

    for state in (before, after):
        # It moves on with time, whatever the process does.
        del state[0]["emails"][0]["status"]
    assert after == before
    assert before[1]["keys"][0]["lastUsedAt"] is not None
    assert offset_seconds == 100
    assert (answer.status, answer.headers["X-RateLimit-Limit"]) == (201, "7")
    assert used == 2


def test_memory_is_forgotten() -> None:
    with RunningSandbox() as sandbox:
        key = sandbox.mint_key()
    with RunningSandbox() as sandbox:
        assert sandbox.send(key).status == 401


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "sandbox", *arguments],
        cwd=ROOT.parent,
        capture_output=True,
        text=True,
        check=False,
        timeout=20,
    )


def test_port_in_use_is_one_clear_line() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        finished = run("--port", str(port))

    assert finished.returncode == 1
    assert finished.stderr.startswith(f"sandbox: port {port}: ")
    assert finished.stderr.count("\n") == 1


def test_database_in_use_is_one_clear_line(tmp_path: Path) -> None:
    database = str(tmp_path / "state.db")
    with RunningSandbox(database=database):
        finished = run("--port", "0", "--db", database)

    assert finished.returncode == 1
    assert finished.stderr == f"sandbox: {database}: database is locked\n"


@pytest.mark.parametrize("content", ["no database", "another version", "another application"])
def test_file_of_another_kind_is_refused_and_left_alone(tmp_path: Path, content: str) -> None:
    file = tmp_path / "state.db"
    if content == "no database":
        file.write_text("plain text, long enough to be no header of a database\n" * 50)
    else:
        connection = sqlite3.connect(file)
        connection.execute(
            "PRAGMA user_version = 999" if content == "another version" else "CREATE TABLE own (a)"
        )
        connection.close()
    before = file.read_bytes()

    finished = run("--port", "0", "--db", str(file))

    assert finished.returncode == 1
    assert finished.stderr.startswith("sandbox: ")
    assert finished.stderr.count("\n") == 1
    assert file.read_bytes() == before


@pytest.mark.parametrize("arguments", [(), ("--port", "x"), ("--port", "70000"), ("--prot", "1")])
def test_wrong_arguments_are_refused(arguments: tuple[str, ...]) -> None:
    finished = run(*arguments)

    assert finished.returncode == 2
    assert "usage: python -m sandbox" in finished.stderr


def test_stops_although_a_request_hangs() -> None:
    with RunningSandbox() as sandbox:
        key = sandbox.mint_key()
        sandbox.control("POST", "/faults", {"route": "POST /emails/send", "fault": "hang:600"})
        connection = socket.create_connection(
            ("127.0.0.1", int(sandbox.url.rsplit(":", 1)[1])), timeout=10
        )
        head = f"POST /api/emails/send HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {key}\r\n\r\n"
        connection.sendall(head.encode())
        while sandbox.control("GET", "/requests")["total"] == 0:
            pass

        assert sandbox.stop() == (0, "")
        assert connection.recv(100) == b""
        connection.close()


def test_shares_no_code_with_what_it_checks() -> None:
    imported = {
        name.split(".")[0]
        for file in ROOT.rglob("*.py")
        for node in ast.walk(ast.parse(file.read_text()))
        for name in (
            [alias.name for alias in node.names]
            if isinstance(node, ast.Import)
            else [node.module or ""]
            if isinstance(node, ast.ImportFrom)
            else []
        )
    }

    assert imported - set(sys.stdlib_module_names) == {
        "aiohttp",
        "jinja2",
        "markupsafe",
        "sandbox",
    }

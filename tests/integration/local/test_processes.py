"""Background processes: stopped with all they started, and never mistaken for another."""

from __future__ import annotations

import dataclasses
import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from local import processes
from local.processes import ProcessRecord, is_alive, load_record, stop
from tests.integration.local.stacks import eventually

_OBEDIENT = "import time; print('ready', flush=True); time.sleep(60)"
_STUBBORN = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); " + _OBEDIENT
_PARENT = f"import subprocess, sys; subprocess.Popen([sys.executable, '-c', {_STUBBORN!r}]); "
# Obeys at once and leaves a stubborn child behind.
_LEAVES_AN_ORPHAN = _PARENT + "import time; time.sleep(60)"

Start = Callable[[str], ProcessRecord]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Starts Python code as a background process and waits until it says that it is ready."""
    records: list[ProcessRecord] = []

    def start_code(code: str) -> ProcessRecord:
        log = tmp_path / f"{len(records)}.log"
        record = processes.start(
            [sys.executable, "-c", code],
            environment={"PATH": os.environ["PATH"]},
            directory=tmp_path,
            log=log,
            port=0,
        )
        records.append(record)
        assert eventually(lambda: log.read_text() == "ready\n")
        return record

    yield start_code
    for record in records:
        stop(record, grace_seconds=0.1)


def _session_is_empty(record: ProcessRecord) -> bool:
    try:
        os.killpg(record.pid, 0)
    except ProcessLookupError:
        return True
    return False


def test_obedient_process_is_stopped_at_once(start: Start) -> None:
    record = start(_OBEDIENT)
    assert is_alive(record)

    begun = time.monotonic()
    stop(record)

    assert not is_alive(record)
    assert time.monotonic() - begun < processes.STOP_GRACE_SECONDS / 2


def test_stubborn_process_is_killed_after_the_grace(start: Start) -> None:
    record = start(_STUBBORN)

    begun = time.monotonic()
    stop(record, grace_seconds=0.3)

    assert not is_alive(record)
    assert 0.3 <= time.monotonic() - begun < 5


def test_what_the_process_started_ends_with_it(start: Start) -> None:
    record = start(_LEAVES_AN_ORPHAN)

    stop(record)

    assert eventually(lambda: _session_is_empty(record))


def test_orphan_of_a_process_that_died_by_itself_is_ended(start: Start) -> None:
    record = start(_LEAVES_AN_ORPHAN)
    os.kill(record.pid, signal.SIGKILL)
    assert eventually(lambda: not is_alive(record))
    assert not _session_is_empty(record)

    stop(record)

    assert eventually(lambda: _session_is_empty(record))


def test_stopping_twice_does_nothing(start: Start) -> None:
    record = start(_OBEDIENT)
    stop(record)

    stop(record)

    assert not is_alive(record)


def test_stranger_with_the_same_number_is_left_alone(start: Start) -> None:
    stranger = start(_OBEDIENT)
    stale = dataclasses.replace(stranger, birth="long ago")

    assert not is_alive(stale)
    stop(stale)

    assert is_alive(stranger)


def test_record_survives_in_a_file(start: Start, tmp_path: Path) -> None:
    record = start(_OBEDIENT)

    record.save(tmp_path / "record.json")

    assert load_record(tmp_path / "record.json") == record
    assert [path.name for path in tmp_path.iterdir() if path.suffix == ".new"] == []


@pytest.mark.parametrize("content", ["", "{", "[]", "{}", '{"pid": "x", "birth": "", "port": 1}'])
def test_damaged_record_is_none(tmp_path: Path, content: str) -> None:
    path = tmp_path / "record.json"
    path.write_text(content)

    assert load_record(path) is None


def test_missing_record_is_none(tmp_path: Path) -> None:
    assert load_record(tmp_path / "record.json") is None

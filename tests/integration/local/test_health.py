"""Faults that stand only in the emulator's log."""

from __future__ import annotations

from pathlib import Path

import pytest

from local.errors import LocalStackError
from local.health import ensure_pollers_run, function_failures, log_size


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

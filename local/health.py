"""Faults that the emulator only tells its log about, while everything else looks well."""

from __future__ import annotations

from pathlib import Path

from local.errors import LocalStackError

# One such line and no queue at all reaches its function any more; deployments still succeed.
_POLLER_FAULT = "poller error"
_FUNCTION_FAULT = "failed processing SQS batch"


def log_size(log: Path) -> int:
    """How far the log goes now, to look later only at what came after; 0 when there is none."""
    return log.stat().st_size if log.exists() else 0


def ensure_pollers_run(log: Path, *, since: int = 0) -> None:
    """Raises LocalStackError when the emulator has stopped feeding functions from their queues."""
    faults = _lines_with(_POLLER_FAULT, log=log, since=since)
    if faults:
        raise LocalStackError(f"no queue reaches its function: {faults[-1]}", log=log)


def function_failures(log: Path) -> list[str]:
    """What the emulator says of batches that a function failed as a whole, oldest first."""
    return _lines_with(_FUNCTION_FAULT, log=log, since=0)


def _lines_with(words: str, *, log: Path, since: int) -> list[str]:
    with log.open("rb") as content:
        content.seek(since)
        lines = (line.decode(errors="replace").strip() for line in content)
        return [line for line in lines if words in line]

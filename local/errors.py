"""The one error of this package: what went wrong, and which log tells more."""

from __future__ import annotations

from pathlib import Path

_TAIL_LINES = 25


class LocalStackError(Exception):
    """A step failed. `str()` is for a person, and ends with the tail of the log if there is one."""

    def __init__(self, message: str, *, log: Path | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.log = log

    def __str__(self) -> str:
        if self.log is None:
            return self.message
        tail = "\n".join(f"  | {line}" for line in last_lines(self.log))
        return f"{self.message}\n{tail}\n  whole log: {self.log}"


class WorkspaceHeldError(LocalStackError):
    """Another command works on the same stack at this moment."""


def last_lines(log: Path, *, count: int = _TAIL_LINES) -> list[str]:
    """The end of a log, empty when it cannot be read."""
    try:
        return log.read_text(errors="replace").splitlines()[-count:]
    except OSError:
        return []

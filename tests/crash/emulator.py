"""`python -m tests.crash.emulator CLOCK`: the local AWS, living by the clock in that file."""

from __future__ import annotations

import runpy
import sys
import time
from pathlib import Path
from typing import Any

from tests.crash.clock import SharedClock


def _leave_rotations_to_the_run() -> None:
    """Secrets Manager keeps its rules and labels; the run itself makes the steps it asks for."""
    from local.emulator.secrets_manager import function, runs

    def nothing(*_: Any) -> None:
        """In place of a background run, and of the look for a function that nobody deployed."""

    def pass_test(_: runs.Runs, secret: dict[str, Any], token: str) -> None:
        """In place of the test of a new schedule, which leaves no version behind."""
        del secret["Versions"][token]

    runs.Runs.rotate = nothing  # type: ignore[method-assign]
    runs.Runs.test = pass_test  # type: ignore[method-assign]
    function.check_invocable = nothing


if __name__ == "__main__":
    # Before the emulator is imported: some of its modules take the function by its name.
    time.time = SharedClock(Path(sys.argv[1])).wall
    sys.argv[1:] = []
    _leave_rotations_to_the_run()
    runpy.run_module("local.emulator", run_name="__main__")

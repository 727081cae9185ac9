"""`python -m tests.crash.emulator CLOCK`: the local AWS, living by the clock in that file."""

from __future__ import annotations

import runpy
import sys
import time
from pathlib import Path

from tests.crash.clock import SharedClock

if __name__ == "__main__":
    # Before the emulator is imported: some of its modules take the function by its name.
    time.time = SharedClock(Path(sys.argv[1])).wall
    sys.argv[1:] = []
    runpy.run_module("local.emulator", run_name="__main__")

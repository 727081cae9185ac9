"""The one clock of a run: the machine's, and ahead of it by as much as the run has let pass.

Leases, waits and visibility timeouts last minutes; nobody waits for them here. The function, the
emulator and the sandbox all read this clock, so that moving it is what waiting would have been.
"""

from __future__ import annotations

import mmap
import struct
import time
from pathlib import Path

_FORMAT = struct.Struct("d")
_machine_wall = time.time
_machine_monotonic = time.monotonic


class SharedClock:
    """Backed by a file of eight bytes, so that every process of a run sees the same time.

    Moved while no delivery is under way, or by a process that sleeps.
    """

    def __init__(self, path: Path) -> None:
        if not path.exists():
            path.write_bytes(_FORMAT.pack(0.0))
        with path.open("r+b") as file:
            self._memory = mmap.mmap(file.fileno(), _FORMAT.size)

    @property
    def ahead_seconds(self) -> float:
        (seconds,) = _FORMAT.unpack_from(self._memory)
        return float(seconds)

    def advance(self, seconds: float) -> None:
        _FORMAT.pack_into(self._memory, 0, self.ahead_seconds + seconds)

    def wall(self) -> float:
        return _machine_wall() + self.ahead_seconds

    def monotonic(self) -> float:
        return _machine_monotonic() + self.ahead_seconds

"""`python -m bench.fleet.emulator`: the emulated AWS of the local stack, with a meter before it."""

from __future__ import annotations

import sys

from ministack.app import main

from bench.fleet import meter
from local.emulator.corrections import apply_all
from local.emulator.internals import verify

if __name__ == "__main__":
    verify(meter.INTERNALS)
    apply_all()
    meter.install()
    # The emulator reads its own command line, and ours has nothing for it.
    sys.argv[1:] = []
    main()

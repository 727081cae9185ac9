"""`python -m local.emulator`: the corrected emulator, configured by its environment alone."""

from __future__ import annotations

import sys

from ministack.app import main

from local.emulator.corrections import apply_all
from local.emulator.internals import EmulatorChangedError

if __name__ == "__main__":
    try:
        apply_all()
    except EmulatorChangedError as error:
        sys.exit(f"error: {error}")
    # The emulator reads its own command line, and ours has nothing for it.
    sys.argv[1:] = []
    main()

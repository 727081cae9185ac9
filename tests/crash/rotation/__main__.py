"""`python -m tests.crash.rotation`, see `--help`. Leaves nothing running."""

from __future__ import annotations

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]

if __name__ == "__main__":
    # As pytest has them, from pyproject.toml.
    sys.path[:0] = [str(ROOT / "layers" / "formarelay"), str(ROOT / "functions"), str(ROOT)]
    from tests.crash.rotation.command import main

    sys.exit(main(sys.argv[1:]))

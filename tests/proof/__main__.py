"""`python -m tests.proof`, see `--help`. Needs nothing to run before, leaves nothing running."""

from __future__ import annotations

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

if __name__ == "__main__":
    # As pytest has them, from pyproject.toml.
    sys.path[:0] = [str(ROOT / "layers" / "formarelay"), str(ROOT / "functions"), str(ROOT)]
    from tests.proof.command import main

    sys.exit(main(sys.argv[1:]))

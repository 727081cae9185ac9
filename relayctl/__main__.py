"""`python -m relayctl`: see `relayctl.cli`."""

from __future__ import annotations

import sys
from importlib.util import find_spec
from pathlib import Path

# In a checkout the layer is a folder, not an installed package; on Lambda, and where PYTHONPATH
# says so, it is found by itself, and that one is used.
if find_spec("formarelay") is None:
    sys.path.append(str(Path(__file__).parents[1] / "layers" / "formarelay"))

try:
    from relayctl.cli import main
except ModuleNotFoundError as error:
    sys.exit(
        f"error: the package {error.name} is missing. Run relayctl with the Python that has the "
        "project's dependencies: .venv/bin/python -m relayctl (`make .venv/ready` installs it)"
    )

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""The sender imports what it uses: every module more is paid for at each cold start."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[3]
# What the sender uses of the two clients; a further one needs a reason.
USED = {
    "formamail": "channel client listing models replies",
    # Only messages with `variablesFrom` need it, and import it then.
    "formaloo": "",
}


def test_the_sender_imports_only_what_it_uses_of_the_clients():
    code = "import sys, send_email.handler; print(*sys.modules)"
    path = f"{ROOT / 'layers' / 'formarelay'}:{ROOT / 'functions'}"
    finished = subprocess.run(
        [sys.executable, "-c", code],
        env=os.environ | {"PYTHONPATH": path, "AWS_DEFAULT_REGION": "us-east-1"},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    loaded = set(finished.stdout.split())
    for package, names in USED.items():
        prefix = f"formarelay.{package}."
        assert {name for name in loaded if name.startswith(prefix)} == {
            f"{prefix}{name}" for name in names.split()
        }
    assert loaded.isdisjoint({"dotenv", "formarelay.standalone"})

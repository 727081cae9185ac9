"""`python -m relayctl` as it is typed: from the project's folder, with nothing else set."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

PROJECT = Path(__file__).parents[3]


def relayctl(*arguments: str, python: tuple[str, ...] = ()) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *python, "-m", "relayctl", *arguments],
        cwd=PROJECT,
        env={"PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_it_finds_the_layer_by_itself(tmp_path):
    done = relayctl("dead-letters", "list", "--env-file", str(tmp_path / "none"))
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == f"error: the stack file '{tmp_path}/none' cannot be read\n"


def test_a_python_without_the_packages_says_which_one_to_take():
    # -S leaves out the folder of installed packages.
    done = relayctl("dead-letters", "list", python=("-S",))
    assert done.returncode == 1
    assert done.stderr.startswith("error: the package ")
    assert ".venv/bin/python -m relayctl" in done.stderr
    assert "Traceback" not in done.stderr

"""What a cold start may import and weigh: `bench/budget.json`, held by a test.

`python -m bench.budget` writes the file anew from what is imported now. Look at what it adds before
you keep it.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

from bench.subjects import Subject, ours

FILE = Path(__file__).with_name("budget.json")
FUNCTIONS = ("send_email", "settle_unknown", "rotate_keys", "publish_usage")
_PROGRAM = """
import os, sys
sys.path[:0] = sys.argv[1].split(os.pathsep)
__import__(sys.argv[2])
print(*sys.modules)
"""
# Their modules come and go with each version of theirs.
_COUNTED = ("botocore", "urllib3", "aws_lambda_powertools", "msgspec", "jmespath", "dateutil")


def imported(python: Path, path: str, handler: str) -> list[str]:
    """What a handler's import loads in a clean process, without the standard library."""
    found = subprocess.run(
        [str(python), "-I", "-S", "-c", _PROGRAM, path, handler],
        env={"AWS_DEFAULT_REGION": "us-east-1", "POWERTOOLS_METRICS_NAMESPACE": "formarelay"},
        capture_output=True,
        text=True,
        check=True,
    )
    return sorted(
        name
        for name in found.stdout.split()
        if name.partition(".")[0] not in {*sys.stdlib_module_names, "__main__"}
        and not name.startswith("_")
    )


def compared(modules: list[str], budget: dict[str, Any]) -> list[str]:
    """What is wrong with the modules of one function, a sentence each; empty when nothing is."""
    counted = Counter(name.partition(".")[0] for name in modules)
    named = [name for name in modules if name.partition(".")[0] not in _COUNTED]
    problems = [f"{name} crept in" for name in named if name not in budget["modules"]]
    problems += [
        f"{package} has {counted[package]} modules imported, at most {most} were agreed: "
        + " ".join(name for name in modules if name.startswith(package))
        for package, most in budget["counts"].items()
        if counted[package] > most
    ]
    return problems


def as_budget(modules: list[str]) -> dict[str, Any]:
    """What these modules are within."""
    counted = Counter(name.partition(".")[0] for name in modules)
    return {
        "counts": {package: counted[package] for package in _COUNTED},
        "modules": [name for name in modules if name.partition(".")[0] not in _COUNTED],
    }


def path_of(subject: Subject) -> str:
    """As `Subject.command` gives it to a program."""
    return ":".join(map(str, subject.path))


def main() -> None:
    budget = json.loads(FILE.read_text()) if FILE.exists() else {"layer_bytes": 6_000_000}
    for function in FUNCTIONS:
        subject = ours(function)
        modules = imported(subject.python, path_of(subject), subject.handler)
        budget[function] = as_budget(modules)
        print(f"{function}: {len(modules)} modules beside the standard library's")
    FILE.write_text(json.dumps(budget, indent=1) + "\n")


if __name__ == "__main__":
    main()

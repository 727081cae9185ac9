"""The functions' interpreter: what Lambda provides, the interpreter and boto3, and nothing else."""

from __future__ import annotations

import fcntl
import hashlib
import platform
import shutil
import subprocess
import sys
from pathlib import Path
from typing import IO

from local.errors import LocalStackError
from local.workspace import PROJECT

REQUIREMENTS = PROJECT / "requirements" / "lambda-runtime.txt"
_COMPLETE = ".complete"


def runtime_name() -> str:
    """Lambda's name of the running Python, as `python3.13`: the only one provided here."""
    return f"python{sys.version_info.major}.{sys.version_info.minor}"


def architecture_name() -> str:
    """Lambda's name of this machine's processor. Raises LocalStackError for any other."""
    names = {"x86_64": "x86_64", "amd64": "x86_64", "aarch64": "arm64", "arm64": "arm64"}
    machine = platform.machine().lower()
    if machine not in names:
        raise LocalStackError(f"Lambda has no processor like this machine's: {machine}")
    return names[machine]


def prepare_runtime(directory: Path, *, log: Path, requirements: Path = REQUIREMENTS) -> Path:
    """Makes `directory/pythonX.Y` hold the interpreter and the locked packages; safe to repeat.

    Returns that folder. Raises LocalStackError when the packages cannot be installed.
    """
    directory.mkdir(parents=True, exist_ok=True)
    target = directory / runtime_name()
    stamp = _stamp(requirements)
    with (directory / "lock").open("a") as lock:
        # Waits: a second command needs the very same folder.
        fcntl.flock(lock, fcntl.LOCK_EX)
        complete = target / _COMPLETE
        if complete.is_file() and complete.read_text() == stamp:
            return target
        shutil.rmtree(target, ignore_errors=True)
        _install(target, requirements=requirements, log=log)
        complete.write_text(stamp)
    return target


def _stamp(requirements: Path) -> str:
    return f"{sys.version} {hashlib.sha256(requirements.read_bytes()).hexdigest()}"


def _install(target: Path, *, requirements: Path, log: Path) -> None:
    """With uv; where it cannot reach an index that pip is set up for, with pip."""
    python = str(target / "bin" / "python")
    uv = str(Path(sys.executable).with_name("uv"))
    packages = ["--no-deps", "--require-hashes", "--requirement", str(requirements)]
    with log.open("wb") as output:
        # Without pip: Lambda's own interpreter has none that a function could count on.
        created = _run([sys.executable, "-m", "venv", "--without-pip", str(target)], output=output)
        with_uv = [uv, "pip", "install", "--python", python, "--compile-bytecode", *packages]
        with_pip = [sys.executable, "-m", "pip", "--python", python, "install", *packages]
        installed = created and (_run(with_uv, output=output) or _run(with_pip, output=output))
    if not installed:
        shutil.rmtree(target, ignore_errors=True)
        raise LocalStackError("the functions' interpreter cannot be prepared", log=log)


def _run(command: list[str], *, output: IO[bytes]) -> bool:
    try:
        subprocess.run(command, stdout=output, stderr=subprocess.STDOUT, check=True)
    except (OSError, subprocess.CalledProcessError) as error:
        output.write(f"{error}\n".encode())
        output.flush()
        return False
    return True

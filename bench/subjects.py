"""The four that are measured: each built as it would ship, and run with nothing else around it.

Their artefacts stand in `.local/bench`; they are built anew when what they are made from changes.
"""

from __future__ import annotations

import compileall
import hashlib
import os
import py_compile
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from bench.results import CELERY, NAIVE, OURS, RECIPE
from local.environment import tool_environment
from local.runtime import prepare_runtime
from local.sam import build
from local.workspace import PROJECT, Workspace

PEERS = PROJECT / "bench" / "peers"
# What each peer is imported as, from a folder of its own: `celery` is the library's name.
PACKAGE = "peer"
_FOLDER = PROJECT / ".local" / "bench"
_LAYER = "FormarelayLayer"


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """Something that sends mail.

    Args:
        name: As the tables have it.
        handler: The module of `lambda_handler(event, context)`; of the worker's app for Celery.
        python: An interpreter; it is run without its own packages.
        path: Where modules are found, the function's own first, what Lambda provides last.
    """

    name: str
    handler: str
    python: Path
    path: tuple[Path, ...]

    def command(self, program: Path, *arguments: str) -> list[str]:
        """Runs a program of the bench with this subject's packages alone.

        The program finds the path, joined as in `PYTHONPATH`, and the handler's module as its first
        two arguments, and must put the path before `sys.path` itself.
        """
        joined = os.pathsep.join(map(str, self.path))
        return [str(self.python), "-I", "-S", str(program), joined, self.handler, *arguments]


def workspace() -> Workspace:
    """Where our own artefacts are built."""
    place = Workspace(directory=_FOLDER / OURS)
    place.create_folders()
    return place


def ours(function: str = "send_email") -> Subject:
    """A function of formarelay with the layer, from a fresh build by the SAM CLI."""
    place = workspace()
    built = place.build / f"{function.title().replace('_', '')}Function"
    stamp = _stamp(PROJECT / "functions", PROJECT / "layers", PROJECT / "template.yaml")
    marker = place.directory / "built"
    if not (marker.is_file() and marker.read_text() == stamp and built.is_dir()):
        environment = tool_environment(os.environ, workspace=place, emulator_port=0)
        build(place, environment=environment)
        marker.write_text(stamp)
    return Subject(
        name=OURS,
        handler=f"{function}.handler",
        python=_interpreter(),
        path=(built, place.build / _LAYER / "python", _packages(_runtime())),
    )


def peer(name: str, module: str = "handler") -> Subject:
    """A peer with its locked packages, its bytecode as valid as ours."""
    folder = _FOLDER / name
    marker = folder / "built"
    stamp = _stamp(PEERS / name)
    if not (marker.is_file() and marker.read_text() == stamp):
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        _install(PEERS / name / "requirements.txt", folder)
        shutil.copytree(PEERS / name, folder / "function" / PACKAGE)
        for part in ("function", "packages"):
            compileall.compile_dir(
                folder / part,
                quiet=1,
                invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH,
            )
        marker.write_text(stamp)
    own = (folder / "function", folder / "packages")
    return Subject(
        name=name,
        handler=f"{PACKAGE}.{module}",
        python=_interpreter(),
        # A worker is no Lambda function: it brings its own boto3 along.
        path=own if name == CELERY else (*own, _packages(_runtime())),
    )


def lambda_like() -> tuple[Subject, ...]:
    """Those that take batches from a queue by `lambda_handler`."""
    return (ours(), peer(NAIVE), peer(RECIPE))


def _install(requirements: Path, folder: Path) -> None:
    """With uv; where it cannot reach an index that pip is set up for, with pip."""
    wanted = ["--no-deps", "--require-hashes", "--target", str(folder / "packages")]
    wanted += ["--requirement", str(requirements)]
    uv = [str(Path(sys.executable).with_name("uv")), "pip", "install", "--python", sys.executable]
    with (folder / "install.log").open("wb") as log:
        for installer in (uv, [sys.executable, "-m", "pip", "install"]):
            if not subprocess.run([*installer, *wanted], stdout=log, stderr=log).returncode:
                return
    raise RuntimeError(f"the packages of a peer cannot be installed; see {folder / 'install.log'}")


def _runtime() -> Path:
    place = workspace()
    return prepare_runtime(Workspace().runtimes, log=place.logs / "runtime.log")


def _interpreter() -> Path:
    return _runtime() / "bin" / "python"


def _packages(runtime: Path) -> Path:
    return next(runtime.glob("lib/python*/site-packages"))


def _stamp(*sources: Path) -> str:
    """Changes whenever what is built could."""
    digest = hashlib.sha256(sys.version.encode())
    for source in sources:
        files = sorted(source.rglob("*")) if source.is_dir() else [source]
        for file in files:
            if file.is_file() and "__pycache__" not in file.parts:
                digest.update(f"{file.relative_to(PROJECT)}\n".encode() + file.read_bytes())
    return digest.hexdigest()

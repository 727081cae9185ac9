from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from local.runtime import architecture_name, prepare_runtime, runtime_name

ROOT = Path(__file__).parents[2]


def sam_build(target: Path, *, runtime: str, architecture: str) -> Path:
    """Builds as `make build` does, into a folder of its own."""
    binaries = Path(sys.executable).parent
    subprocess.run(
        [
            str(binaries / "sam"),
            "build",
            "--template-file",
            str(ROOT / "template.yaml"),
            "--config-file",
            str(ROOT / "samconfig.toml"),
            "--build-dir",
            str(target),
            "--parameter-overrides",
            f"Runtime={runtime}",
            f"Architecture={architecture}",
        ],
        cwd=ROOT,
        check=True,
        capture_output=True,
        env={
            **os.environ,
            "PATH": f"{binaries}:{os.environ['PATH']}",
            "VIRTUAL_ENV": str(binaries.parent),
            "SAM_CLI_TELEMETRY": "0",
            "RUNTIME": runtime,
            "ARCHITECTURE": architecture,
        },
    )
    return target


@pytest.fixture(scope="session")
def built_here(tmp_path_factory):
    """The artefacts for the Python and the processor that the tests run on."""
    target = tmp_path_factory.mktemp("build-here")
    return sam_build(target, runtime=runtime_name(), architecture=architecture_name())


@pytest.fixture(scope="session")
def built_for_aws(tmp_path_factory):
    """The artefacts that `make build` makes by default."""
    target = tmp_path_factory.mktemp("build-aws")
    return sam_build(target, runtime="python3.13", architecture="arm64")


@pytest.fixture(scope="session")
def lambda_python(tmp_path_factory):
    """An interpreter that has boto3 and nothing else, as Lambda's."""
    folder = ROOT / ".local" / "runtime"
    log = tmp_path_factory.mktemp("runtime") / "install.log"
    return prepare_runtime(folder, log=log) / "bin" / "python"

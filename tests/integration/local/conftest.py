"""One corrected emulator for all tests of this folder."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from local.environment import forget_real_aws
from local.runtime import prepare_runtime
from local.services import EMULATOR, log_path
from local.workspace import Workspace
from tests.integration.local.rotating import CODE, Rotating
from tests.integration.local.stacks import CALLERS_OWN_VARIABLE, Emulator
from tests.support.emulator import emulated_aws

# Where `make dashboard` has it too: its list of fonts takes a while to make.
os.environ.setdefault("MPLCONFIGDIR", str(Workspace().directory / "matplotlib"))


@pytest.fixture(scope="session", autouse=True)
def _no_real_aws() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        variables: dict[str, str] = {}
        forget_real_aws(variables)
        for name in ("AWS_PROFILE", "AWS_ENDPOINT_URL", "AWS_SESSION_TOKEN"):
            patch.delenv(name, raising=False)
        for name, value in variables.items():
            patch.setenv(name, value)
        patch.setenv(CALLERS_OWN_VARIABLE, "must not reach a function")
        yield


@pytest.fixture(scope="session")
def runtimes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The functions' interpreters, shared with `make up` because making them takes a while."""
    directory = Workspace().runtimes
    prepare_runtime(directory, log=tmp_path_factory.mktemp("runtime") / "runtime.log")
    return directory


@pytest.fixture(scope="session")
def emulator(tmp_path_factory: pytest.TempPathFactory, runtimes: Path) -> Iterator[Emulator]:
    workspace = Workspace(directory=tmp_path_factory.mktemp("emulator"), runtimes=runtimes)
    with emulated_aws(workspace) as url:
        running = Emulator(url, log=log_path(EMULATOR, workspace=workspace), runtimes=runtimes)
        yield running
        running.close()


@pytest.fixture(scope="session")
def rotation_record(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("rotation") / "invocations"


@pytest.fixture(scope="session")
def rotation_function_arn(emulator: Emulator, rotation_record: Path) -> str:
    variables = {"Variables": {"RECORD": str(rotation_record)}}
    return emulator.rotation_function(CODE, Environment=variables)


@pytest.fixture
def rotating(emulator: Emulator, rotation_function_arn: str, rotation_record: Path) -> Rotating:
    created = emulator.client("secretsmanager").create_secret(
        Name=f"rotating-{uuid4()}", SecretString="first"
    )
    return Rotating(
        emulator, created["ARN"], created["VersionId"], rotation_function_arn, rotation_record
    )

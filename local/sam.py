"""Building and deploying with the SAM CLI itself, as for AWS."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from local.errors import LocalStackError
from local.runtime import architecture_name, runtime_name
from local.workspace import Workspace

STACK_NAME = "formarelay-local"
_CONFIG_ENVIRONMENT = "local"
_INTERRUPT_GRACE_SECONDS = 2.0


def build(workspace: Workspace, *, environment: Mapping[str, str]) -> None:
    """Builds layer and functions for this machine. Raises LocalStackError."""
    target = {"Runtime": runtime_name(), "Architecture": architecture_name()}
    _run(
        [
            *("build", "--template-file", str(workspace.root / "template.yaml")),
            *("--build-dir", str(workspace.build)),
            *("--config-file", str(workspace.root / "samconfig.toml")),
            *("--parameter-overrides", *_overrides(target)),
        ],
        name="sam-build",
        workspace=workspace,
        # The build recipes read these; a caller's own would name what it builds for AWS.
        environment={
            **environment,
            "RUNTIME": target["Runtime"],
            "ARCHITECTURE": target["Architecture"],
            "NATIVE": "1",
        },
    )


def deploy(
    workspace: Workspace, *, environment: Mapping[str, str], parameters: Mapping[str, str]
) -> None:
    """Deploys what `build` left. Safe to repeat. Raises LocalStackError."""
    target = {
        "Runtime": runtime_name(),
        "Architecture": architecture_name(),
        "DeployTarget": "local",
        **parameters,
    }
    _run(
        [
            *("deploy", "--template-file", str(workspace.build / "template.yaml")),
            *("--config-file", str(workspace.root / "samconfig.toml")),
            *("--config-env", _CONFIG_ENVIRONMENT),
            *("--stack-name", STACK_NAME, "--no-progressbar"),
            *("--parameter-overrides", *_overrides(target)),
        ],
        name="sam-deploy",
        workspace=workspace,
        environment=environment,
    )


def _overrides(parameters: Mapping[str, str]) -> list[str]:
    return [f"{name}={value}" for name, value in parameters.items()]


def _run(
    arguments: Sequence[str], *, name: str, workspace: Workspace, environment: Mapping[str, str]
) -> None:
    _skip_version_check(workspace)
    log = workspace.logs / f"{name}.log"
    command = [str(Path(sys.executable).with_name("sam")), *arguments]
    with log.open("wb") as output:
        process = subprocess.Popen(
            command,
            cwd=workspace.root,
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            status = process.wait()
        except BaseException:
            _end(process)
            raise
    if status:
        raise LocalStackError(f"{name.replace('-', ' ')} failed with status {status}", log=log)


def _end(process: subprocess.Popen[bytes]) -> None:
    """Ends the tool with all that it started: a terminal's Ctrl-C does not reach its session."""
    # It may have ended between the interruption and now; macOS then says "not permitted".
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGTERM)
        with suppress(subprocess.TimeoutExpired):
            process.wait(timeout=_INTERRUPT_GRACE_SECONDS)
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def _skip_version_check(workspace: Workspace) -> None:
    """The SAM CLI asks the package index for a newer version of itself unless it did this week."""
    settings = workspace.sam_settings / "metadata.json"
    settings.write_text(json.dumps({"lastVersionCheck": time.time()}))

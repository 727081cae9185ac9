"""The environments of all processes: nothing of the caller's reaches a function, and no tool ever
sees a real AWS account."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, MutableMapping
from pathlib import Path

from local.emulator.function_runtime import RUNTIMES_DIRECTORY_ENV
from local.ports import HOST
from local.workspace import Workspace

REGION = "us-east-1"
# The emulator takes any key; these mean its default account.
ACCESS_KEY_ID = "test"
SECRET_ACCESS_KEY = "test"  # noqa: S105 (not a secret: the emulator checks none)

_NO_PROFILES = {
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    "AWS_EC2_METADATA_DISABLED": "true",
}
_BARE_PATH = "/usr/local/bin:/usr/bin:/bin"


def loopback_url(port: int) -> str:
    return f"http://{HOST}:{port}"


def emulator_environment(workspace: Workspace, *, port: int) -> dict[str, str]:
    """The emulator hands its whole environment on to every function, so this holds no more than it
    needs itself."""
    return {
        **_bare_environment(workspace),
        "GATEWAY_PORT": str(port),
        "BIND_HOST": HOST,
        # The host in the URLs that it hands out: `localhost` may be another address first.
        "MINISTACK_HOST": HOST,
        # Else it opens another port on every address of the machine.
        "IOT_MTLS_ENABLED": "0",
        "STATE_DIR": str(workspace.state / "emulator"),
        "S3_DATA_DIR": str(workspace.state / "s3"),
        RUNTIMES_DIRECTORY_ENV: str(workspace.runtimes),
    }


def sandbox_environment(workspace: Workspace) -> dict[str, str]:
    return _bare_environment(workspace)


def _bare_environment(workspace: Workspace) -> dict[str, str]:
    return {
        "PATH": _BARE_PATH,
        "HOME": str(workspace.home),
        "LANG": "C.UTF-8",
        "TMPDIR": str(workspace.temporary),
    }


def tool_environment(
    caller: Mapping[str, str], *, workspace: Workspace, emulator_port: int
) -> dict[str, str]:
    """For the SAM CLI: the caller's environment (proxies, package indexes), but of AWS only us."""
    kept = {name: value for name, value in caller.items() if not name.startswith("AWS_")}
    tools = str(Path(sys.executable).parent)
    return {
        **kept,
        **_direct_loopback(caller),
        **aws_variables(emulator_port),
        "PATH": os.pathsep.join([tools, caller.get("PATH", _BARE_PATH)]),
        "SAM_CLI_TELEMETRY": "0",
        "SAM_CLI_POLL_DELAY": "0.25",
        "__SAM_CLI_APP_DIR": str(workspace.sam_settings),
    }


def forget_real_aws(environment: MutableMapping[str, str]) -> None:
    """Takes the caller's AWS account, and proxies for loopback, out of this process."""
    for name in [name for name in environment if name.startswith("AWS_")]:
        del environment[name]
    environment.update(_NO_PROFILES)
    environment.update(_direct_loopback(environment))


def _direct_loopback(caller: Mapping[str, str]) -> dict[str, str]:
    exceptions = [caller.get("no_proxy") or caller.get("NO_PROXY", ""), HOST, "localhost"]
    joined = ",".join(filter(None, exceptions))
    return {"NO_PROXY": joined, "no_proxy": joined}


def aws_variables(emulator_port: int) -> dict[str, str]:
    """What points any AWS SDK or CLI at the emulator, and keeps the caller's profiles out."""
    return {
        "AWS_ENDPOINT_URL": loopback_url(emulator_port),
        "AWS_ACCESS_KEY_ID": ACCESS_KEY_ID,
        "AWS_SECRET_ACCESS_KEY": SECRET_ACCESS_KEY,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_REGION": REGION,
        **_NO_PROFILES,
    }

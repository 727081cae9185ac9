"""`up`: the whole system on this machine, ready for messages."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import closing

from local import sam
from local.alarm_queue import alarm_queue_name, hear_alarms
from local.aws import LocalAws, stack_outputs
from local.down import stop_everything
from local.environment import (
    ACCESS_KEY_ID,
    REGION,
    SECRET_ACCESS_KEY,
    loopback_url,
    tool_environment,
)
from local.errors import LocalStackError
from local.health import ensure_pollers_run, log_size
from local.ports import ensure_free, free_ports, requested_port
from local.processes import ProcessRecord
from local.progress import Reporter
from local.runtime import prepare_runtime
from local.sandbox_control import SandboxControl
from local.secrets import await_rotation_tests, seed_secrets
from local.services import (
    EMULATOR,
    SANDBOX,
    SERVICES,
    Service,
    log_path,
    running,
    start_emulator,
    start_sandbox,
    stop_service,
    wait_until_ready,
)
from local.stack_file import OUTPUTS, write_stack_file
from local.workspace import Workspace

PARAMETERS_ENV = "LOCAL_PARAMETERS"
_LOCAL_NUMBERS = {
    "ProviderTimeoutSeconds": "5",
    "SettleDelaySeconds": "3",
    "SendTimeoutSeconds": "30",
    "VisibilityTimeoutSeconds": "180",
    # More than any laptop sends: the sandbox's own profile decides, and says so in its answers.
    "RateLimitCalls": "100000",
}


def up(
    workspace: Workspace, *, reporter: Reporter, environment: Mapping[str, str]
) -> dict[str, str]:
    """Starts what does not run yet, deploys, seeds, and returns what `stack.env` then says.

    Safe to repeat: a running stack is deployed again and keeps its queues, table, keys and mails.
    When a step fails, or the command is interrupted, what this call started is stopped again.

    Raises:
        LocalStackError: Names the step that failed; its text ends with the tail of the log.
    """
    before = {service.name for service in SERVICES if running(service, workspace=workspace)}
    if not before:
        # Whatever an earlier stack left, such as after a power cut, would only confuse this one.
        stop_everything(workspace)
    workspace.create_folders()
    try:
        return _bring_up(workspace, reporter=reporter, environment=environment)
    except BaseException:
        if not before:
            stop_everything(workspace)
        for service in SERVICES:
            if service.name not in before:
                stop_service(service, workspace=workspace)
        raise


def _bring_up(
    workspace: Workspace, *, reporter: Reporter, environment: Mapping[str, str]
) -> dict[str, str]:
    with reporter.step("starting the emulator and the sandbox"):
        emulator, sandbox = _ensure_services(workspace, environment=environment)
    with reporter.step("preparing the functions' interpreter"):
        prepare_runtime(workspace.runtimes, log=workspace.logs / "runtime.log")
    tools = tool_environment(environment, workspace=workspace, emulator_port=emulator.port)
    with reporter.step("building with SAM"):
        sam.build(workspace, environment=tools)
    emulator_log = log_path(EMULATOR, workspace=workspace)
    logged_before = log_size(emulator_log)
    with reporter.step("deploying with SAM"):
        sam.deploy(workspace, environment=tools, parameters=_parameters(sandbox.port, environment))
    with reporter.step("seeding the secrets"):
        values = _describe(emulator.port, sandbox_port=sandbox.port)
        _seed(values)
    ensure_pollers_run(emulator_log, since=logged_before)
    write_stack_file(workspace.stack_file, values=values)
    return values


def _ensure_services(
    workspace: Workspace, *, environment: Mapping[str, str]
) -> tuple[ProcessRecord, ProcessRecord]:
    emulator_port, sandbox_port = (
        _port(service, workspace=workspace, environment=environment, free=free)
        for service, free in zip(SERVICES, free_ports(len(SERVICES)), strict=True)
    )
    emulator = running(EMULATOR, workspace=workspace)
    sandbox = running(SANDBOX, workspace=workspace)
    emulator = emulator or start_emulator(workspace, port=emulator_port)
    sandbox = sandbox or start_sandbox(workspace, port=sandbox_port)
    wait_until_ready(EMULATOR, emulator, workspace=workspace)
    wait_until_ready(SANDBOX, sandbox, workspace=workspace)
    return emulator, sandbox


def _port(
    service: Service, *, workspace: Workspace, environment: Mapping[str, str], free: int
) -> int:
    """The port that runs already, else the one asked for, else a free one."""
    requested = requested_port(environment, name=service.port_variable)
    present = running(service, workspace=workspace)
    if present is not None:
        if requested not in (None, present.port):
            raise LocalStackError(
                f"the {service.name} runs on port {present.port} already, and "
                f"{service.port_variable} asks for {requested}: run `make down` first"
            )
        return present.port
    if requested is None:
        return free
    ensure_free(requested, name=service.port_variable)
    return requested


def _parameters(sandbox_port: int, environment: Mapping[str, str]) -> dict[str, str]:
    """The functions talk to the sandbox, and wait no longer than a provider on loopback needs.

    `LOCAL_PARAMETERS` in the environment, as `Name=value Name=value`, sets others.
    """
    url = loopback_url(sandbox_port)
    given = (pair.partition("=") for pair in environment.get(PARAMETERS_ENV, "").split())
    return {
        "FormaMailBaseUrl": f"{url}/api",
        "FormalooBaseUrl": url,
        **_LOCAL_NUMBERS,
        **{name: value for name, _, value in given},
    }


def _describe(emulator_port: int, *, sandbox_port: int) -> dict[str, str]:
    """The values of `stack.env`. Functions that the template does not have stay empty."""
    endpoint_url = loopback_url(emulator_port)
    with closing(LocalAws(endpoint_url)) as aws:
        outputs = stack_outputs(aws, stack_name=sam.STACK_NAME)
    return {
        "AWS_ENDPOINT_URL": endpoint_url,
        "AWS_ACCESS_KEY_ID": ACCESS_KEY_ID,
        "AWS_SECRET_ACCESS_KEY": SECRET_ACCESS_KEY,
        "AWS_DEFAULT_REGION": REGION,
        "SANDBOX_URL": loopback_url(sandbox_port),
        "STACK_NAME": sam.STACK_NAME,
        **{key: outputs.get(output, "") for key, output in OUTPUTS.items()},
    }


def _seed(values: Mapping[str, str]) -> None:
    with (
        closing(LocalAws(values["AWS_ENDPOINT_URL"])) as aws,
        closing(SandboxControl(values["SANDBOX_URL"])) as sandbox,
    ):
        outputs = stack_outputs(aws, stack_name=sam.STACK_NAME)
        await_rotation_tests(aws, outputs=outputs)
        seed_secrets(aws, sandbox=sandbox, outputs=outputs)
        topic_arn = outputs.get("AlarmTopicArn")
        if topic_arn is not None:
            hear_alarms(aws, topic_arn=topic_arn, queue_name=alarm_queue_name(sam.STACK_NAME))

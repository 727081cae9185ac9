"""One corrected emulator for all tests of this folder, and the stacks that they put on it."""

from __future__ import annotations

import itertools
import json
import textwrap
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.exceptions import WaiterError
from local import processes
from local.environment import REGION, forget_real_aws, loopback_url
from local.ports import free_ports
from local.runtime import prepare_runtime, runtime_name
from local.services import EMULATOR, log_path, start_emulator, wait_until_ready
from local.workspace import Workspace

CALLERS_OWN_VARIABLE = "CALLERS_OWN_VARIABLE"
_TIMEOUT_SECONDS = 20.0
_SERVICES = ("cloudformation", "dynamodb", "lambda", "secretsmanager", "sqs")


class Emulator:
    """The running emulator: its clients, its log, and short ways to put things on it."""

    def __init__(self, endpoint_url: str, *, log: Path, runtimes: Path) -> None:
        self.log = log
        self.runtimes = runtimes
        session = boto3.session.Session("test", "test", region_name=REGION)
        self._clients = {
            name: session.client(name, endpoint_url=endpoint_url) for name in _SERVICES
        }
        self._names = (f"stack-{number}" for number in itertools.count(1))

    def client(self, name: str) -> Any:
        return self._clients[name]

    def close(self) -> None:
        for client in self._clients.values():
            client.close()

    def create_stack(
        self, resources: dict[str, Any], *, outputs: dict[str, Any] | None = None, **more: Any
    ) -> str:
        """The name of the stack; see `wait` for what became of it."""
        name = next(self._names)
        self.client("cloudformation").create_stack(
            StackName=name,
            TemplateBody=template(resources, outputs=outputs, **more),
            Capabilities=["CAPABILITY_IAM"],
        )
        return name

    def update_stack(
        self, name: str, resources: dict[str, Any], *, outputs: dict[str, Any] | None = None
    ) -> dict[str, str]:
        self.client("cloudformation").update_stack(
            StackName=name,
            TemplateBody=template(resources, outputs=outputs),
            Capabilities=["CAPABILITY_IAM"],
        )
        return self.outputs(name, after="stack_update_complete")

    def outputs(self, name: str, *, after: str = "stack_create_complete") -> dict[str, str]:
        """The outputs, once the stack is complete."""
        self._wait(name, after)
        stack = self.client("cloudformation").describe_stacks(StackName=name)["Stacks"][0]
        return {each["OutputKey"]: each["OutputValue"] for each in stack.get("Outputs", [])}

    def failure(self, name: str) -> str:
        """Why the stack could not be created."""
        with pytest.raises(WaiterError):
            self._wait(name, "stack_create_complete")
        events = self.client("cloudformation").describe_stack_events(StackName=name)
        reasons = [event.get("ResourceStatusReason", "") for event in events["StackEvents"]]
        return "\n".join(filter(None, reasons))

    def _wait(self, name: str, condition: str) -> None:
        waiter = self.client("cloudformation").get_waiter(condition)
        waiter.wait(StackName=name, WaiterConfig={"Delay": 0.1, "MaxAttempts": 200})

    def invoke(self, function: str, payload: object = None) -> Any:
        answer = self.client("lambda").invoke(FunctionName=function, Payload=json.dumps(payload))
        return json.loads(answer["Payload"].read())

    def messages(self, queue_url: str) -> int:
        """How many messages the queue holds, those in flight included."""
        counts = self.client("sqs").get_queue_attributes(
            QueueUrl=queue_url,
            AttributeNames=[
                "ApproximateNumberOfMessages",
                "ApproximateNumberOfMessagesNotVisible",
            ],
        )["Attributes"]
        return sum(int(count) for count in counts.values())


def template(
    resources: dict[str, Any], *, outputs: dict[str, Any] | None = None, **more: Any
) -> str:
    described = {name: {"Value": value} for name, value in (outputs or {}).items()}
    return json.dumps({"Resources": resources, "Outputs": described, **more})


def function(code: str, **more: Any) -> dict[str, Any]:
    """A Lambda function with its code in the template; its handler is `handle`."""
    properties = {
        "Runtime": runtime_name(),
        "Handler": "index.handle",
        "Role": "arn:aws:iam::000000000000:role/any",
        "Timeout": 10,
        "Code": {"ZipFile": textwrap.dedent(code)},
    }
    return {"Type": "AWS::Lambda::Function", "Properties": properties | more}


def eventually(holds: Callable[[], bool]) -> bool:
    """Whether it holds within the time that anything here may take."""
    deadline = time.monotonic() + _TIMEOUT_SECONDS
    while time.monotonic() < deadline:
        if holds():
            return True
        time.sleep(0.1)
    return holds()


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
    workspace.create_folders()
    record = start_emulator(workspace, port=free_ports(1)[0])
    try:
        wait_until_ready(EMULATOR, record, workspace=workspace)
        log = log_path(EMULATOR, workspace=workspace)
        running = Emulator(loopback_url(record.port), log=log, runtimes=runtimes)
        yield running
        running.close()
    finally:
        processes.stop(record)

"""Short ways to put stacks, functions and messages on the emulator, for the tests beside this."""

from __future__ import annotations

import itertools
import json
import textwrap
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.exceptions import WaiterError

from local.environment import REGION
from local.runtime import runtime_name

CALLERS_OWN_VARIABLE = "CALLERS_OWN_VARIABLE"
SECRETS_MANAGER = "secretsmanager.amazonaws.com"
# What to wait for, in the words of the SDK.
CREATED = "stack_create_complete"
UPDATED = "stack_update_complete"
_TIMEOUT_SECONDS = 20.0

Resources = dict[str, Any]
_SERVICES = (
    "cloudformation",
    "cloudwatch",
    "dynamodb",
    "events",
    "lambda",
    "secretsmanager",
    "sns",
    "sqs",
)


class Emulator:
    """The running emulator: its clients, its log, and short ways to put things on it."""

    def __init__(self, endpoint_url: str, *, log: Path, runtimes: Path) -> None:
        self.endpoint_url = endpoint_url
        self.log = log
        self.runtimes = runtimes
        session: Any = boto3.session.Session("test", "test", region_name=REGION)
        self._clients = {
            name: session.client(name, endpoint_url=endpoint_url) for name in _SERVICES
        }
        self._names = (f"stack-{number}" for number in itertools.count(1))

    def client(self, name: str) -> Any:
        return self._clients[name]

    def close(self) -> None:
        for client in self._clients.values():
            client.close()

    def create_stack(self, resources: Resources, **more: Any) -> str:
        """The name of the new stack; see `outputs` and `failure` for what became of it."""
        name = next(self._names)
        body = template(resources, **more)
        self.client("cloudformation").create_stack(StackName=name, TemplateBody=body)
        return name

    def update_stack(self, name: str, resources: Resources, **more: Any) -> None:
        body = template(resources, **more)
        self.client("cloudformation").update_stack(StackName=name, TemplateBody=body)

    def delete_stack(self, name: str) -> None:
        self.client("cloudformation").delete_stack(StackName=name)
        self._wait(name, "stack_delete_complete")

    def outputs(self, name: str, *, after: str = CREATED) -> dict[str, str]:
        """The outputs, once the stack is complete."""
        self._wait(name, after)
        stack = self.client("cloudformation").describe_stacks(StackName=name)["Stacks"][0]
        return {each["OutputKey"]: each["OutputValue"] for each in stack.get("Outputs", [])}

    def failure(self, name: str, *, of: str = CREATED) -> str:
        """Why the stack could not be created, or updated and is as before."""
        with pytest.raises(WaiterError):
            self._wait(name, of)
        events = self.client("cloudformation").describe_stack_events(StackName=name)
        reasons = [event.get("ResourceStatusReason", "") for event in events["StackEvents"]]
        return "\n".join(filter(None, reasons))

    def _wait(self, name: str, condition: str) -> None:
        waiter = self.client("cloudformation").get_waiter(condition)
        waiter.wait(StackName=name, WaiterConfig={"Delay": 0.1, "MaxAttempts": 200})

    def rotation_function(self, code: str, **properties: Any) -> str:
        """The ARN of a function that Secrets Manager may invoke."""
        resources = {
            "Function": function(code, **properties),
            "Permission": permission("Function", invoker=SECRETS_MANAGER),
        }
        stack = self.create_stack(resources, outputs={"Arn": {"Fn::GetAtt": ["Function", "Arn"]}})
        return self.outputs(stack)["Arn"]

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

    def put_metric_elsewhere(self, namespace: str, name: str, value: float) -> None:
        """In another account: the emulator takes a key of twelve digits for one."""
        other: Any = boto3.session.Session("111111111111", "test", region_name=REGION)
        client = other.client("cloudwatch", endpoint_url=self.endpoint_url)
        client.put_metric_data(
            Namespace=namespace, MetricData=[{"MetricName": name, "Value": value}]
        )
        client.close()

    def receive_all(self, queue_url: str) -> list[str]:
        """The bodies of all messages that the queue shows now."""
        bodies: list[str] = []
        while messages := self._receive(queue_url):
            bodies.extend(message["Body"] for message in messages)
        return bodies

    def _receive(self, queue_url: str) -> list[dict[str, Any]]:
        answer = self.client("sqs").receive_message(QueueUrl=queue_url, MaxNumberOfMessages=10)
        messages: list[dict[str, Any]] = answer.get("Messages", [])
        return messages


def template(resources: Resources, *, outputs: dict[str, Any] | None = None, **more: Any) -> str:
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


def permission(function: str, *, invoker: str, **more: Any) -> dict[str, Any]:
    """That the service `invoker` may invoke the function with this logical id."""
    properties = {
        "FunctionName": {"Ref": function},
        "Action": "lambda:InvokeFunction",
        "Principal": invoker,
        "SourceAccount": {"Ref": "AWS::AccountId"},
    }
    return {"Type": "AWS::Lambda::Permission", "Properties": properties | more}


def eventually(holds: Callable[[], bool], *, seconds: float = _TIMEOUT_SECONDS) -> bool:
    """Whether it holds within the time that anything here may take."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if holds():
            return True
        time.sleep(0.1)
    return holds()

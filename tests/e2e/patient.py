"""The deployed stack as the doctor's patient: its clients, its parts, and the doctor's report."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from io import StringIO
from pathlib import Path
from typing import Any

import boto3
from rich.console import Console

from formarelay.clock import SystemClock
from relayctl.cli import main
from relayctl.surroundings import Surroundings
from tests.support.stack import Stack

SERVICES = (
    "cloudformation",
    "cloudwatch",
    "dynamodb",
    "events",
    "iam",
    "lambda",
    "logs",
    "secretsmanager",
    "sns",
    "sqs",
)


class Patient:
    def __init__(self, stack: Stack, *, folder: Path) -> None:
        self.stack = stack
        self.values = values = stack.values
        self.file = folder / "stack.env"
        self.file.write_text("".join(f"{name}={value}\n" for name, value in values.items()))
        session = boto3.session.Session(
            values["AWS_ACCESS_KEY_ID"],
            values["AWS_SECRET_ACCESS_KEY"],
            region_name=values["AWS_DEFAULT_REGION"],
        )
        self._clients: dict[str, Any] = {
            name: session.client(name, endpoint_url=values["AWS_ENDPOINT_URL"])  # type: ignore[call-overload]
            for name in SERVICES
        }
        self.queue = values["EMAIL_QUEUE_URL"]
        self.dead_letters = values["DEAD_LETTER_QUEUE_URL"]
        self.sender = values["SEND_EMAIL_FUNCTION"]
        self.rotation = values["ROTATE_KEYS_FUNCTION"]
        self.table = values["STATE_TABLE"]
        self.secret = values["FORMA_MAIL_SECRET_ARN"]

    def client(self, name: str) -> Any:
        return self._clients[name]

    @cached_property
    def parts(self) -> dict[str, str]:
        """The physical id of every resource, by its logical one."""
        pages = self.client("cloudformation").get_paginator("list_stack_resources")
        return {
            one["LogicalResourceId"]: one["PhysicalResourceId"]
            for page in pages.paginate(StackName=self.values["STACK_NAME"])
            for one in page["StackResourceSummaries"]
        }

    @property
    def mapping(self) -> str:
        """The id of the stack's own event source mapping."""
        return self.parts["SendEmailFunctionMail"]

    def stack_arn(self, service: str) -> str:
        """The beginning of the ARN of anything that a service has in the stack's account."""
        account = self.secret.split(":")[4]
        return f"arn:aws:{service}:{self.values['AWS_DEFAULT_REGION']}:{account}"

    def forget_window(self) -> None:
        """As if no worker had ever called the provider."""
        self.client("dynamodb").delete_item(
            TableName=self.table, Key={"pk": {"S": "window#forma-mail"}}
        )

    def report(self, *words: str) -> tuple[int, dict[str, Any]]:
        """The exit status and the report, as a program gets them from the command."""
        output = StringIO()
        around = Surroundings(
            output=Console(file=output), messages=Console(file=StringIO()), clock=SystemClock()
        )
        status = main(["doctor", "--env-file", str(self.file), "--json", *words], around=around)
        return status, json.loads(output.getvalue())

    def findings(self, *words: str) -> dict[str, list[str]]:
        """What is wrong, by check."""
        _, report = self.report(*words)
        return {one["id"]: one["evidence"] for one in report["checks"] if one["evidence"]}

    @contextmanager
    def queue_with(self, url: str, **attributes: str) -> Iterator[None]:
        """A queue with other attributes for a while."""
        sqs = self.client("sqs")
        before = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
        sqs.set_queue_attributes(QueueUrl=url, Attributes=attributes)
        try:
            yield
        finally:
            restored = {name: before.get(name, "") for name in attributes}
            sqs.set_queue_attributes(QueueUrl=url, Attributes=restored)

    @contextmanager
    def mapping_with(self, **settings: Any) -> Iterator[None]:
        """The event source mapping with other settings for a while."""
        lambdas = self.client("lambda")
        before = lambdas.get_event_source_mapping(UUID=self.mapping)
        lambdas.update_event_source_mapping(UUID=self.mapping, **settings)
        try:
            yield
        finally:
            lambdas.update_event_source_mapping(
                UUID=self.mapping,
                Enabled=True,
                BatchSize=before["BatchSize"],
                MaximumBatchingWindowInSeconds=0,
                FunctionResponseTypes=before["FunctionResponseTypes"],
                ScalingConfig=before["ScalingConfig"],
                FilterCriteria={},
            )

    @contextmanager
    def function_with(
        self, *, variables: dict[str, str] | None = None, **settings: Any
    ) -> Iterator[None]:
        """The sender with other settings, or more variables, for a while."""
        lambdas = self.client("lambda")
        before = lambdas.get_function_configuration(FunctionName=self.sender)
        environment = before["Environment"]["Variables"]
        if variables:
            settings["Environment"] = {"Variables": environment | variables}
        lambdas.update_function_configuration(FunctionName=self.sender, **settings)
        try:
            yield
        finally:
            lambdas.update_function_configuration(
                FunctionName=self.sender,
                Timeout=before["Timeout"],
                Runtime=before["Runtime"],
                Role=before["Role"],
                Layers=[layer["Arn"] for layer in before["Layers"]],
                LoggingConfig=before["LoggingConfig"],
                Environment={"Variables": environment},
            )

    @contextmanager
    def role_with(self, *, actions: list[str], resources: list[str]) -> Iterator[None]:
        """The sender's role with one more grant for a while."""
        role, iam = self.parts["SendEmailRole"], self.client("iam")
        statement = {"Effect": "Allow", "Action": actions, "Resource": resources}
        document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        iam.put_role_policy(RoleName=role, PolicyName="planted", PolicyDocument=document)
        try:
            yield
        finally:
            iam.delete_role_policy(RoleName=role, PolicyName="planted")

    @contextmanager
    def secret_with(self, text: str) -> Iterator[None]:
        """The secret of Forma Mail with another value for a while."""
        manager = self.client("secretsmanager")
        before = manager.get_secret_value(SecretId=self.secret)["SecretString"]
        manager.put_secret_value(SecretId=self.secret, SecretString=text)
        try:
            yield
        finally:
            manager.put_secret_value(SecretId=self.secret, SecretString=before)

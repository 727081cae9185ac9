"""send_email in this process: the real application, on the emulated AWS and the sandbox."""

from __future__ import annotations

import json
import os
import sys
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3

from local import processes
from local.environment import aws_variables, emulator_environment, forget_real_aws, loopback_url
from local.ports import free_ports
from local.services import EMULATOR, log_path, wait_until_ready
from local.workspace import PROJECT, Workspace
from sandbox.testing import RunningSandbox

_TABLE = "bench-state"
_SECRET = "bench-forma-mail"  # noqa: S105 (a name)


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What runs beside this process.

    Args:
        sandbox: The providers.
        api_key: Of Forma Mail.
    """

    sandbox: RunningSandbox
    api_key: str

    @property
    def send_url(self) -> str:
        return f"{self.sandbox.url}/api/emails/send"


@contextmanager
def surroundings(folder: Path, *, latency_ms: float) -> Iterator[Surroundings]:
    """Starts the emulator and the sandbox; sets the environment as the template does.

    Args:
        folder: For what the emulator writes.
        latency_ms: Of every answer of the providers.
    """
    workspace = Workspace(directory=folder, runtimes=folder / "runtime")
    workspace.create_folders()
    (port,) = free_ports(1)
    emulator = processes.start(
        [sys.executable, "-m", "local.emulator"],
        environment=emulator_environment(workspace, port=port),
        directory=PROJECT,
        log=log_path(EMULATOR, workspace=workspace),
        port=port,
    )
    try:
        wait_until_ready(EMULATOR, emulator, workspace=workspace)
        with RunningSandbox() as sandbox:
            key = sandbox.control("POST", "/keys", {"name": "bench"})
            sandbox.control("PUT", "/profile", {"rate_limit": "off", "latency_ms": latency_ms})
            forget_real_aws(os.environ)
            os.environ.update(aws_variables(port))
            _create(key)
            os.environ.update(_environment(sandbox.url, loopback_url(port)))
            yield Surroundings(sandbox, key["apiKey"])
    finally:
        processes.stop(emulator)


def _create(key: dict[str, str]) -> None:
    session = boto3.Session()
    session.client("dynamodb").create_table(
        TableName=_TABLE,
        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
        BillingMode="PAY_PER_REQUEST",
    )
    secret = {"api_key": key["apiKey"], "key_id": key["id"]}
    session.client("secretsmanager").create_secret(Name=_SECRET, SecretString=json.dumps(secret))


def _environment(sandbox_url: str, aws_url: str) -> dict[str, str]:
    """Of the function, as `template.yaml` sets it, with the numbers of the local stack."""
    return {
        "FORMA_MAIL_API_URL": f"{sandbox_url}/api",
        "FORMA_MAIL_SECRET_ARN": _SECRET,
        "FORMALOO_API_URL": sandbox_url,
        "FORMALOO_SECRET_ARN": _SECRET,
        "EMAIL_QUEUE_URL": f"{aws_url}/000000000000/bench-email",
        "DEAD_LETTER_QUEUE_URL": f"{aws_url}/000000000000/bench-dead-letters",
        "STATE_TABLE": _TABLE,
        "PROVIDER_TIMEOUT_SECONDS": "5",
        "RATE_LIMIT_CALLS": "100000",
        "RATE_LIMIT_WINDOW_SECONDS": "60",
        "SETTLE_DELAY_SECONDS": "3",
        "ON_UNKNOWN": "resend",
        "POWERTOOLS_SERVICE_NAME": "send_email",
        "POWERTOOLS_METRICS_NAMESPACE": "formarelay",
    }


def mail() -> dict[str, Any]:
    """A mail as services send them, different each time."""
    name = uuid.uuid4().hex
    return {
        "templateId": "order-confirmation",
        "to": [{"email": f"{name}@example.com", "name": "A Customer"}],
        "variables": {"firstName": "Ada", "orderNumber": name[:8]},
        "tags": ["order"],
        "metadata": {"order": name[:8]},
    }


def batch(mails: int) -> dict[str, Any]:
    """An event of the queue with so many messages."""
    return {"Records": [_record() for _ in range(mails)]}


def _record() -> dict[str, Any]:
    message_id = str(uuid.uuid4())
    return {
        "messageId": message_id,
        "receiptHandle": message_id,
        "body": json.dumps(mail() | {"idempotencyKey": message_id}),
        "attributes": {
            "ApproximateReceiveCount": "1",
            "SentTimestamp": str(int(time.time() * 1000)),
        },
        "eventSource": "aws:sqs",
    }

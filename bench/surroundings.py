"""What the subjects run beside: the emulated AWS and the sandbox, with all that each one needs."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import boto3
import trustme
from botocore.config import Config

from bench.tls_front import TlsFront, front
from local import processes
from local.environment import aws_variables, emulator_environment, loopback_url
from local.ports import HOST, free_ports
from local.services import EMULATOR, log_path, wait_until_ready
from local.workspace import PROJECT, Workspace
from sandbox.testing import RunningSandbox

TABLE, IDEMPOTENCY_TABLE, SECRET = "bench-state", "bench-idempotency", "bench-forma-mail"
FORMALOO_SECRET, ACCOUNT_SECRET = "bench-formaloo", "bench-account"
# The file of the authority that signs the certificates.
AUTHORITY = "authority.pem"
PLAIN, METERED = "local.emulator", "bench.fleet.emulator"
# What Lambda sets in every environment and libraries look for: without it Powertools' tracer, for
# one, is off. Nineteen of twenty invocations are not sampled.
_LAMBDA = {
    "LAMBDA_TASK_ROOT": "/var/task",
    "AWS_LAMBDA_FUNCTION_NAME": "bench",
    "AWS_XRAY_DAEMON_ADDRESS": f"{HOST}:2000",
    "_X_AMZN_TRACE_ID": f"Root=1-65f0a1b2-{'0' * 24};Parent={'0' * 16};Sampled=0",
}
_QUEUES = ("bench-email", "bench-dead-letters", "bench-celery")


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What runs beside the measured processes.

    Args:
        sandbox: The providers.
        api_key: Of Forma Mail.
        environment: Complete, for the process of any subject: the handlers' settings and AWS.
        aws_url: Where the emulated AWS answers without TLS.
        provider: What stands before the sandbox with TLS; None without.
        aws: The same before the emulated AWS.
    """

    sandbox: RunningSandbox
    api_key: str
    environment: dict[str, str]
    aws_url: str
    provider: TlsFront | None
    aws: TlsFront | None

    def hang_up(self) -> None:
        """Closes every TLS connection of whoever is connected."""
        for one in (self.provider, self.aws):
            if one is not None:
                one.hang_up()

    def session(self) -> boto3.Session:
        """For clients of the emulated AWS in this process; give them `endpoint_url=aws_url`."""
        return boto3.Session(
            aws_access_key_id=self.environment["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=self.environment["AWS_SECRET_ACCESS_KEY"],
            region_name=self.environment["AWS_DEFAULT_REGION"],
        )


@contextmanager
def surroundings(
    folder: Path, *, latency_ms: float = 0, tls: bool = False, emulator: str = PLAIN
) -> Iterator[Surroundings]:
    """Starts the emulator and the sandbox, and makes what the handlers expect to find.

    Args:
        folder: For what the emulator writes.
        latency_ms: Of every answer of the providers.
        tls: Whether AWS and the providers are reached by TLS. Whoever calls them must trust
            `folder / AUTHORITY`.
        emulator: Its program, a module's name.
    """
    workspace = Workspace(directory=folder, runtimes=folder / "runtime")
    workspace.create_folders()
    (port,) = free_ports(1)
    process = processes.start(
        [sys.executable, "-m", emulator],
        environment=emulator_environment(workspace, port=port),
        directory=PROJECT,
        log=log_path(EMULATOR, workspace=workspace),
        port=port,
    )
    try:
        wait_until_ready(EMULATOR, process, workspace=workspace)
        with RunningSandbox() as sandbox, ExitStack() as fronts:
            key = sandbox.control("POST", "/keys", {"name": "bench"})
            sandbox.control("PUT", "/profile", {"rate_limit": "off", "latency_ms": latency_ms})
            environment = _environment(sandbox.url, port)
            provider = aws = None
            if tls:
                authority = trustme.CA()
                authority.cert_pem.write_to_path(str(folder / AUTHORITY))
                provider = fronts.enter_context(front(_port(sandbox.url), authority))
                aws = fronts.enter_context(front(port, authority))
                environment = _environment(f"https://{HOST}:{provider.port}", port)
                environment["AWS_ENDPOINT_URL"] = f"https://{HOST}:{aws.port}"
            around = Surroundings(
                sandbox=sandbox,
                api_key=key["apiKey"],
                environment=environment,
                aws_url=loopback_url(port),
                provider=provider,
                aws=aws,
            )
            _create(around, key)
            yield around
    finally:
        processes.stop(process)


def _port(url: str) -> int:
    return int(url.rsplit(":", 1)[1])


def _create(around: Surroundings, key: dict[str, str]) -> None:
    session, url = around.session(), around.aws_url
    dynamodb = session.client("dynamodb", endpoint_url=url)
    for table, attribute in ((TABLE, "pk"), (IDEMPOTENCY_TABLE, "id")):
        dynamodb.create_table(
            TableName=table,
            AttributeDefinitions=[{"AttributeName": attribute, "AttributeType": "S"}],
            KeySchema=[{"AttributeName": attribute, "KeyType": "HASH"}],
            BillingMode="PAY_PER_REQUEST",
        )
    sqs = session.client("sqs", endpoint_url=url, config=Config(retries={"total_max_attempts": 1}))
    for queue in _QUEUES:
        sqs.create_queue(QueueName=queue)
    secret = {"api_key": key["apiKey"], "key_id": key["id"]}
    secrets = session.client("secretsmanager", endpoint_url=url)
    pair, account = (
        around.sandbox.control("GET", f"/{name}") for name in ("formaloo", "dashboard")
    )
    for name, value in {
        SECRET: secret,
        FORMALOO_SECRET: {part: pair[part] for part in ("api_key", "secret_key")},
        ACCOUNT_SECRET: {part: account[part] for part in ("email", "password")},
    }.items():
        secrets.create_secret(Name=name, SecretString=json.dumps(value))


def _environment(provider_url: str, aws_port: int) -> dict[str, str]:
    """Of the functions, as `template.yaml` sets it, with the numbers of the local stack; and what
    the peers call the same things."""
    queues = f"{loopback_url(aws_port)}/000000000000"
    return {
        **aws_variables(aws_port),
        **_LAMBDA,
        "LANG": "C.UTF-8",
        "PATH": "/usr/local/bin:/usr/bin:/bin",
        "FORMA_MAIL_API_URL": f"{provider_url}/api",
        "FORMA_MAIL_SECRET_ARN": SECRET,
        "FORMALOO_API_URL": provider_url,
        "FORMALOO_SECRET_ARN": FORMALOO_SECRET,
        "EMAIL_QUEUE_URL": f"{queues}/bench-email",
        "DEAD_LETTER_QUEUE_URL": f"{queues}/bench-dead-letters",
        "STATE_TABLE": TABLE,
        "PROVIDER_TIMEOUT_SECONDS": "20",
        "RATE_LIMIT_CALLS": "100000",
        "RATE_LIMIT_WINDOW_SECONDS": "60",
        "SETTLE_DELAY_SECONDS": "3",
        "ON_UNKNOWN": "resend",
        "POWERTOOLS_SERVICE_NAME": "send_email",
        "POWERTOOLS_METRICS_NAMESPACE": "formarelay",
        "QUOTA_RESERVE_PERCENT": "2",
        "STACK_NAME": "bench",
        "FORMA_MAIL_ACCOUNT_SECRET_ARN": ACCOUNT_SECRET,
        "FORMA_MAIL_LOGIN_PATH": "/api/auth/login",
        "FORMA_MAIL_KEYS_PATH": "/api/api-keys",
        "FORMA_MAIL_REVOKE_PATH": "/api/api-keys/{id}/revoke",
        "OVERLAP_SECONDS": "4500",
        "KEY_LIFE_DAYS": "120",
        "KEY_PERMISSIONS": "emails:send,emails:read",
        "KEY_LIMIT": "0",
        "IDEMPOTENCY_TABLE": IDEMPOTENCY_TABLE,
        "CELERY_QUEUE_URL": f"{queues}/bench-celery",
    }

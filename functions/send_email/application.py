"""Builds everything that send_email is made of, once a container."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import boto3
from botocore.config import Config

from formarelay.aws.events import OutcomeBus
from formarelay.aws.gate import DynamoGate
from formarelay.aws.ledger import DynamoLedger
from formarelay.aws.limiter import DynamoLimiter
from formarelay.aws.objects import ObjectStore
from formarelay.aws.queue import DeadLetterQueue, QueueReturns
from formarelay.aws.secrets import SecretCredential, SecretReader, SecretValue
from formarelay.clock import Clock, SystemClock
from formarelay.formaloo.client import Formaloo, FormalooOptions
from formarelay.formaloo.credentials import FormalooCredentials
from formarelay.formamail.client import FormaMail, api_root
from formarelay.http import HttpClient, Timeouts
from formarelay.retry import RetryPolicy
from send_email.announcement import SOURCE
from send_email.delivery import Delivery
from send_email.gated_rows import GatedRows
from send_email.policy import SendPolicy
from send_email.service import BatchService
from send_email.settings import SendSettings
from send_email.stored_files import MAXIMUM_FILE_BYTES, StoredFiles

# A batch holds 10 messages, and all of them are sent at once.
THREADS = 10
CONNECT_SECONDS = 3.05
# How far apart the wall clocks of two Lambda machines may be. They follow one time service to
# within milliseconds, and each slot waits this long in addition.
CLOCK_SKEW_SECONDS = 0.05
# An event is worth no more of an invocation's last seconds: two calls fit into the margin.
EVENTS_CONNECT_SECONDS = 0.5
EVENTS_READ_SECONDS = 1.5
# botocore puts its own name together anew for every request, which takes a fifth of its time.
USER_AGENT = f"formarelay Boto3/{boto3.__version__}"
# Checking parameters takes another tenth. The ledger and the limiter are the only callers, their
# values are typed, and DynamoDB checks them too.
UNCHECKED = Config(parameter_validation=False)
FORMA_MAIL = "forma-mail"
FORMALOO = "formaloo"


@dataclass(frozen=True, slots=True)
class Application:
    """What lives as long as the container."""

    service: BatchService
    returns: QueueReturns
    events: OutcomeBus | None
    clock: Clock


def build(settings: SendSettings) -> Application:
    """Connects the service to its adapters. Calls nothing yet."""
    clock = SystemClock()
    session = boto3.Session()
    aws = Config(
        connect_timeout=2,
        read_timeout=5,
        retries={"mode": "standard", "total_max_attempts": 3},
        max_pool_connections=THREADS,
        user_agent=USER_AGENT,
    )
    dynamodb = session.client("dynamodb", config=aws.merge(UNCHECKED))
    sqs = session.client("sqs", config=aws)
    secrets = SecretReader(session.client("secretsmanager", config=aws), clock=clock)
    timeouts = Timeouts(
        connect_seconds=CONNECT_SECONDS, read_seconds=settings.provider_timeout_seconds
    )
    policy = SendPolicy(
        call_seconds=timeouts.connect_seconds + timeouts.read_seconds,
        settle_delay_seconds=settings.settle_delay_seconds,
        on_unknown=settings.on_unknown,
    )
    limiter = DynamoLimiter(
        dynamodb,
        table_name=settings.state_table,
        provider=FORMA_MAIL,
        clock=clock,
        limit_per_window=settings.rate_limit_calls,
        window_seconds=settings.rate_limit_window_seconds,
        longest_call_seconds=policy.lease_seconds,
        clock_skew_seconds=CLOCK_SKEW_SECONDS,
    )
    events = Config(
        connect_timeout=EVENTS_CONNECT_SECONDS,
        read_timeout=EVENTS_READ_SECONDS,
        retries={"total_max_attempts": 1},
    )
    delivery = Delivery(
        ledger=DynamoLedger(dynamodb, table_name=settings.state_table, clock=clock),
        rows=GatedRows(
            Formaloo(
                _http(settings.formaloo_api_url, service=FORMALOO, timeouts=timeouts),
                credentials=SecretCredential(
                    secrets, secret_id=settings.formaloo_secret_arn, read=_formaloo_pair
                ),
                clock=clock,
                # Asked once: a row that cannot be read now is asked for again at the next delivery.
                options=FormalooOptions(timeouts=timeouts, retry=RetryPolicy(attempts=1)),
            ),
            gate=DynamoGate(
                dynamodb, table_name=settings.state_table, provider=FORMALOO, clock=clock
            ),
        ),
        files=StoredFiles(
            ObjectStore(
                lambda: session.client("s3", config=aws),
                allowed=settings.attachment_arns.split(","),
                maximum_bytes=MAXIMUM_FILE_BYTES,
            )
        ),
        limiter=limiter,
        policy=policy,
        clock=clock,
    )
    return Application(
        service=BatchService(
            delivery=delivery,
            provider=FormaMail(
                _http(api_root(settings.forma_mail_api_url), service=FORMA_MAIL, timeouts=timeouts),
                keys=SecretCredential(
                    secrets,
                    secret_id=settings.forma_mail_secret_arn,
                    read=lambda secret: secret.get("api_key"),
                ),
                clock=clock,
            ),
            limiter=limiter,
            dead_letters=DeadLetterQueue(sqs, queue_url=settings.dead_letter_queue_url),
            policy=policy,
            clock=clock,
            executor=ThreadPoolExecutor(max_workers=THREADS, thread_name_prefix="mail"),
        ),
        returns=QueueReturns(sqs, queue_url=settings.email_queue_url),
        events=OutcomeBus(
            lambda: session.client("events", config=events),
            bus_name=settings.outcome_bus_name,
            source=SOURCE,
            call_seconds=EVENTS_CONNECT_SECONDS + EVENTS_READ_SECONDS,
        )
        if settings.outcome_bus_name
        else None,
        clock=clock,
    )


def _http(base_url: str, *, service: str, timeouts: Timeouts) -> HttpClient:
    return HttpClient(base_url, service=service, timeouts=timeouts, pool_size=THREADS)


def _formaloo_pair(secret: SecretValue) -> FormalooCredentials:
    return FormalooCredentials(api_key=secret.get("api_key"), secret_key=secret.get("secret_key"))

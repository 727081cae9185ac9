"""Builds everything that send_email is made of, once a container."""

from __future__ import annotations

import random
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import botocore
from botocore.config import Config
from msgspec import Struct

from formarelay.aws.events import OutcomeBus
from formarelay.aws.gate import DynamoGate
from formarelay.aws.lazy import LazyClient
from formarelay.aws.ledger import DynamoLedger
from formarelay.aws.limiter import DynamoLimiter
from formarelay.aws.objects import ObjectStore
from formarelay.aws.queue import DeadLetterQueue, QueueReturns
from formarelay.aws.secrets import SecretCredential, SecretReader
from formarelay.aws.session import AwsSession
from formarelay.clock import Clock, SystemClock
from formarelay.formamail.client import FormaMail, api_root
from formarelay.http import HttpClient, Timeouts
from send_email.announcement import SOURCE
from send_email.delivery import Delivery
from send_email.gated_rows import GatedRows
from send_email.policy import SendPolicy, later_turn_seconds
from send_email.ports import RowSource
from send_email.service import BatchService
from send_email.settings import SendSettings
from send_email.stored_files import MAXIMUM_FILE_BYTES, StoredFiles

# All messages of the mapping's batch of 10 are sent at once, and so many of a larger one. Threads
# are started when the others are busy, connections opened by threads: what is not needed is free.
THREADS = 32
CONNECT_SECONDS = 3.05
# How far apart the wall clocks of two Lambda machines may be. They follow one time service to
# within milliseconds, and each slot waits this long in addition.
CLOCK_SKEW_SECONDS = 0.05
# An event is worth no more of an invocation's last seconds: two calls fit into the margin.
EVENTS_CONNECT_SECONDS = 0.5
EVENTS_READ_SECONDS = 1.5
# botocore puts its own name together anew for every request, which takes a fifth of its time.
USER_AGENT = f"formarelay Botocore/{botocore.__version__}"
# Checking parameters takes another tenth: the ledger and the limiter are the only callers, their
# values are typed, and DynamoDB checks them too. Asking the credentials for an account's own
# endpoint takes a thirtieth, and Lambda's name none.
FREQUENT = Config(parameter_validation=False, account_id_endpoint_mode="disabled")
FORMA_MAIL = "forma-mail"
FORMALOO = "formaloo"


class Application(Struct, frozen=True):
    """What lives as long as the container.

    Args:
        service: Delivers batches.
        returns: Takes what is handed back.
        later_turn: By how much mail that waits for a slot waits longer, by the queue's length.
        events: Is told how each mail ended; None without a bus.
        clock: The one of all parts.
    """

    service: BatchService
    returns: QueueReturns
    later_turn: Callable[[int], float]
    events: OutcomeBus | None
    clock: Clock


def build(settings: SendSettings) -> Application:
    """Connects the service to its adapters. Calls nothing yet."""
    clock = SystemClock()
    session = AwsSession()
    aws = Config(
        connect_timeout=2,
        read_timeout=5,
        retries={"mode": "standard", "total_max_attempts": 3},
        max_pool_connections=THREADS,
        user_agent=USER_AGENT,
    )
    dynamodb = session.client("dynamodb", config=aws.merge(FREQUENT))
    # Most batches neither hand back nor set aside.
    sqs = LazyClient(lambda: session.client("sqs", config=aws))
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
            LazyClient(lambda: _rows(settings, secrets, timeouts=timeouts, clock=clock)).get,
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
            dead_letters=DeadLetterQueue(sqs.get, queue_url=settings.dead_letter_queue_url),
            policy=policy,
            clock=clock,
            executor=ThreadPoolExecutor(max_workers=THREADS, thread_name_prefix="mail"),
        ),
        returns=QueueReturns(sqs.get, queue_url=settings.email_queue_url, clock=clock),
        later_turn=lambda waiting: later_turn_seconds(
            waiting,
            limit=limiter.limit,
            window_seconds=settings.rate_limit_window_seconds,
            jitter=random.random(),  # noqa: S311 (keeps nothing secret)
        ),
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


def _rows(
    settings: SendSettings, secrets: SecretReader, *, timeouts: Timeouts, clock: Clock
) -> RowSource:
    # Few messages name a row, and every cold start would pay for these modules.
    from send_email.rows import formaloo_rows

    return formaloo_rows(
        _http(settings.formaloo_api_url, service=FORMALOO, timeouts=timeouts),
        secrets=secrets,
        secret_id=settings.formaloo_secret_arn,
        timeouts=timeouts,
        clock=clock,
    )

"""Builds everything that settle_unknown is made of, once a container."""

from __future__ import annotations

import time

from botocore.config import Config
from msgspec import Struct

from formarelay.aws.events import OutcomeBus
from formarelay.aws.limiter import DynamoLimiter
from formarelay.aws.secrets import SecretCredential, SecretReader
from formarelay.aws.session import AwsSession
from formarelay.aws.unsettled import DynamoUnsettled
from formarelay.clock import Clock, SystemClock
from formarelay.formamail.client import FormaMail, api_root
from formarelay.http import HttpClient, Timeouts
from settle_unknown.announcement import SOURCE
from settle_unknown.policy import SweepPolicy
from settle_unknown.service import Sweep
from settle_unknown.settings import SweepSettings

CONNECT_SECONDS = 3.05
# The sweep takes every tenth slot at most: mail goes first.
SHARE = 10
# As the sender has it: how far apart the wall clocks of two Lambda machines may be.
CLOCK_SKEW_SECONDS = 0.05
EVENTS_CONNECT_SECONDS = 0.5
EVENTS_READ_SECONDS = 1.5
FORMA_MAIL = "forma-mail"


class Application(Struct, frozen=True):
    """What lives as long as the container."""

    sweep: Sweep
    events: OutcomeBus | None
    clock: Clock


def build(settings: SweepSettings) -> Application:
    """Connects the service to its adapters. Calls nothing yet."""
    clock = SystemClock()
    session = AwsSession()
    aws = Config(
        connect_timeout=2,
        read_timeout=5,
        retries={"mode": "standard", "total_max_attempts": 3},
    )
    events = Config(
        connect_timeout=EVENTS_CONNECT_SECONDS,
        read_timeout=EVENTS_READ_SECONDS,
        retries={"total_max_attempts": 1},
    )
    dynamodb = session.client("dynamodb", config=aws)
    secrets = SecretReader(session.client("secretsmanager", config=aws), clock=clock)
    timeouts = Timeouts(
        connect_seconds=CONNECT_SECONDS, read_seconds=settings.provider_timeout_seconds
    )
    policy = SweepPolicy(
        call_seconds=timeouts.connect_seconds + timeouts.read_seconds,
        pause_seconds=SHARE * settings.rate_limit_window_seconds / settings.rate_limit_calls,
        on_unknown=settings.on_unknown,
    )
    return Application(
        sweep=Sweep(
            mails=DynamoUnsettled(dynamodb, table_name=settings.state_table, clock=clock),
            provider=FormaMail(
                HttpClient(
                    api_root(settings.forma_mail_api_url),
                    service=FORMA_MAIL,
                    timeouts=timeouts,
                    pool_size=1,
                ),
                keys=SecretCredential(
                    secrets,
                    secret_id=settings.forma_mail_secret_arn,
                    read=lambda secret: secret.get("api_key"),
                ),
                clock=clock,
            ),
            slots=DynamoLimiter(
                dynamodb,
                table_name=settings.state_table,
                provider=FORMA_MAIL,
                clock=clock,
                limit_per_window=settings.rate_limit_calls,
                window_seconds=settings.rate_limit_window_seconds,
                # From the grant: the wait for the slot's start comes before, as it does for mail.
                longest_call_seconds=3 * policy.call_seconds,
                clock_skew_seconds=CLOCK_SKEW_SECONDS,
            ),
            policy=policy,
            clock=clock,
            sleep=time.sleep,
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

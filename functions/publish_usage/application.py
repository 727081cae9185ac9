"""Builds everything that publish_usage is made of, once a container."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from botocore.config import Config

from formarelay.aws.limiter import DynamoLimiter
from formarelay.aws.metrics import CloudWatchMetrics
from formarelay.aws.note import DynamoNote
from formarelay.aws.secrets import SecretCredential, SecretReader, SecretValue
from formarelay.aws.session import AwsSession
from formarelay.clock import SystemClock
from formarelay.formaloo.client import Formaloo, FormalooOptions
from formarelay.formaloo.credentials import FormalooCredentials
from formarelay.formamail.client import FormaMail, api_root
from formarelay.http import HttpClient, Timeouts
from formarelay.retry import RetryPolicy
from publish_usage.service import Questions, UsageService
from publish_usage.settings import UsageSettings
from publish_usage.slotted_usage import SlottedUsage

FORMA_MAIL = "forma-mail"
FORMALOO = "formaloo"
THREADS = 4
# Less patient than the sender: what is not answered now is asked again in minutes.
TIMEOUTS = Timeouts(connect_seconds=3.05, read_seconds=8.0)
# From a slot's start to the last instant at which the call can arrive, with as long on its way.
LONGEST_CALL_SECONDS = 3 * (TIMEOUTS.connect_seconds + TIMEOUTS.read_seconds)
CLOCK_SKEW_SECONDS = 0.05


def build(settings: UsageSettings) -> UsageService:
    """Connects the service to its adapters. Calls nothing yet."""
    clock = SystemClock()
    session = AwsSession()
    # Each of a handful of calls has to end within the few seconds that the providers leave.
    aws = Config(
        connect_timeout=1, read_timeout=3, retries={"mode": "standard", "total_max_attempts": 2}
    )
    dynamodb = session.client("dynamodb", config=aws)
    secrets = SecretReader(session.client("secretsmanager", config=aws), clock=clock)
    limiter = DynamoLimiter(
        dynamodb,
        table_name=settings.state_table,
        provider=FORMA_MAIL,
        clock=clock,
        limit_per_window=settings.rate_limit_calls,
        window_seconds=settings.rate_limit_window_seconds,
        longest_call_seconds=LONGEST_CALL_SECONDS,
        clock_skew_seconds=CLOCK_SKEW_SECONDS,
    )
    mail_root = api_root(settings.forma_mail_api_url)
    mail = FormaMail(
        HttpClient(mail_root, service=FORMA_MAIL, timeouts=TIMEOUTS),
        keys=SecretCredential(
            secrets,
            secret_id=settings.forma_mail_secret_arn,
            read=lambda secret: secret.get("api_key"),
        ),
        clock=clock,
    )
    forms = Formaloo(
        HttpClient(settings.formaloo_api_url, service=FORMALOO, timeouts=TIMEOUTS),
        credentials=SecretCredential(
            secrets, secret_id=settings.formaloo_secret_arn, read=_formaloo_pair
        ),
        clock=clock,
        options=FormalooOptions(timeouts=TIMEOUTS, retry=RetryPolicy(attempts=1)),
    )
    return UsageService(
        Questions(
            mail_usage=SlottedUsage(mail, slots=limiter, clock=clock).usage,
            form_usage=lambda: forms.get("usage/"),
            mail_key_stored_at=lambda: secrets.get(settings.forma_mail_secret_arn).stored_at,
            form_key_stored_at=lambda: secrets.get(settings.formaloo_secret_arn).stored_at,
        ),
        metrics=CloudWatchMetrics(
            session.client("cloudwatch", config=aws),
            namespace=settings.powertools_metrics_namespace,
        ),
        note=DynamoNote(dynamodb, table_name=settings.state_table, name=f"usage#{FORMA_MAIL}"),
        guard=limiter,
        reserve_percent=settings.quota_reserve_percent,
        executor=ThreadPoolExecutor(max_workers=THREADS, thread_name_prefix="usage"),
        clock=clock,
    )


def _formaloo_pair(secret: SecretValue) -> FormalooCredentials:
    return FormalooCredentials(api_key=secret.get("api_key"), secret_key=secret.get("secret_key"))

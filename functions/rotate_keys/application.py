"""Builds everything that rotate_keys is made of, once a container."""

from __future__ import annotations

from botocore.config import Config
from msgspec.structs import replace

from formarelay.aws.gate import DynamoGate
from formarelay.aws.rotation_journal import DynamoRotationJournal
from formarelay.aws.secret_stages import SecretStages
from formarelay.aws.secrets import NO_VALUE, SecretCredential, SecretReader, SecretValue
from formarelay.aws.session import AwsSession
from formarelay.clock import SystemClock
from formarelay.errors import SecretUnavailableError
from formarelay.formaloo.options import FormalooOptions
from formarelay.formaloo.pair_issuer import FormalooIssuer
from formarelay.formamail.client import api_root
from formarelay.formamail.dashboard_session import Account, DashboardPaths
from formarelay.formamail.issuer import FormaMailIssuer
from formarelay.http import HttpClient, Timeouts
from rotate_keys.key_rotation import KeyRotation
from rotate_keys.names import KeyNames
from rotate_keys.pair_rotation import PairRotation
from rotate_keys.policy import DAY_SECONDS, RotationPolicy
from rotate_keys.service import RotationService, Subject
from rotate_keys.settings import RotateSettings

FORMA_MAIL = "forma-mail"
FORMALOO = "formaloo"
CONNECT_SECONDS = 3.05
# For Formaloo's swap: an answer that is not waited for is a pair that nobody knows.
PATIENT_SECONDS = 40.0


def build(settings: RotateSettings) -> RotationService:
    """Connects the service to its adapters. Calls nothing yet."""
    clock = SystemClock()
    session = AwsSession()
    aws = Config(
        connect_timeout=2, read_timeout=5, retries={"mode": "standard", "total_max_attempts": 3}
    )
    dynamodb = session.client("dynamodb", config=aws)
    secretsmanager = session.client("secretsmanager", config=aws)
    timeouts = Timeouts(
        connect_seconds=CONNECT_SECONDS, read_seconds=settings.provider_timeout_seconds
    )
    policy = RotationPolicy(
        overlap_seconds=settings.overlap_seconds,
        key_life_seconds=settings.key_life_days * DAY_SECONDS,
        permissions=tuple(word for word in settings.key_permissions.split(",") if word),
        key_limit=settings.key_limit,
        call_seconds=timeouts.connect_seconds + timeouts.read_seconds,
    )
    reader = SecretReader(secretsmanager, clock=clock)
    accounts = SecretCredential(
        reader, secret_id=settings.forma_mail_account_secret_arn, read=_account
    )
    keys = KeyRotation(
        FormaMailIssuer(
            HttpClient(
                api_root(settings.forma_mail_api_url), service=FORMA_MAIL, timeouts=timeouts
            ),
            accounts=accounts,
            has_account=lambda: _has_account(accounts),
            clock=clock,
            paths=DashboardPaths(
                login=settings.forma_mail_login_path,
                keys=settings.forma_mail_keys_path,
                revoke=settings.forma_mail_revoke_path,
            ),
        ),
        names=KeyNames(stack=settings.stack_name, secret_arn=settings.forma_mail_secret_arn),
        policy=policy,
    )
    patient = replace(timeouts, read_seconds=max(timeouts.read_seconds, PATIENT_SECONDS))
    formaloo = HttpClient(settings.formaloo_api_url, service=FORMALOO, timeouts=patient)
    pair = PairRotation(
        FormalooIssuer(formaloo, clock=clock, options=FormalooOptions(timeouts=patient)),
        gate=DynamoGate(dynamodb, table_name=settings.state_table, provider=FORMALOO, clock=clock),
        policy=replace(policy, call_seconds=patient.connect_seconds + patient.read_seconds),
    )
    return RotationService(
        [
            Subject(provider=FORMA_MAIL, secret_arn=settings.forma_mail_secret_arn, kind=keys),
            Subject(provider=FORMALOO, secret_arn=settings.formaloo_secret_arn, kind=pair),
        ],
        stages=SecretStages(secretsmanager),
        journal=DynamoRotationJournal(dynamodb, table_name=settings.state_table, clock=clock),
        policy=policy,
        clock=clock,
    )


def _account(secret: SecretValue) -> Account:
    return Account(email=secret.get("email"), password=secret.get("password"))


def _has_account(accounts: SecretCredential[Account]) -> bool:
    try:
        accounts.current()
    except SecretUnavailableError as error:
        if error.code == NO_VALUE:
            return False
        raise
    return True

"""Formaloo's rows for the sender; imported with the first message that names one."""

from __future__ import annotations

from formarelay.aws.secrets import SecretCredential, SecretReader, SecretValue
from formarelay.clock import Clock
from formarelay.formaloo.client import Formaloo, FormalooOptions
from formarelay.formaloo.credentials import FormalooCredentials
from formarelay.http import HttpClient, Timeouts
from formarelay.retry import RetryPolicy


def formaloo_rows(
    http: HttpClient, *, secrets: SecretReader, secret_id: str, timeouts: Timeouts, clock: Clock
) -> Formaloo:
    """The client, with the pair of keys that the secret holds."""
    return Formaloo(
        http,
        credentials=SecretCredential(secrets, secret_id=secret_id, read=_pair),
        clock=clock,
        # Asked once: a row that cannot be read now is asked for again at the next delivery.
        options=FormalooOptions(timeouts=timeouts, retry=RetryPolicy(attempts=1)),
    )


def _pair(secret: SecretValue) -> FormalooCredentials:
    return FormalooCredentials(api_key=secret.get("api_key"), secret_key=secret.get("secret_key"))

"""The environment of send_email, as `template.yaml` sets it."""

from __future__ import annotations

from dataclasses import dataclass

from send_email.policy import OnUnknown


@dataclass(frozen=True, slots=True, kw_only=True)
class SendSettings:
    """One field an environment variable, in upper case."""

    forma_mail_api_url: str
    forma_mail_secret_arn: str
    formaloo_api_url: str
    formaloo_secret_arn: str
    email_queue_url: str
    dead_letter_queue_url: str
    state_table: str
    provider_timeout_seconds: float
    settle_delay_seconds: float
    on_unknown: OnUnknown

"""The environment of send_email, as `template.yaml` sets it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from formarelay.claims import OnUnknown
from formarelay.env import Between, Url


@dataclass(frozen=True, slots=True, kw_only=True)
class SendSettings:
    """One field an environment variable, in upper case."""

    forma_mail_api_url: Url
    forma_mail_secret_arn: str
    formaloo_api_url: Url
    formaloo_secret_arn: str
    email_queue_url: str
    dead_letter_queue_url: str
    state_table: str
    provider_timeout_seconds: Annotated[float, Between(1, 60)]
    rate_limit_calls: Annotated[int, Between(1, 100_000)]
    rate_limit_window_seconds: Annotated[float, Between(1, 3600)]
    settle_delay_seconds: Annotated[float, Between(1, 900)]
    on_unknown: OnUnknown
    attachment_arns: str = ""
    outcome_bus_name: str = ""

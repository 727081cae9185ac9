"""The environment of rotate_keys, as `template.yaml` sets it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from formarelay.env import Between, Url


@dataclass(frozen=True, slots=True, kw_only=True)
class RotateSettings:
    """One field an environment variable, in upper case."""

    stack_name: str
    forma_mail_api_url: Url
    forma_mail_secret_arn: str
    forma_mail_account_secret_arn: str
    forma_mail_login_path: str
    forma_mail_keys_path: str
    forma_mail_revoke_path: str
    formaloo_api_url: Url
    formaloo_secret_arn: str
    state_table: str
    overlap_seconds: Annotated[float, Between(1, 604_800)]
    key_life_days: Annotated[int, Between(1, 3650)]
    key_permissions: str
    key_limit: Annotated[int, Between(0, 10_000)]
    provider_timeout_seconds: Annotated[float, Between(1, 60)]

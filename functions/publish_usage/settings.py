"""The environment of publish_usage, as `template.yaml` sets it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from formarelay.env import Between, Url


@dataclass(frozen=True, slots=True, kw_only=True)
class UsageSettings:
    """One field an environment variable, in upper case."""

    forma_mail_api_url: Url
    forma_mail_secret_arn: str
    formaloo_api_url: Url
    formaloo_secret_arn: str
    state_table: str
    rate_limit_calls: Annotated[int, Between(1, 100_000)]
    rate_limit_window_seconds: Annotated[float, Between(1, 3600)]
    quota_reserve_percent: Annotated[float, Between(0, 50)]
    # The same that names the namespace of the other functions' metrics.
    powertools_metrics_namespace: str

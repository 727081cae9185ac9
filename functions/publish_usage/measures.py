"""The numbers of one round, as metrics.

| metric | unit | resource | what one value says |
|---|---|---|---|
| QuotaUsed | Count | a quota | used in the present billing period |
| QuotaLimit | Count | a quota | what may be used in it |
| QuotaRemaining | Count | a quota | what is left of it |
| QuotaUsedPercent | Percent | a quota, `highest` | of the limit; `highest`: of the fullest quota |
| QuotaLimitUnknown | Count | a quota | 1 when its use is told and its limit is not |
| QuotaHoursLeft | None | a quota | hours until it ends at the present pace, 2,400 at most |
| PeriodHoursLeft | None | a quota | hours until the billing period ends |
| QuotaShortfallHours | None | a quota | hours without quota at the period's end; 0 when it lasts |
| UsageDisbelieved | Count | a quota, `usage` | 1 when figures were told that cannot be true |
| UsageFailed | Count | a question | 1 when a question was asked and not answered |
| CredentialRefused | Count | a question | 1 when the credential was refused |
| PermissionMissing | Count | a question | 1 when the credential lacks a right |
| KeyAgeDays | None | `api-key` | since the present version of the secret was stored |
| UsagePublished | Count | - | 1 a round: its absence is an alarm |

All but the last have the dimensions `provider` (`forma-mail`, `formaloo`) and `resource`. A quota
is `email` or `attachment` of Forma Mail, or what Formaloo calls it. A question is `usage`,
`api-key`, `history` or `gate`. UsagePublished has the dimension `service`. Counts of failures are
written as 0 while all is well; a figure that is not known is not written at all, and never as 0.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from publish_usage.asking import Failure
from publish_usage.forecast import Forecast
from publish_usage.period import Period
from publish_usage.quota import Quota

COUNT = "Count"
PERCENT = "Percent"
NO_UNIT = "None"

QUOTA_USED = "QuotaUsed"
QUOTA_LIMIT = "QuotaLimit"
QUOTA_REMAINING = "QuotaRemaining"
QUOTA_USED_PERCENT = "QuotaUsedPercent"
QUOTA_LIMIT_UNKNOWN = "QuotaLimitUnknown"
QUOTA_HOURS_LEFT = "QuotaHoursLeft"
PERIOD_HOURS_LEFT = "PeriodHoursLeft"
QUOTA_SHORTFALL_HOURS = "QuotaShortfallHours"
USAGE_DISBELIEVED = "UsageDisbelieved"
USAGE_FAILED = "UsageFailed"
CREDENTIAL_REFUSED = "CredentialRefused"
PERMISSION_MISSING = "PermissionMissing"
KEY_AGE_DAYS = "KeyAgeDays"
USAGE_PUBLISHED = "UsagePublished"

HIGHEST = "highest"
KEY = "api-key"
SERVICE = "publish_usage"

DAY_SECONDS = 86_400.0


class Datum(NamedTuple):
    """One value of one metric."""

    name: str
    unit: str
    value: float
    dimensions: Mapping[str, str]


def of_resource(provider: str, resource: str, name: str, unit: str, value: float) -> Datum:
    return Datum(name, unit, value, {"provider": provider, "resource": resource})


def heartbeat() -> Datum:
    """Says that a round has come to its end."""
    return Datum(USAGE_PUBLISHED, COUNT, 1.0, {"service": SERVICE})


def of_quota(provider: str, resource: str, quota: Quota) -> list[Datum]:
    """What is known of one quota."""
    figures = [
        (QUOTA_USED, COUNT, quota.used),
        (QUOTA_LIMIT, COUNT, quota.limit),
        (QUOTA_REMAINING, COUNT, quota.remaining),
        (QUOTA_USED_PERCENT, PERCENT, quota.used_percent),
        (QUOTA_LIMIT_UNKNOWN, COUNT, float(quota.limit is None)),
    ]
    return _known(provider, resource, figures)


def of_forecast(
    provider: str, resource: str, forecast: Forecast, period: Period | None, now: float
) -> list[Datum]:
    """What is to come of one quota, as far as it is known."""
    figures = [
        (QUOTA_HOURS_LEFT, NO_UNIT, forecast.hours_left),
        (PERIOD_HOURS_LEFT, NO_UNIT, period.hours_left(now) if period else None),
        (QUOTA_SHORTFALL_HOURS, NO_UNIT, forecast.shortfall_hours),
    ]
    return _known(provider, resource, figures)


def of_question(provider: str, resource: str, failure: Failure | None) -> list[Datum]:
    """Whether a question was answered, and if not, whether the credential was why."""
    reason = failure.reason if failure else ""
    figures = [
        (USAGE_FAILED, COUNT, float(failure is not None)),
        (CREDENTIAL_REFUSED, COUNT, float(reason == "credential_refused")),
        (PERMISSION_MISSING, COUNT, float(reason == "right_missing")),
    ]
    return _known(provider, resource, figures)


def of_key(provider: str, stored_at: float | None, *, now: float) -> list[Datum]:
    """The age of the credential in use. A rotation stores a key as soon as it is made."""
    age = None if stored_at is None else max(0.0, now - stored_at) / DAY_SECONDS
    return _known(provider, KEY, [(KEY_AGE_DAYS, NO_UNIT, age)])


def _known(
    provider: str, resource: str, figures: Sequence[tuple[str, str, float | None]]
) -> list[Datum]:
    return [
        of_resource(provider, resource, name, unit, value)
        for name, unit, value in figures
        if value is not None
    ]

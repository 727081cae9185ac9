"""Forma Mail's quotas: what is believed of an answer, what it forecasts, what the senders learn."""

from __future__ import annotations

import json
from collections.abc import Mapping

from msgspec import Struct
from msgspec.structs import asdict

from formarelay.formamail.models import Usage
from publish_usage.forecast import forecast
from publish_usage.history import History, begun, continued
from publish_usage.measures import (
    COUNT,
    USAGE_DISBELIEVED,
    Datum,
    of_forecast,
    of_quota,
    of_resource,
)
from publish_usage.period import Period, period_of
from publish_usage.quota import Disbelief, Quota, believed

FORMA_MAIL = "forma-mail"
EMAIL = "email"
ATTACHMENT = "attachment"

Histories = Mapping[str, History]


class MailRound(Struct, frozen=True, kw_only=True):
    """What one answer led to.

    Args:
        data: To be published.
        histories: To be kept, by resource.
        email: The quota of mails, when it is believed.
        doubts: Why figures were not believed, by resource.
    """

    data: list[Datum]
    histories: Histories
    email: Quota | None
    doubts: Mapping[str, str]


def read_histories(text: str) -> dict[str, History]:
    """The histories that `written` wrote; none from any other text, which costs the forecast."""
    try:
        return {
            resource: History(**{**fields, "samples": tuple(map(tuple, fields["samples"]))})
            for resource, fields in json.loads(text).items()
        }
    except (AttributeError, KeyError, TypeError, ValueError):
        return {}


def written(histories: Histories) -> str:
    return json.dumps({name: asdict(history) for name, history in histories.items()})


def judged(usage: Usage, histories: Histories, *, now: float) -> MailRound:
    """Believes or disbelieves each quota by itself; those of another period never.

    Args:
        usage: The answer.
        histories: Up to now.
        now: Unix seconds.
    """
    period = period_of(usage.billing_period)
    other_period = period is not None and not period.holds(now)
    kept = dict(histories)
    data: list[Datum] = []
    doubts: dict[str, str] = {}
    email: Quota | None = None
    for resource, told in ((EMAIL, usage.email), (ATTACHMENT, usage.attachment)):
        quota = Disbelief(reason="other_period") if other_period else believed(told)
        if isinstance(quota, Quota):
            first_day = usage.billing_period if period else ""
            kept[resource], doubt = _noted(kept.get(resource), quota, first_day, now)
            quota = Disbelief(reason=doubt) if doubt else quota
        if isinstance(quota, Disbelief):
            doubts[resource] = quota.reason
        else:
            data += of_quota(FORMA_MAIL, resource, quota)
            data += _forecast(resource, quota, kept[resource], period, now)
            email = quota if resource == EMAIL else email
        doubted = float(resource in doubts)
        data.append(of_resource(FORMA_MAIL, resource, USAGE_DISBELIEVED, COUNT, doubted))
    return MailRound(data=data, histories=kept, email=email, doubts=doubts)


def _noted(
    history: History | None, quota: Quota, first_day: str, now: float
) -> tuple[History, str]:
    if history is None:
        return begun(used=quota.used, period=first_day, now=now), ""
    return continued(history, used=quota.used, period=first_day, now=now)


def _forecast(
    resource: str, quota: Quota, history: History, period: Period | None, now: float
) -> list[Datum]:
    if quota.remaining is None:
        return []
    found = forecast(history, remaining=quota.remaining, period=period, now=now)
    return of_forecast(FORMA_MAIL, resource, found, period, now)

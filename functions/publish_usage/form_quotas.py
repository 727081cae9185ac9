"""Formaloo's quotas, from an answer whose shape no document gives."""

from __future__ import annotations

from collections.abc import Mapping

from formarelay.formaloo.usage import UsagePair, find_usage_pairs
from publish_usage.measures import (
    HIGHEST,
    PERCENT,
    QUOTA_USED_PERCENT,
    USAGE_DISBELIEVED,
    Datum,
    of_quota,
    of_resource,
)
from publish_usage.quota import LARGEST, Disbelief, Quota

FORMALOO = "formaloo"
# CloudWatch bills each; more than a plan has resources is a list of something else.
MOST_RESOURCES = 10


def of_form_usage(raw: Mapping[str, object]) -> list[Datum]:
    """What is known of Formaloo's quotas; `usage` is disbelieved when nothing is."""
    quotas: dict[str, Quota | Disbelief] = {}
    for pair in find_usage_pairs(raw):
        if pair.resource and pair.resource != HIGHEST and len(quotas) < MOST_RESOURCES:
            # Two of one name: which is which, nobody can say.
            known = pair.resource in quotas
            quotas[pair.resource] = Disbelief(reason="ambiguous") if known else _believed(pair)
    data: list[Datum] = []
    percents: list[float] = []
    for resource, quota in quotas.items():
        doubt = isinstance(quota, Disbelief)
        data.append(of_resource(FORMALOO, resource, USAGE_DISBELIEVED, "Count", float(doubt)))
        if isinstance(quota, Quota):
            data += of_quota(FORMALOO, resource, quota)
            percents += [quota.used_percent] if quota.used_percent is not None else []
    if percents:
        data.append(of_resource(FORMALOO, HIGHEST, QUOTA_USED_PERCENT, PERCENT, max(percents)))
    data.append(of_resource(FORMALOO, "usage", USAGE_DISBELIEVED, "Count", float(not quotas)))
    return data


def _believed(pair: UsagePair) -> Quota | Disbelief:
    # `available` may be what is left, or all that there is.
    limit = None if pair.limit_name == "available" else pair.limit
    if pair.used > LARGEST or (limit is not None and not 0 < limit <= LARGEST):
        return Disbelief(reason="absurd")
    if limit is None:
        return Quota(used=pair.used)
    return Quota(used=pair.used, limit=limit, remaining=max(0.0, limit - pair.used))

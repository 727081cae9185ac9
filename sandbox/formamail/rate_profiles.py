"""Which allowance applies to a request: the contradictory documents, one profile each."""

from __future__ import annotations

from dataclasses import dataclass

from sandbox.formamail.rate_limit import Allowance
from sandbox.profile import Profile

SEED_LIMIT = 100  # seed, Rate Limits: requests a minute
SEED_BURST_FACTOR = 2  # seed: 200 in a 10-second window beside 100 a minute
SEED_BURST_WINDOW_FACTOR = 6

# Provider docs, Rate Limiting, column of API keys; and Limits & Quotas, which names no number
# for "everything else", so that the seed's holds.
_TEAM_LIMITS = {"send": 100, "bulk": 10, "emails_read": 300, "templates_read": 300, "other": 1000}
_KEY_LIMITS = {
    "send": 30,
    "bulk": 5,
    "emails_read": 300,
    "retry": 10,
    "templates_read": 300,
    "other": SEED_LIMIT,
}
UNAUTHENTICATED_LIMIT = 60  # provider docs, Rate Limiting


@dataclass(frozen=True, slots=True)
class Rule:
    """An allowance and the counter it is held against; no allowance means no limit."""

    counter: tuple[str, str]
    limit: int
    allowance: Allowance | None


# What the headers say where nothing is limited: a client that obeys them must not slow down.
UNLIMITED = 1_000_000


def rule_for(
    profile: Profile, *, rate_class: str, key_id: str | None, key_limit: int | None
) -> Rule:
    """The rule of one request. A key's own limit beats the profile's, that beats the documents'."""
    if profile.rate_limit in ("docs-team", "docs-key"):
        return _documented(profile, rate_class=rate_class, key_id=key_id, key_limit=key_limit)
    unlimited = UNLIMITED if profile.rate_limit == "off" else SEED_LIMIT
    limit = key_limit or profile.limit_per_minute or unlimited
    counter = (_holder(profile, key_id=key_id, documented="key"), "all")
    if profile.rate_limit == "off" or key_id is None:
        return Rule(counter, limit, None)
    if profile.rate_limit == "strict":
        return Rule(counter, limit, Allowance(limit, profile.window_seconds))
    burst_window = profile.burst_window_seconds or (
        profile.window_seconds / SEED_BURST_WINDOW_FACTOR
    )
    burst = profile.burst_limit or limit * SEED_BURST_FACTOR
    return Rule(counter, limit, Allowance(limit, profile.window_seconds, burst, burst_window))


def _documented(
    profile: Profile, *, rate_class: str, key_id: str | None, key_limit: int | None
) -> Rule:
    by_team = profile.rate_limit == "docs-team"
    if key_id is None:
        limit = UNAUTHENTICATED_LIMIT if by_team else SEED_LIMIT
        allowance = Allowance(limit, profile.window_seconds) if by_team else None
        return Rule(("nobody", "all"), limit, allowance)
    limits = _TEAM_LIMITS if by_team else _KEY_LIMITS
    limit = limits.get(rate_class, limits["other"])
    if rate_class == "send":
        limit = key_limit or profile.limit_per_minute or limit
    holder = _holder(profile, key_id=key_id, documented="team" if by_team else "key")
    counted_class = rate_class if rate_class in limits else "other"
    return Rule((holder, counted_class), limit, Allowance(limit, profile.window_seconds))


def _holder(profile: Profile, *, key_id: str | None, documented: str) -> str:
    scope = profile.rate_limit_scope or documented
    return "team" if scope == "team" or key_id is None else key_id

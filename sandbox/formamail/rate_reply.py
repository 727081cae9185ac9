"""The 429: the seed's body or the docs', with the `Retry-After` that the profile asks for."""

from __future__ import annotations

import math
from email.utils import formatdate

from sandbox.exchange import Call, Reply, json_reply
from sandbox.formamail.envelope import RefusalError, refusal_reply
from sandbox.profile import Profile


def too_many_requests(seconds: int, *, call: Call, now: float, profile: Profile) -> Reply:
    """A refusal that says after how many seconds one more request fits."""
    if profile.rate_limit_error == "docs":
        document = {
            "statusCode": 429,
            "code": "ERR_QUOTA_001",
            "message": f"Rate limit exceeded. Please retry after {seconds} seconds.",
            "retryAfter": seconds,
        }
        reply = json_reply(429, document)
    else:
        message = f"Rate limit exceeded. Please try again in {seconds} seconds."
        reply = refusal_reply(
            RefusalError(429, message=message), call=call, now=now, style=profile.error_style
        )
    advice = _retry_after(seconds, now=now, knob=profile.retry_after)
    if advice is not None:
        reply.headers["Retry-After"] = advice
    return reply


def _retry_after(seconds: int, *, now: float, knob: str) -> str | None:
    if knob == "seconds":
        return str(seconds)
    if knob == "none":
        return None
    if knob == "date":
        return formatdate(math.ceil(now) + seconds, usegmt=True)
    return knob

"""When to try again: pure decisions, no clock, no sleep, no randomness of their own."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from email.utils import parsedate_to_datetime

from msgspec import Struct

from formarelay.errors import RateLimitedError, TransientError

# The seed's own retry loop waits so long when the service gives no advice.
DEFAULT_WAIT_SECONDS = 30.0
SHORTEST_WAIT_SECONDS = 1.0
# Advice is hostile input: no header may park the relay for longer.
LONGEST_WAIT_SECONDS = 900.0

_NUMBER = re.compile(r"[0-9]+(\.[0-9]+)?")
_SECONDS_IN_TEXT = re.compile(r"\b([0-9]+(?:\.[0-9]+)?)\s*s(?:ec(?:ond)?s?)?\b", re.IGNORECASE)
_LONGEST_TEXT = 500
# Keeps every number finite; what is cut off is far beyond any clamp.
_LONGEST_NUMBER = 30


class AdvisedWait(Struct, frozen=True, kw_only=True):
    """How long to wait after a 429, and who said so.

    Args:
        seconds: From 1 to 900, whatever was advised.
        source: `retry-after`, `body`, `rate-limit-reset` or `default`.
        clamped: Whether the advice lay outside those bounds.
    """

    seconds: float
    source: str
    clamped: bool


def wait_after_429(
    *,
    now: float,
    retry_after: str | None = None,
    body_seconds: float | None = None,
    reset_at: float | None = None,
    date: str | None = None,
) -> AdvisedWait:
    """Take the first usable advice: Retry-After, the body, the reset instant, else 30 s.

    Negative, past, unreadable and non-finite advice counts as none.

    Args:
        now: Unix seconds.
        retry_after: The header: seconds or an HTTP date.
        body_seconds: What the provider's client read from the body.
        reset_at: Unix seconds when the limit resets.
        date: The answer's own Date header. Instants are measured from it when it is readable,
            so that the skew between the two machines' clocks drops out.
    """
    server_now = _http_date(date)
    measured_from = now if server_now is None else server_now
    advised_at = _http_date(retry_after)
    candidates = (
        ("retry-after", number_from(retry_after)),
        ("retry-after", None if advised_at is None else advised_at - measured_from),
        ("body", body_seconds),
        ("rate-limit-reset", None if reset_at is None else reset_at - measured_from),
    )
    for source, seconds in candidates:
        # NaN is not >= 0 either.
        if seconds is not None and seconds >= 0:
            bounded = min(max(seconds, SHORTEST_WAIT_SECONDS), LONGEST_WAIT_SECONDS)
            return AdvisedWait(seconds=bounded, source=source, clamped=bounded != seconds)
    return AdvisedWait(seconds=DEFAULT_WAIT_SECONDS, source="default", clamped=False)


def number_from(value: object) -> float | None:
    """A non-negative number given as JSON number or as decimal digits; None for anything else."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int | float):
        try:
            number = float(value)
        except OverflowError:
            return None
        return number if math.isfinite(number) and number >= 0 else None
    if isinstance(value, str) and _NUMBER.fullmatch(value.strip()):
        return float(value.strip()[:_LONGEST_NUMBER])
    return None


def seconds_in_text(message: object) -> float | None:
    """The number of seconds that a message names, as in `try again in 30 seconds.`

    Both of the providers' 429 messages carry it so; the text decides nothing else.
    """
    if not isinstance(message, str):
        return None
    found = _SECONDS_IN_TEXT.search(message[:_LONGEST_TEXT])
    return None if found is None else float(found[1][:_LONGEST_NUMBER])


def _http_date(text: str | None) -> float | None:
    if text is None or not text[:1].isalpha():
        return None
    try:
        instant = parsedate_to_datetime(text)
        return instant.timestamp()
    except (ValueError, OverflowError, TypeError, IndexError):
        return None


class RetryPolicy(Struct, frozen=True, kw_only=True):
    """How often and how patiently to repeat a call that is safe to repeat.

    Args:
        attempts: Calls in all, the first included.
        base_seconds: Ceiling of the first wait; it doubles with each attempt.
        cap_seconds: No ceiling grows beyond it.
        longest_wait_seconds: Advice to wait for longer ends the attempts: the caller's time is
            better spent elsewhere.
    """

    attempts: int = 3
    base_seconds: float = 0.25
    cap_seconds: float = 5.0
    longest_wait_seconds: float = 10.0


def backoff_seconds(attempt: int, *, policy: RetryPolicy, random: Callable[[], float]) -> float:
    """Exponential backoff with full jitter.

    Args:
        attempt: 1 after the first failed attempt.
        policy: Base and cap.
        random: Returns a number from 0 to 1; a parameter so that tests know it.
    """
    ceiling = policy.base_seconds * 2.0 ** min(max(attempt - 1, 0), 60)
    return min(ceiling, policy.cap_seconds) * random()


def next_wait_seconds(
    error: Exception, *, attempt: int, policy: RetryPolicy, random: Callable[[], float]
) -> float | None:
    """How long to wait before repeating a safe GET; None when it must not be repeated.

    Only for calls that change nothing: it repeats after unknown outcomes.

    Args:
        error: What the last attempt raised.
        attempt: Attempts made so far, at least 1.
        policy: See `RetryPolicy`.
        random: See `backoff_seconds`.
    """
    if attempt >= policy.attempts or not isinstance(error, TransientError):
        return None
    if isinstance(error, RateLimitedError):
        wait = error.retry_after_seconds
        return wait if wait <= policy.longest_wait_seconds else None
    return backoff_seconds(attempt, policy=policy, random=random)

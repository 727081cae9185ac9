"""How a message can leave the function. Every record ends as exactly one of these."""

from __future__ import annotations

from msgspec import Struct


class Sent(Struct, frozen=True, kw_only=True):
    """The provider accepted the mail, now or at an earlier delivery; the message is done.

    Args:
        email_id: The provider's id; empty when an earlier delivery did not learn it.
        attempts: Provider calls that this mail took.
        how: `call`, `lookup` (found at the provider after an unanswered call) or `ledger`
            (sent by an earlier delivery).
        blocked_recipients: How many recipients the provider left out.
    """

    email_id: str
    attempts: int
    how: str
    blocked_recipients: int = 0


class Expired(Struct, frozen=True, kw_only=True):
    """Its `expiresAt` had passed before it was sent; the message is done."""


class SetAside(Struct, frozen=True, kw_only=True):
    """It is in the dead-letter queue with this reason; here the message is done."""

    reason: str
    detail: str
    attempts: int = 0


class HandedBack(Struct, frozen=True, kw_only=True):
    """It stays on the queue and comes back after `wait_seconds`.

    Args:
        reason: A stable word, as `throttled`.
        wait_seconds: How long it should stay invisible.
        error: Text of the error behind it, free of secrets; empty when there was none.
    """

    reason: str
    wait_seconds: float
    error: str = ""


Outcome = Sent | Expired | SetAside | HandedBack

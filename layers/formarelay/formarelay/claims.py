"""The words that the ledger and its users share: what a mail's entry says, what a claim met.

Pure values, so that a service can decide over them without knowing DynamoDB.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class MailState(StrEnum):
    """Where one mail stands.

    OPEN: known not to have been accepted; anybody may claim it.
    CLAIMED: a worker is, or was, calling the provider with it.
    SENT: accepted by the provider. Final.
    REFUSED: refused by the provider or its recipients. Not accepted, so a replay may claim it.
    EXPIRED: not sent before its time ran out. Final.
    UNKNOWN: the call ended without a trustworthy answer.
    """

    OPEN = "OPEN"
    CLAIMED = "CLAIMED"
    SENT = "SENT"
    REFUSED = "REFUSED"
    EXPIRED = "EXPIRED"
    UNKNOWN = "UNKNOWN"


@dataclass(frozen=True, slots=True, kw_only=True)
class MailIdentity:
    """What makes a mail this mail.

    Args:
        key: The producer's idempotency key, or the one made from the SQS message id.
        fingerprint: SHA-256 of what would be sent, in hex.
        relay_id: The id that the provider stores in the mail's metadata; derived from `key`.
    """

    key: str
    fingerprint: str
    relay_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Claimed:
    """The mail is ours until `lease_until`, in unix seconds; then anybody may take it over.

    `claim_id` must come back with the settlement.
    """

    claim_id: str
    attempts: int
    lease_until: float


@dataclass(frozen=True, slots=True, kw_only=True)
class AlreadySettled:
    """The mail has ended before, as SENT or EXPIRED."""

    state: MailState
    email_id: str
    attempts: int


@dataclass(frozen=True, slots=True, kw_only=True)
class InFlight:
    """Another worker holds the mail for at most `lease_seconds` more."""

    lease_seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Uncertain:
    """A call was made, or may have been, and nobody knows its outcome.

    Args:
        claim_id: Names the claim in question, for `settle`.
        last_call_at: Unix seconds before which the provider cannot have accepted it later.
        first_call_at: Unix seconds since which the provider may have accepted it.
        attempts: Provider calls so far.
    """

    claim_id: str
    first_call_at: float
    last_call_at: float
    attempts: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Conflicting:
    """The same key was used before with other content."""


ClaimResult = Claimed | AlreadySettled | InFlight | Uncertain | Conflicting

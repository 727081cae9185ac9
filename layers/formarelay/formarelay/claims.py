"""The words that the ledger and its users share: what a mail's entry says, what a claim met.

Pure values, so that a service can decide over them without knowing DynamoDB.
"""

from __future__ import annotations

from enum import StrEnum

from msgspec import Struct


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


class OnUnknown(StrEnum):
    """What to do with a mail that may have been sent and is not in the provider's list.

    RESEND: send it once the settle delay has passed.
    HOLD: put it into the dead-letter queue for a person.
    """

    RESEND = "resend"
    HOLD = "hold"


class MailIdentity(Struct, frozen=True, kw_only=True):
    """What makes a mail this mail.

    Args:
        key: The producer's idempotency key, or the one made from the SQS message id.
        fingerprint: SHA-256 of what would be sent, in hex.
        relay_id: The id that the provider stores in the mail's metadata; derived from `key`.
    """

    key: str
    fingerprint: str
    relay_id: str


class Claimed(Struct, frozen=True, kw_only=True):
    """The mail is ours until `lease_until`, in unix seconds; then anybody may take it over.

    `claim_id` must come back with the settlement.
    """

    claim_id: str
    attempts: int
    lease_until: float


class AlreadySettled(Struct, frozen=True, kw_only=True):
    """The mail has ended before, as SENT or EXPIRED."""

    state: MailState
    email_id: str
    attempts: int


class InFlight(Struct, frozen=True, kw_only=True):
    """Another worker holds the mail for at most `lease_seconds` more."""

    lease_seconds: float


class Uncertain(Struct, frozen=True, kw_only=True):
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


class Conflicting(Struct, frozen=True, kw_only=True):
    """The same key was used before with other content."""


class Unsettled(Struct, frozen=True, kw_only=True):
    """A mail that was called for and whose outcome nobody has written down.

    Args:
        entry: Names its entry in the ledger. A hash: neither key nor address can be read from it.
        relay_id: The id that the provider stores in the mail's metadata.
        claim_id: Names the call in question.
        first_call_at: Unix seconds since which the provider may have accepted it.
        last_call_at: Unix seconds before which the provider cannot have accepted it later.
        attempts: Provider calls so far.
        is_absent: A look-up since the call has shown that it is not in the provider's list.
    """

    entry: str
    relay_id: str
    claim_id: str
    first_call_at: float
    last_call_at: float
    attempts: int
    is_absent: bool = False


class UnsettledPage(Struct, frozen=True, kw_only=True):
    """Some unsettled mails, and the position after which there may be more; empty at the end."""

    mails: tuple[Unsettled, ...]
    position: str


ClaimResult = Claimed | AlreadySettled | InFlight | Uncertain | Conflicting

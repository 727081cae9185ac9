"""A mail's entry in the State table, as its writers and readers share it.

Item: `pk` (`mail#` and a hash of the key), `state`, `claim_id`, `fingerprint`, `relay_id`,
`attempts`, `first_call_at`, `lease_until`, `email_id`, `expires_at`. Hashes and ids only: no
address, no content.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from formarelay.claims import (
    AlreadySettled,
    Claimed,
    ClaimResult,
    Conflicting,
    InFlight,
    MailIdentity,
    MailState,
    Uncertain,
)

# 14 days on the queue, 14 in the dead-letter queue, and as long again for a late replay.
LIFE_SECONDS = 45 * 24 * 3600


def primary_key(mail: MailIdentity) -> str:
    """The entry's `pk`."""
    return f"mail#{hashlib.sha256(mail.key.encode()).hexdigest()}"


def seconds(value: float) -> dict[str, str]:
    """Seconds as DynamoDB stores them, to the millisecond."""
    return {"N": str(Decimal(value).quantize(Decimal("0.001")))}


def end_of_life(now: float) -> dict[str, str]:
    """When an entry that is written now goes, as DynamoDB stores it."""
    return {"N": str(int(now) + LIFE_SECONDS)}


def claimed(item: Mapping[str, Any]) -> Claimed:
    """The claim that has just been written."""
    return Claimed(
        claim_id=item["claim_id"]["S"],
        attempts=int(item["attempts"]["N"]),
        lease_until=float(item["lease_until"]["N"]),
    )


def met(item: Mapping[str, Any], *, mail: MailIdentity, claim_id: str, now: float) -> ClaimResult:
    """What an entry means to the claim of this id that could not be written because of it."""
    if item["claim_id"]["S"] == claim_id:
        # A write whose answer was lost is repeated, and then meets its own first try.
        return claimed(item)
    if item["fingerprint"]["S"] != mail.fingerprint:
        return Conflicting()
    state = MailState(item["state"]["S"])
    attempts = int(item["attempts"]["N"])
    lease_until = float(item["lease_until"]["N"])
    if state in (MailState.SENT, MailState.EXPIRED):
        email_id = item.get("email_id", {}).get("S", "")
        return AlreadySettled(state=state, email_id=email_id, attempts=attempts)
    if state is MailState.CLAIMED and lease_until > now:
        return InFlight(lease_seconds=lease_until - now)
    return Uncertain(
        claim_id=item["claim_id"]["S"],
        first_call_at=float(item["first_call_at"]["N"]),
        last_call_at=lease_until,
        attempts=attempts,
    )

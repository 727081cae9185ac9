"""What producers are told about a mail that was found at the provider. Ids alone.

As `events/schemas/outcome_event.v1.schema.json` says. The ledger keeps neither the key that the
producer gave nor the message, so the relay id alone names the mail.
"""

from __future__ import annotations

from datetime import UTC, datetime

from formarelay.claims import Unsettled

SOURCE = "formarelay.outcomes"
"""The `source` of every event, the same as the sender's."""

VERSION = 1


def announcement_of(
    mail: Unsettled, *, email_id: str, at: float
) -> tuple[str, dict[str, str | int]]:
    """The event's `detail-type` and `detail`.

    Args:
        mail: As it was found in the ledger.
        email_id: The provider's id of it.
        at: Unix seconds when the outcome was known.
    """
    instant = datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds")
    return "Email Accepted", {
        "version": VERSION,
        "outcome": "accepted",
        "relayId": mail.relay_id,
        "emailId": email_id,
        "attempts": mail.attempts,
        "time": instant.replace("+00:00", "Z"),
    }

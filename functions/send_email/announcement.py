"""What producers are told about a mail that has ended. Ids and words only: no address, no content.

The `idempotencyKey` is the producer's own word for the mail and comes back unchanged. Samples stand
in `events/outcomes`, the schema in `events/schemas/outcome_event.v1.schema.json`.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from enum import StrEnum
from typing import NamedTuple

from send_email.outcome import Expired, Sent, SetAside
from send_email.record import Result

SOURCE = "formarelay.outcomes"
"""The `source` of every event, for the patterns of rules."""

VERSION = 1

# Set aside by us while nobody knows whether it was sent; every other dead letter was refused.
_HELD_REASON = "outcome_unknown"
# Some reasons are codes that the provider chose.
_WORD = re.compile(r"[a-z0-9_.-]{1,64}")


class Ending(StrEnum):
    """How a mail can end; what `outcome` holds, and the last word of `detail-type`."""

    ACCEPTED = "accepted"
    REFUSED = "refused"
    EXPIRED = "expired"
    HELD = "held"


class Announcement(NamedTuple):
    """One event: its `detail-type` and its `detail`."""

    detail_type: str
    detail: dict[str, str | int]


def announcement_of(result: Result, *, idempotency_key: str, at: float) -> Announcement | None:
    """The event of a result, None when nothing has ended or its end was announced before.

    A mail that an earlier delivery sent was announced then. What cannot be read is announced by its
    SQS message id alone, unless it is one of these events: a rule that leads them back to the
    email queue would otherwise go round for ever.

    Args:
        result: How the record left.
        idempotency_key: The producer's own, empty when it gave none or could not be read.
        at: Unix seconds when the outcome was known.
    """
    facts: dict[str, str | int]
    match result.outcome:
        case Sent(how="ledger"):
            return None
        case Sent() as sent:
            ending = Ending.ACCEPTED
            facts = {"emailId": sent.email_id, "attempts": sent.attempts}
            if sent.blocked_recipients:
                facts["blockedRecipients"] = sent.blocked_recipients
        case Expired():
            ending, facts = Ending.EXPIRED, {}
        case SetAside() as aside:
            if not result.relay_id and SOURCE in result.record.body:
                return None
            ending = Ending.HELD if aside.reason == _HELD_REASON else Ending.REFUSED
            facts = {"reason": _word(aside.reason), "attempts": aside.attempts}
        case _:
            return None
    ids = {
        "relayId": result.relay_id,
        "idempotencyKey": idempotency_key,
        "messageId": result.record.message_id,
    }
    detail: dict[str, str | int] = {"version": VERSION, "outcome": ending.value, **ids, **facts}
    known = {name: value for name, value in detail.items() if value != ""}
    return Announcement(f"Email {ending.capitalize()}", {**known, "time": _instant(at)})


def _word(reason: str) -> str:
    return reason if _WORD.fullmatch(reason) else "other"


def _instant(at: float) -> str:
    instant = datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds")
    return instant.replace("+00:00", "Z")

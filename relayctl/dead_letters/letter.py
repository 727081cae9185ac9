"""One dead letter, as a value."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

# What send_email writes beside a message that it sets aside.
REASON, DETAIL, ATTEMPTS, IDEMPOTENCY_KEY = "reason", "detail", "attempts", "idempotencyKey"
FACTS = frozenset({REASON, DETAIL, ATTEMPTS, IDEMPOTENCY_KEY})
NO_REASON = "none"
OUTCOME_UNKNOWN = "outcome_unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadLetter:
    """A message of the dead-letter queue. `repr` shows ids and times only.

    Args:
        message_id: Of SQS. That of the original message only if SQS itself moved it here.
        body: As the producer wrote it.
        sent_at: Unix seconds since which it is here; or, if SQS itself moved it, since which it
            was on the email queue.
        reason: A stable word; empty when nothing is written beside the message.
        detail: One sentence to the reason.
        attempts: Provider calls at the time, None when not said.
        idempotency_key: Of the message, as far as it is written beside it.
        moved_by_sqs: Nobody set it aside: it was received too often without an end.
        other_attributes: All other attributes, as boto3 gives and takes them.
        receipt_handle: What SQS wants for returning or deleting it.
    """

    message_id: str
    body: str = field(repr=False)
    sent_at: float
    reason: str = field(default="", repr=False)
    detail: str = field(default="", repr=False)
    attempts: int | None = None
    idempotency_key: str = field(default="", repr=False)
    moved_by_sqs: bool = False
    other_attributes: Mapping[str, Any] = field(default_factory=dict, repr=False)
    receipt_handle: str = field(default="", repr=False)

    def without_content(self) -> DeadLetter:
        """For keeping many: bodies may be of a megabyte each."""
        return replace(self, body="", other_attributes={})

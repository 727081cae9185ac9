"""A message as it came from the queue, and how it left."""

from __future__ import annotations

from msgspec import Struct

from send_email.outcome import Outcome


class QueueRecord(Struct, frozen=True, kw_only=True):
    """What matters of an SQS record."""

    message_id: str
    receipt_handle: str
    body: str
    receive_count: int = 1


class Result(Struct, frozen=True, kw_only=True):
    """How one record left.

    Args:
        record: As it was given.
        outcome: How it ended.
        relay_id: The mail's id; empty when the message could not be read.
        idempotency_key: As the producer gave it; empty when it gave none.
        failure: The programming error that stopped it, if one did; it is handed back then.
    """

    record: QueueRecord
    outcome: Outcome
    relay_id: str = ""
    idempotency_key: str = ""
    failure: BaseException | None = None

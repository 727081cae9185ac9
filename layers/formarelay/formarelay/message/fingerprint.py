"""Tells whether two messages ask for the same mail."""

from __future__ import annotations

import hashlib
from datetime import UTC

import msgspec

from formarelay.message.model import EmailMessage

# Instructions to the relay, which no recipient can see the difference of. `idempotencyKey` must be
# out, because the question is whether one key came with two contents; `expiresAt` because a
# producer that repeats a message may count it anew from the present.
_NOT_CONTENT = ("messageId", "idempotencyKey", "expiresAt")


def fingerprint(message: EmailMessage) -> str:
    """SHA-256, in hex, over what the recipients would get.

    Equal for messages that differ only in the order of keys, in white space and escapes of their
    JSON, in their wrapper, in optional fields that are empty or null instead of absent, in the
    zone that names the same instant, in `idempotencyKey`, `expiresAt` or the SQS message id.
    Different for anything else, the order of lists included; 1 and 1.0 differ, too.

    Files of `attachments[].s3` count by their reference, which holds their hash. Values behind
    `variablesFrom` count by their reference alone: a row that has changed is not noticed.

    Stays the same over releases: the ledger compares it with what it stored weeks ago.
    """
    content = msgspec.to_builtins(message)
    for field in _NOT_CONTENT:
        content.pop(field, None)
    if message.scheduled_at is not None:
        content["scheduledAt"] = message.scheduled_at.astimezone(UTC).isoformat()
    return hashlib.sha256(msgspec.json.encode(content, order="deterministic")).hexdigest()

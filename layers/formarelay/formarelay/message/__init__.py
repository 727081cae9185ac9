"""The contract of the queue, version 1: an SQS body becomes a valid message or is refused.

Producers and tools use it too, to check a message before they put it on the queue. The same rules
stand in `events/schemas/email_message.v1.schema.json`, as far as JSON Schema can state them.
"""

from __future__ import annotations

from formarelay.message.attachments import Attachment, StoredObject
from formarelay.message.fingerprint import fingerprint
from formarelay.message.model import EmailMessage, FormalooVariables, Recipient, VariablesFrom
from formarelay.message.parse import parse_message
from formarelay.message.reasons import Reason

__all__ = [
    "Attachment",
    "EmailMessage",
    "FormalooVariables",
    "Reason",
    "Recipient",
    "StoredObject",
    "VariablesFrom",
    "fingerprint",
    "parse_message",
]

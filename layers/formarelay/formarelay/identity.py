"""Which mail a message stands for: one identity over all deliveries, redrives and replays."""

from __future__ import annotations

import hashlib

from formarelay.claims import MailIdentity
from formarelay.message import EmailMessage, fingerprint

# The key under which every mail carries its relay id in the provider's metadata.
RELAY_ID_KEY = "relayId"


def identify(message: EmailMessage) -> MailIdentity:
    """The identity of the mail; equal for every delivery and redrive of the same message."""
    key = message.effective_key
    relay_id = hashlib.sha256(f"formarelay:{key}".encode()).hexdigest()[:32]
    return MailIdentity(key=key, fingerprint=fingerprint(message), relay_id=relay_id)

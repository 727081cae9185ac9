"""How a mail can end."""

from __future__ import annotations

from enum import StrEnum


class Ending(StrEnum):
    """Where the oracle found the mail. HELD: in the dead-letter queue, its outcome unknown."""

    SENT = "sent"
    REFUSED = "refused"
    EXPIRED = "expired"
    HELD = "held"
    QUEUED = "queued"

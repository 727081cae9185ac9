"""Letters as JSON, for other programs."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from relayctl.dead_letters.letter import DeadLetter
from relayctl.dead_letters.report import View, key_of
from relayctl.dead_letters.survey import Finding
from relayctl.printable import without_addresses


def letter_document(letter: DeadLetter, *, view: View) -> dict[str, Any]:
    """What is written beside a letter; addresses in it are masked unless the body is shown."""
    document = {
        "messageId": letter.message_id,
        "reason": _text(letter.reason, view),
        "detail": _text(letter.detail, view),
        "attempts": letter.attempts,
        "idempotencyKey": _text(letter.idempotency_key, view),
        "sentAt": datetime.fromtimestamp(letter.sent_at, UTC).isoformat(),
        "ageSeconds": round(view.now - letter.sent_at),
        "movedBySqs": letter.moved_by_sqs,
    }
    return document | ({"body": letter.body} if view.show_body else {})


def finding_document(finding: Finding, *, view: View) -> dict[str, Any]:
    """A letter's document and what a replay of it would do."""
    return {
        **letter_document(finding.letter, view=view),
        "idempotencyKey": _text(key_of(finding), view),
        "replay": finding.explanation.fate.value,
        "because": _text(finding.explanation.because, view),
        "emailId": finding.explanation.email_id,
        "settled": finding.explanation.settled,
        "relayId": finding.mail.identity.relay_id if finding.mail else "",
    }


def _text(text: str, view: View) -> str:
    return text if view.show_body else without_addresses(text)

"""Letters, mails and findings for tests of the policy."""

from __future__ import annotations

import json
from typing import Any

from formarelay.aws.ledger_reader import LedgerEntry
from formarelay.claims import MailState
from formarelay.identity import identify
from formarelay.message import parse_message
from relayctl.dead_letters.explanation import Explanation, Fate, Mail, read
from relayctl.dead_letters.letter import DeadLetter
from relayctl.dead_letters.survey import Finding

NOW = 1_800_000_000.0


def body(key: str | None = "order-1", **fields: Any) -> str:
    document: dict[str, Any] = {"templateId": "welcome", "to": [{"email": "ada@example.com"}]}
    document |= fields
    return json.dumps(document if key is None else document | {"idempotencyKey": key})


def letter(text: str | None = None, **fields: Any) -> DeadLetter:
    values: dict[str, Any] = {
        "message_id": "m-1",
        "body": body() if text is None else text,
        "sent_at": NOW - 60,
        "reason": "template_not_found",
    }
    return DeadLetter(**values | fields)


def mail(one: DeadLetter) -> Mail:
    found = read(one)
    assert type(found) is Mail
    return found


def entry(one: DeadLetter, state: MailState, **fields: Any) -> LedgerEntry:
    identity = identify(parse_message(one.body, message_id=one.message_id))
    values: dict[str, Any] = {
        "state": state,
        "fingerprint": identity.fingerprint,
        "attempts": 1,
        "first_call_at": NOW - 100,
        "lease_until": NOW - 50,
        "email_id": "em_1" if state is MailState.SENT else "",
    }
    return LedgerEntry(**values | fields)


def finding(fate: Fate, *, settled: bool = False, number: int = 1, key: bool = True) -> Finding:
    one = letter(body(f"order-{number}" if key else None), message_id=f"m-{number}")
    return Finding(
        letter=one,
        explanation=Explanation(fate=fate, because="", settled=settled),
        mail=mail(one),
    )

"""Messages that break the contract."""

from __future__ import annotations

import json
from typing import Any

from tests.support.stack import message


def malformed_bodies(run: str) -> list[tuple[str, str]]:
    """Forty bodies that break the contract in different ways, each with its true reason."""
    good = json.loads(message(run, 0))
    line_break = "Ada\r\nBcc: all@example.com"
    bodies = [
        ("not json", "not_json"),
        ("{", "not_json"),
        ("<xml/>", "not_json"),
        ("[1, 2", "not_json"),
        ("[]", "not_an_object"),
        ("null", "not_an_object"),
        ('"text"', "not_an_object"),
        ("17", "not_an_object"),
    ]
    changes: list[tuple[dict[str, Any], str]] = [
        ({"templateId": None}, "missing_field"),
        ({"to": None}, "missing_field"),
        ({"templateId": 7}, "wrong_type"),
        ({"templateId": ""}, "invalid_value"),
        ({"to": "ada@example.com"}, "wrong_type"),
        ({"to": []}, "invalid_value"),
        ({"to": [{"email": "no address"}]}, "invalid_value"),
        ({"to": [{"name": "Ada"}]}, "missing_field"),
        ({"to": [{"email": 7}]}, "wrong_type"),
        ({"to": [{"email": "ada@example.com", "extra": 1}]}, "unknown_field"),
        ({"cc": [{"email": f"c{n}@example.com"} for n in range(50)]}, "too_many_recipients"),
        ({"subject": "There is no such field"}, "unknown_field"),
        ({"variables": []}, "wrong_type"),
        ({"fromName": line_break}, "control_character"),
        ({"replyTo": "ada@example.com\nBcc: x@example.com"}, "control_character"),
        ({"headers": {"X-Note": line_break}}, "control_character"),
        ({"headers": {"Bcc": "all@example.com"}}, "invalid_value"),
        ({"tags": ["with space"]}, "invalid_value"),
        ({"tags": [7]}, "wrong_type"),
        ({"tags": [f"t{n}" for n in range(60)]}, "invalid_value"),
        ({"metadata": {"nested": {}}}, "wrong_type"),
        ({"metadata": {"relayId": "mine"}}, "invalid_value"),
        ({"priority": "urgent"}, "invalid_value"),
        ({"version": "newest"}, "invalid_value"),
        ({"scheduledAt": "tomorrow"}, "invalid_value"),
        ({"expiresAt": "2026-01-01T00:00:00"}, "invalid_value"),
        ({"idempotencyKey": ""}, "invalid_value"),
        ({"idempotencyKey": "x" * 300}, "invalid_value"),
        ({"attachments": [{"filename": "a.pdf"}]}, "invalid_value"),
        ({"attachments": "a.pdf"}, "wrong_type"),
        ({"variablesFrom": {}}, "missing_field"),
        ({"variablesFrom": {"formaloo": {"row": "abc"}}}, "missing_field"),
    ]
    for change, reason in changes:
        document = {name: value for name, value in (good | change).items() if value is not None}
        bodies.append((json.dumps(document), reason))
    return bodies

"""What the demo sends."""

from __future__ import annotations

import json
from collections import Counter

import pytest

from local.demo.messages import demo_messages

MESSAGES = demo_messages(formaloo_row="row-1")


def test_there_are_25_messages_of_all_kinds() -> None:
    kinds = Counter(message.kind for message in MESSAGES)

    assert kinds == {
        "plain": 7,
        "from a Formaloo row": 1,
        "cc and bcc": 2,
        "tags": 2,
        "SNS-wrapped": 3,
        "EventBridge-wrapped": 2,
        "reply-to and priority": 2,
        "not JSON": 1,
        "no recipients": 1,
        "unknown field": 1,
        "line end in a header": 1,
        "51 recipients": 1,
        "unknown template": 1,
    }
    assert sum(kinds.values()) == 25


def test_each_message_can_be_told_from_every_other() -> None:
    assert [message.number for message in MESSAGES] == list(range(1, 26))
    assert len({message.body for message in MESSAGES}) == 25
    for message in MESSAGES:
        assert message.kind == "not JSON" or f"demo-{message.number}" in message.body


@pytest.mark.parametrize("kind", ["plain", "cc and bcc", "tags", "reply-to and priority"])
def test_straight_messages_carry_their_number(kind: str) -> None:
    message = next(message for message in MESSAGES if message.kind == kind)

    content = json.loads(message.body)

    assert content["metadata"] == {"demo": str(message.number)}
    assert content["idempotencyKey"] == f"demo-{message.number}"


def test_wrapped_messages_hold_a_message() -> None:
    by_kind = {message.kind: json.loads(message.body) for message in MESSAGES[5:15]}
    notification, event = by_kind["SNS-wrapped"], by_kind["EventBridge-wrapped"]

    assert notification["Type"] == "Notification"
    assert json.loads(notification["Message"])["templateId"] == "welcome"
    assert event["detail"]["templateId"] == "order-confirmation"
    assert event["detail-type"] == "order.placed"


def test_message_from_a_row_leaves_its_variables_to_the_row() -> None:
    message = next(message for message in MESSAGES if message.kind == "from a Formaloo row")

    content = json.loads(message.body)

    assert content["variables"] == {}
    assert content["variablesFrom"]["formaloo"]["row"] == "row-1"
    assert content["variablesFrom"]["formaloo"]["fields"]["firstName"] == "name"

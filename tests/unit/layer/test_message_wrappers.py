"""Messages that come through SNS, EventBridge or both are the messages that went in."""

from __future__ import annotations

import json
from typing import Any

import pytest

from formarelay.errors import MalformedMessageError
from formarelay.message import fingerprint, parse_message

MAIL = {"templateId": "welcome", "to": [{"email": "ada@example.com"}], "variables": {"a": '"\n\\'}}


def sns(inner: Any, **fields: Any) -> dict[str, Any]:
    envelope = {"Type": "Notification", "MessageId": "n-1", "TopicArn": "arn:aws:sns:r:1:t"}
    return envelope | {"Message": json.dumps(inner), "Subject": None} | fields


def eventbridge(inner: Any, **fields: Any) -> dict[str, Any]:
    return {"version": "0", "detail-type": "t", "source": "s", "detail": inner} | fields


def refusal(body: Any) -> tuple[str, str]:
    with pytest.raises(MalformedMessageError) as caught:
        parse_message(json.dumps(body), message_id="m-1")
    assert type(caught.value) is MalformedMessageError
    return caught.value.reason, caught.value.detail


@pytest.mark.parametrize(
    "wrapped",
    [
        sns(MAIL),
        eventbridge(MAIL),
        sns(eventbridge(MAIL)),
        eventbridge(sns(MAIL)),
        sns(sns(MAIL)),
        eventbridge(eventbridge(MAIL)),
    ],
)
def test_a_wrapped_message_equals_the_straight_one(wrapped: dict[str, Any]) -> None:
    straight = parse_message(json.dumps(MAIL), message_id="m-1")

    unwrapped = parse_message(json.dumps(wrapped), message_id="m-1")

    assert unwrapped == straight
    assert fingerprint(unwrapped) == fingerprint(straight)


@pytest.mark.parametrize(
    "wrapped", [sns(sns(sns(MAIL))), sns(eventbridge(sns(MAIL))), eventbridge(sns(sns(MAIL)))]
)
def test_three_wrappers_are_too_many(wrapped: dict[str, Any]) -> None:
    assert refusal(wrapped) == ("unsupported_wrapper", "body: is wrapped more than 2 times")


@pytest.mark.parametrize(
    ("body", "rule"),
    [
        (sns(MAIL, Type="SubscriptionConfirmation"), "is of SNS, but no Notification"),
        (sns(MAIL, Type="UnsubscribeConfirmation"), "is of SNS, but no Notification"),
        (sns(MAIL, Message=MAIL), "is a Notification of SNS without a text as Message"),
        ({"Type": "Notification"}, "is a Notification of SNS without a text as Message"),
        (
            eventbridge(json.dumps(MAIL)),
            "is of EventBridge, but without source or an object as detail",
        ),
        (
            {"detail-type": "t", "detail": MAIL},
            "is of EventBridge, but without source or an object as detail",
        ),
        (
            {"detail-type": "t", "source": "s"},
            "is of EventBridge, but without source or an object as detail",
        ),
        ({"Records": []}, "is an AWS event with Records, neither a message nor a wrapper of one"),
        (
            {"specversion": "1.0", "data": MAIL},
            "is a CloudEvent, neither a message nor a wrapper of one",
        ),
        (
            sns({"Records": []}),
            "is an AWS event with Records, neither a message nor a wrapper of one",
        ),
    ],
)
def test_wrappers_that_are_refused(body: dict[str, Any], rule: str) -> None:
    assert refusal(body) == ("unsupported_wrapper", f"body: {rule}")


def test_what_only_resembles_a_wrapper_is_judged_as_a_message() -> None:
    assert refusal(MAIL | {"Type": ["Notification"]}) == (
        "unknown_field",
        "message: has an unknown field 'Type'",
    )
    assert refusal({"detail": MAIL})[0] == "unknown_field"


def test_the_inner_text_is_held_to_the_same_rules() -> None:
    assert refusal(sns(MAIL, Message="hello")) == (
        "not_json",
        "Message of SNS: is not JSON (byte 0)",
    )
    assert refusal(sns([MAIL])) == ("not_an_object", "Message of SNS: must be a JSON object")
    assert refusal(sns(MAIL, Message='{"a":1,"a":2}')) == (
        "duplicate_key",
        "Message of SNS: holds the key 'a' twice in one object",
    )
    assert refusal(sns(MAIL, Message='{"a":"\\ud800"}')) == (
        "invalid_unicode",
        "Message of SNS: holds a lone surrogate",
    )
    assert refusal(sns(MAIL | {"templateId": "a\x00"}))[0] == "control_character"
    assert refusal(eventbridge({})) == ("missing_field", "message: templateId is required")


def test_levels_are_counted_from_the_message_not_from_its_wrapper() -> None:
    deep: Any = "end"
    for _ in range(30):
        deep = [deep]
    body = MAIL | {"variables": {"a": deep}}

    straight = parse_message(json.dumps(body), message_id="m-1")

    assert parse_message(json.dumps(eventbridge(body)), message_id="m-1") == straight
    deeper = MAIL | {"variables": {"a": [deep]}}
    assert refusal(deeper) == ("too_deep", "message: nests deeper than 32 levels")
    assert refusal(eventbridge(deeper)) == ("too_deep", "message: nests deeper than 32 levels")

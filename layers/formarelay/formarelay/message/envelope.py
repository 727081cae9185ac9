"""Takes the message out of what SNS and EventBridge wrap around it."""

from __future__ import annotations

from typing import Any

from formarelay.errors import MalformedMessageError
from formarelay.message.decode import decode_object
from formarelay.message.limits import MAX_WRAPPERS
from formarelay.message.reasons import Reason, malformed

# AWS SNS, message formats: the values of `Type`.
_SNS_TYPES = ("Notification", "SubscriptionConfirmation", "UnsubscribeConfirmation")
# Events that look as if somebody had wired the wrong source to the queue.
_FOREIGN = {"Records": "an AWS event with Records", "specversion": "a CloudEvent"}


def unwrap(tree: dict[str, Any]) -> dict[str, Any]:
    """The message itself, from a body that holds it straight or wrapped.

    A message that comes by raw delivery of SNS, or through an input transformer of EventBridge
    that selects `$.detail`, is straight.

    Raises:
        MalformedMessageError: The wrapper is of another kind, incomplete, or inside too many
            others; or its text breaks a rule of `decode_object`.
    """
    for _ in range(MAX_WRAPPERS):
        inner = _inner(tree)
        if inner is None:
            return tree
        tree = inner
    if _inner(tree) is not None:
        raise _unsupported(f"is wrapped more than {MAX_WRAPPERS} times")
    return tree


def _inner(tree: dict[str, Any]) -> dict[str, Any] | None:
    if tree.get("Type") in _SNS_TYPES:
        return _from_sns(tree)
    if "detail-type" in tree:
        return _from_eventbridge(tree)
    for field, kind in _FOREIGN.items():
        if field in tree:
            raise _unsupported(f"is {kind}, neither a message nor a wrapper of one")
    return None


def _from_sns(tree: dict[str, Any]) -> dict[str, Any]:
    if tree["Type"] != "Notification":
        raise _unsupported("is of SNS, but no Notification")
    message = tree.get("Message")
    if not isinstance(message, str):
        raise _unsupported("is a Notification of SNS without a text as Message")
    return decode_object(message, where="Message of SNS")


def _from_eventbridge(tree: dict[str, Any]) -> dict[str, Any]:
    detail = tree.get("detail")
    if "source" not in tree or not isinstance(detail, dict):
        raise _unsupported("is of EventBridge, but without source or an object as detail")
    return detail


def _unsupported(rule: str) -> MalformedMessageError:
    return malformed(Reason.UNSUPPORTED_WRAPPER, "body", rule)

"""The public door: text of an SQS message in, a valid message or the reason why not out."""

from __future__ import annotations

import re

import msgspec

from formarelay.errors import MalformedMessageError
from formarelay.message.checks import check_content
from formarelay.message.decode import check_depth, decode_object
from formarelay.message.envelope import unwrap
from formarelay.message.model import EmailContent, EmailMessage
from formarelay.message.reasons import Reason, malformed, shown

_MESSAGE_ID_FIELD = "messageId"
_OPTIONAL = frozenset(EmailContent.__struct_encode_fields__) - {"templateId", "to"}
_RECIPIENT_LISTS = ("to", "cc", "bcc")
# msgspec tells what is wrong in English only; tests hold each of these sentences. The place is
# held to what the contract can produce, because the name of an unknown field, which the producer
# chose, stands in the same text.
_PLACE = re.compile(
    r" - at (`key` in )?`\$((?:\.[A-Za-z0-9]{1,24}|\[(?:[0-9]{1,7}|\.\.\.)\]){0,6})`$"
)
_UNKNOWN = re.compile(r"Object contains unknown field `(.*)`", re.DOTALL)
_MISSING = re.compile(r"Object missing required field `(\w+)`")
_TYPE = re.compile(r"Expected `([^`]+)`, got `(\w+)`")
_LENGTH = re.compile(r"Expected `(\w+)` of length ([<>]=) (\d+)")


def parse_message(body: str, *, message_id: str) -> EmailMessage:
    """The valid message in the body of an SQS message, straight or wrapped.

    Time and memory are bounded, whatever the body.

    Args:
        body: The body as it stood on the queue.
        message_id: The SQS message id, for `EmailMessage.effective_key`.

    Raises:
        MalformedMessageError: The body breaks the contract. `reason` is a `Reason`; `detail` names
            the field and the rule, and holds nothing of the message but the names of fields that
            the contract doesn't have, shortened and escaped. No other exception leaves.
    """
    tree = unwrap(decode_object(body, where="body"))
    check_depth(tree)
    # Serialisers of some languages write every field that has no value as null.
    fields = {
        name: value for name, value in tree.items() if value is not None or name not in _OPTIONAL
    }
    if _MESSAGE_ID_FIELD in fields:
        raise _unknown("message", _MESSAGE_ID_FIELD)
    fields[_MESSAGE_ID_FIELD] = message_id
    try:
        message = msgspec.convert(fields, EmailMessage)
    except msgspec.ValidationError as error:
        raise _translated(str(error)) from None
    check_content(message)
    return message


def _translated(complaint: str) -> MalformedMessageError:
    place = _PLACE.search(complaint)
    where = "message"
    if place:
        where = place.group(2).removeprefix(".") + (" (a key)" if place.group(1) else "")
        complaint = complaint[: place.start()]
    if found := _UNKNOWN.match(complaint):
        return _unknown(where, found.group(1))
    if found := _MISSING.match(complaint):
        return malformed(Reason.MISSING_FIELD, where, f"{found.group(1)} is required")
    if found := _TYPE.match(complaint):
        rule = f"must be {found.group(1)}, not {found.group(2)}"
        return malformed(Reason.WRONG_TYPE, where, rule)
    if found := _LENGTH.match(complaint):
        return _wrong_length(where, found)
    # The rest is about values, and some of msgspec's sentences quote them.
    if where.endswith("At"):
        rule = "must be an RFC 3339 date and time with a zone, as 2030-01-31T09:00:00Z"
        return malformed(Reason.INVALID_VALUE, where, rule)
    return malformed(Reason.INVALID_VALUE, where, "is none of the values allowed by the schema")


def _unknown(where: str, name: str) -> MalformedMessageError:
    return malformed(Reason.UNKNOWN_FIELD, where, f"has an unknown field {shown(name)}")


def _wrong_length(where: str, found: re.Match[str]) -> MalformedMessageError:
    kind, comparison, length = found.groups()
    if comparison == "<=" and where in _RECIPIENT_LISTS:
        return malformed(Reason.TOO_MANY_RECIPIENTS, where, f"at most {length} recipients")
    units = "characters" if kind == "str" else "items"
    bound = "at most" if comparison == "<=" else "at least"
    return malformed(Reason.INVALID_VALUE, where, f"must have {bound} {length} {units}")

"""JSON text to a Python object, with everything refused that two parsers could read differently."""

from __future__ import annotations

import json
import re
from itertools import accumulate
from typing import Any

import msgspec

from formarelay.errors import MalformedMessageError
from formarelay.message.limits import MAX_BODY_BYTES, MAX_DEPTH, MAX_WRAPPERS
from formarelay.message.reasons import Reason, malformed, shown

# Ends with the text where a string does not: every quotation mark is looked at once.
_STRING = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*(?:"|\\?\Z)', re.DOTALL)
_STEPS = {ord("["): 1, ord("{"): 1, ord("]"): -1, ord("}"): -1}
_NOT_BRACKETS = bytes(set(range(256)) - set(_STEPS))
_FIRST_LOOK_BYTES = 16 * 1024
_NUL = re.compile(rb"(?<!\\)(?:\\\\)*\\u0000")
_BYTE = re.compile(r"\(byte \d+\)$")


def decode_object(text: str, *, where: str) -> dict[str, Any]:
    """The JSON object in `text`; `where` names the text in errors.

    Bounded in time and memory by `MAX_BODY_BYTES`, whatever the text.

    Raises:
        MalformedMessageError: The text is too large, is not valid Unicode or not JSON (NaN,
            Infinity and numbers beyond a double included), holds a lone surrogate, U+0000 or a
            key twice in one object, or its top is not an object.
    """
    raw = _encoded(text, where)
    if _nests_too_deep(raw):
        raise _too_deep(where)
    try:
        tree = msgspec.json.decode(raw)
    except msgspec.ValidationError:
        rule = "holds a number that is out of range"
        raise malformed(Reason.INVALID_VALUE, where, rule) from None
    except msgspec.DecodeError as error:
        raise _not_json(str(error), text, where) from None
    if type(tree) is not dict:
        raise malformed(Reason.NOT_AN_OBJECT, where, "must be a JSON object")
    again = msgspec.json.encode(tree)
    if _may_repeat_a_key(raw, again):
        _refuse_repeated_keys(text, where)
    if b"\\u0000" in again and _NUL.search(again):
        raise malformed(Reason.CONTROL_CHARACTER, where, "U+0000 is refused everywhere")
    return tree


def check_depth(tree: dict[str, Any]) -> None:
    """Raises `MalformedMessageError` when containers nest deeper than `MAX_DEPTH`."""
    level: list[Any] = [tree]
    for _ in range(MAX_DEPTH):
        level = [
            child
            for container in level
            for child in (container.values() if type(container) is dict else container)
            if type(child) is dict or type(child) is list
        ]
        if not level:
            return
    raise _too_deep("message")


def _nests_too_deep(raw: bytes) -> bool:
    """Whether the text nests deeper than a message and its wrappers may.

    Asked before anything parses it, because parsers in C recurse: CPython 3.13 lets them go on for
    10,000 levels, which ends the process on the stack of a small thread.
    """
    limit = MAX_DEPTH + MAX_WRAPPERS
    if raw.count(b"[") + raw.count(b"{") <= limit:
        return False
    # Texts made to nest do so from their start; only others are worth a look at the whole.
    for part in (raw[:_FIRST_LOOK_BYTES], raw):
        brackets = _STRING.sub(b"", part).translate(None, _NOT_BRACKETS)
        depths = accumulate(map(_STEPS.__getitem__, brackets))
        if any(map(limit.__lt__, depths)):
            return True
    return False


def _too_deep(where: str) -> MalformedMessageError:
    return malformed(Reason.TOO_DEEP, where, f"nests deeper than {MAX_DEPTH} levels")


def _encoded(text: str, where: str) -> bytes:
    try:
        # A character takes a byte at least: more than these need not be looked at.
        raw = text[: MAX_BODY_BYTES + 1].encode()
    except UnicodeEncodeError:
        raise _lone_surrogate(where) from None
    if len(raw) > MAX_BODY_BYTES:
        raise malformed(Reason.TOO_LARGE, where, f"exceeds {MAX_BODY_BYTES} bytes")
    return raw


def _lone_surrogate(where: str) -> MalformedMessageError:
    return malformed(Reason.INVALID_UNICODE, where, "holds a lone surrogate")


def _not_json(complaint: str, text: str, where: str) -> MalformedMessageError:
    if _is_json_of_python(text):
        return _lone_surrogate(where)
    position = _BYTE.search(complaint)
    rule = f"is not JSON {position.group()}" if position else "is not JSON, it ends too early"
    return malformed(Reason.NOT_JSON, where, rule)


def _is_json_of_python(text: str) -> bool:
    """Whether the text is JSON to a parser that lets lone surrogates pass."""
    if "\\ud" not in text and "\\uD" not in text:
        return False
    try:
        json.loads(text, parse_constant=_no_constant, parse_int=str, parse_float=str)
    except ValueError:
        return False
    return True


def _no_constant(name: str) -> None:
    raise ValueError(name)


def _may_repeat_a_key(raw: bytes, again: bytes) -> bool:
    """Whether some object of `raw` may hold a key twice; never falsely no.

    The decoder keeps the last of two equal keys, so the text written again lacks the quotation
    marks around the first. Else both texts hold the same number of marks: two a string, one for
    each that is escaped as backslash and mark. Only a mark escaped as \\u0022 counts in one of
    them alone. This costs a fifth of a parse that looks at every pair.
    """
    return b"\\u0022" in raw or raw.count(b'"') != again.count(b'"')


def _refuse_repeated_keys(text: str, where: str) -> None:
    def unique(pairs: list[tuple[str, object]]) -> None:
        seen = set()
        for key, _ in pairs:
            if key in seen:
                rule = f"holds the key {shown(key)} twice in one object"
                raise malformed(Reason.DUPLICATE_KEY, where, rule)
            seen.add(key)

    json.loads(text, object_pairs_hook=unique, parse_int=str, parse_float=str)

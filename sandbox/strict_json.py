"""JSON as a careful server reads it: UTF-8, finite numbers, bounded depth."""

from __future__ import annotations

import json
import math
from typing import NoReturn

MAXIMUM_DEPTH = 64


class JsonError(ValueError):
    """The bytes are no acceptable JSON. The text never quotes them."""


def _refuse_constant(_name: str) -> NoReturn:
    raise JsonError("numbers must be finite")


def _finite_float(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise JsonError("numbers must be finite")
    return number


_decode = json.JSONDecoder(parse_constant=_refuse_constant, parse_float=_finite_float).decode


def parse_json(body: bytes) -> object:
    """The document in `body`.

    Raises:
        JsonError: Not UTF-8, not JSON, a number that is not finite, or nested too deeply.
    """
    try:
        document: object = _decode(body.decode("utf-8"))
    except JsonError:
        raise
    except (ValueError, RecursionError):
        raise JsonError("the body is not valid JSON") from None
    if body.count(b"[") + body.count(b"{") > MAXIMUM_DEPTH and _depth(document) > MAXIMUM_DEPTH:
        raise JsonError(f"the body is nested more than {MAXIMUM_DEPTH} levels deep")
    return document


def parse_json_object(body: bytes) -> dict[str, object]:
    """As `parse_json`, but the document must be an object."""
    document = parse_json(body)
    if not isinstance(document, dict):
        raise JsonError("the body must be a JSON object")
    return document


def _depth(document: object) -> int:
    depth = 0
    level = [document]
    while level:
        depth += 1
        level = [
            child
            for node in level
            if isinstance(node, dict | list)
            for child in (node.values() if isinstance(node, dict) else node)
        ]
    return depth

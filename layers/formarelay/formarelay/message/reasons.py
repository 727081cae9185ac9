"""Why a body is refused: the words that dead letters, dashboards and runbooks may rely on."""

from __future__ import annotations

from enum import StrEnum

from formarelay.errors import MalformedMessageError


class Reason(StrEnum):
    """Stable vocabulary: words may be added, none is renamed or given another meaning."""

    NOT_JSON = "not_json"
    NOT_AN_OBJECT = "not_an_object"
    INVALID_UNICODE = "invalid_unicode"
    TOO_LARGE = "too_large"
    TOO_DEEP = "too_deep"
    DUPLICATE_KEY = "duplicate_key"
    UNSUPPORTED_WRAPPER = "unsupported_wrapper"
    UNKNOWN_FIELD = "unknown_field"
    MISSING_FIELD = "missing_field"
    WRONG_TYPE = "wrong_type"
    INVALID_VALUE = "invalid_value"
    CONTROL_CHARACTER = "control_character"
    TOO_MANY_RECIPIENTS = "too_many_recipients"


def malformed(reason: Reason, where: str, rule: str) -> MalformedMessageError:
    """The error for a broken rule. `where` is a field path, `rule` never quotes the value."""
    return MalformedMessageError(reason.value, f"{where}: {rule}")


def shown(name: str) -> str:
    """A name chosen by the producer, made harmless for logs and terminals: short, ASCII, quoted."""
    return ascii(name if len(name) <= 64 else name[:64] + "...")

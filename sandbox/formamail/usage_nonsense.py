"""Usage answers that no reader may believe, each spoilt in one way."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

Document = dict[str, Any]


def spoilt_usage(document: Document, *, nonsense: str) -> object:
    """The usage answer as the knob `usage_nonsense` wants it; the true one is not kept."""
    return _SPOILERS[nonsense](document)


def _negative(document: Document) -> object:
    for name in ("email", "attachment"):
        quota = document[name]
        quota["used"] = -1 - quota["used"]
        quota["remaining"] = quota["limit"] - quota["used"]
        quota["percentUsed"] = -1
    return document


def _limit_zero(document: Document) -> object:
    for name in ("email", "attachment"):
        document[name] |= {"limit": 0, "remaining": 0, "percentUsed": 0}
    return document


def _limit_null(document: Document) -> object:
    for name in ("email", "attachment"):
        document[name] |= {"limit": None, "remaining": None, "percentUsed": None}
    return document


def _text_figures(document: Document) -> object:
    for name in ("email", "attachment"):
        document[name] = {field: str(value) for field, value in document[name].items()}
    return document


def _without(name: str) -> Callable[[Document], object]:
    def spoil(document: Document) -> object:
        del document[name]
        return document

    return spoil


def _other_period(document: Document) -> object:
    # Not the month before: on its first day a period may still be told as the one before it.
    first = date.fromisoformat(document["billingPeriod"])
    document["billingPeriod"] = (first - timedelta(days=40)).replace(day=1).isoformat()
    return document


def _no_object(document: Document) -> object:
    return [document]


_SPOILERS: dict[str, Callable[[Document], object]] = {
    "negative": _negative,
    "limit_zero": _limit_zero,
    "limit_null": _limit_null,
    "text_figures": _text_figures,
    "email_missing": _without("email"),
    "attachment_missing": _without("attachment"),
    "period_missing": _without("billingPeriod"),
    "other_period": _other_period,
    "no_object": _no_object,
}

NONSENSE = tuple(_SPOILERS)

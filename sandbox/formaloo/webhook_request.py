"""The bodies of Formaloo's form webhooks, checked."""

from __future__ import annotations

from typing import Any

from sandbox.formaloo.envelope import FormalooRefusalError
from sandbox.webhooks.target import url_problem

_FLAGS = (
    *("active", "form_submit_events", "row_update_events", "row_payment_events"),
    *("send_raw_data", "send_rendered_data"),
)
_TEXTS = ("title", "secret")
_LONGEST_TEXT = 255
# OpenAPI and n8n; what is told of unless the body says otherwise is undocumented.
DEFAULTS: dict[str, Any] = {
    "title": "",
    "secret": None,
    "active": True,
    "form_submit_events": True,
    "row_update_events": False,
    "row_payment_events": False,
    "send_raw_data": True,
    "send_rendered_data": True,
}


def parse_webhook(body: dict[str, Any], *, partial: bool) -> dict[str, Any]:
    """The known fields as far as given.

    Raises:
        FormalooRefusalError: 400 with every faulty field; without `partial`, url must be there.
    """
    given = {name: body[name] for name in (*_FLAGS, *_TEXTS, "url") if name in body}
    flags = {
        name: ["Must be a valid boolean."]
        for name in _FLAGS
        if not isinstance(given.get(name, True), bool)
    }
    texts = {
        name: [f"Must have at most {_LONGEST_TEXT} printable ASCII characters."]
        for name in _TEXTS
        if not _is_header_text(given.get(name))
    }
    errors = flags | texts
    problem = url_problem(body.get("url")) if "url" in body or not partial else None
    if problem:
        errors["url"] = [f"This URL {problem}."]
    if errors:
        raise FormalooRefusalError(400, form_errors=errors)
    return given


def _is_header_text(value: object) -> bool:
    if value is None:
        return True
    is_text = isinstance(value, str) and value.isascii() and value.isprintable()
    return isinstance(value, str) and is_text and len(value) <= _LONGEST_TEXT

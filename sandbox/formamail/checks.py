"""Single rules of Forma Mail's request validation; each appends what it finds wrong."""

from __future__ import annotations

import base64
import binascii
import re

from sandbox.clock import parse_instant

Problems = list[tuple[str, str]]

MAXIMUM_TAGS = 50  # provider docs, Emails API
MAXIMUM_ATTACHMENTS = 10  # provider docs, Limits & Quotas
_TAG = re.compile(r"[A-Za-z0-9_-]+")
_ADDRESS = re.compile(
    '[^\\s@<>(),;:"\\\\\x00-\x1f\x7f-\x9f\ud800-\udfff]{1,64}'
    "@[^\\W_]([\\w-]*[^\\W_])?(\\.[^\\W_]([\\w-]*[^\\W_])?)+"
)
_MAXIMUM_ADDRESS_LENGTH = 254
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")


def is_address(value: object) -> bool:
    """Whether the value is one plausible email address without a display name."""
    return (
        isinstance(value, str)
        and len(value) <= _MAXIMUM_ADDRESS_LENGTH
        and _ADDRESS.fullmatch(value) is not None
    )


def check_recipients(field: str, value: object, *, problems: Problems) -> list[str]:
    """The addresses of an array of `{email, name?}`."""
    if not isinstance(value, list):
        problems.append((field, f"{field} must be an array of objects with an email"))
        return []
    addresses: list[str] = []
    for position, item in enumerate(value):
        if not isinstance(item, dict):
            problems.append((f"{field}[{position}]", "must be an object with an email"))
            continue
        email = item.get("email")
        if isinstance(email, str) and is_address(email):
            addresses.append(email)
        else:
            problems.append((f"{field}[{position}].email", "must be an email address"))
        check_line(f"{field}[{position}].name", item.get("name"), problems=problems)
    return addresses


def check_line(field: str, value: object, *, problems: Problems) -> None:
    """A string that ends up in a mail header: no control characters."""
    if value is None:
        return
    if not isinstance(value, str):
        problems.append((field, "must be a string"))
    elif _CONTROL.search(value):
        problems.append((field, "must not contain control characters"))


def check_optional_address(field: str, value: object, *, problems: Problems) -> None:
    """An address, where there is one."""
    if value is not None and not is_address(value):
        problems.append((field, "must be an email address"))


def check_object(field: str, value: object, *, problems: Problems) -> dict[str, object]:
    """An object, where there is one."""
    if value is None:
        return {}
    if not isinstance(value, dict):
        problems.append((field, "must be an object"))
        return {}
    return value


def check_headers(value: object, *, problems: Problems) -> None:
    """An object of strings without control characters, in names and values."""
    for name, text in check_object("headers", value, problems=problems).items():
        if not isinstance(text, str) or _CONTROL.search(text) or _CONTROL.search(name):
            problems.append(("headers", "must map strings to strings without control characters"))
            return


def check_choice(
    field: str, value: object, *, allowed: tuple[str, ...], problems: Problems
) -> None:
    """One of the allowed words, where there is one."""
    if value is not None and value not in allowed:
        problems.append((field, f"must be one of {', '.join(allowed)}"))


def check_tags(value: object, *, problems: Problems) -> None:
    """At most 50 strings of letters, digits, hyphen and underscore."""
    if value is None:
        return
    if not isinstance(value, list) or len(value) > MAXIMUM_TAGS:
        problems.append(("tags", f"must be an array of at most {MAXIMUM_TAGS} strings"))
        return
    if not all(isinstance(tag, str) and _TAG.fullmatch(tag) for tag in value):
        problems.append(("tags", "may contain letters, digits, hyphens and underscores only"))


def check_scheduled_at(value: object, *, problems: Problems) -> float | None:
    """Unix seconds of an ISO 8601 string, where there is one."""
    if value is None:
        return None
    try:
        if isinstance(value, str):
            return parse_instant(value)
    except ValueError:
        pass
    problems.append(("scheduledAt", "must be an ISO 8601 date"))
    return None


def check_attachments(value: object, *, problems: Problems) -> int:
    """How many files the attachments ask to generate; all documented shapes are accepted."""
    if value is None:
        return 0
    if not isinstance(value, list) or len(value) > MAXIMUM_ATTACHMENTS:
        problems.append(("attachments", f"must be an array of at most {MAXIMUM_ATTACHMENTS}"))
        return 0
    generated = 0
    for position, item in enumerate(value):
        if isinstance(item, dict) and _names_a_template(item):
            generated += 1
        elif not isinstance(item, dict) or not _is_static(item):
            text = "must be a file with content or url, or name a template"
            problems.append((f"attachments[{position}]", text))
    return generated


def _names_a_template(item: dict[str, object]) -> bool:
    return isinstance(item.get("attachmentTemplateId"), str) or (
        item.get("type") in ("pdf", "excel") and isinstance(item.get("templateId"), str)
    )


def _is_static(item: dict[str, object]) -> bool:
    filename = item.get("filename")
    if not isinstance(filename, str) or not filename or _CONTROL.search(filename):
        return False
    content = item.get("content")
    if isinstance(content, str):
        try:
            base64.b64decode(content, validate=True)
        except (binascii.Error, ValueError):
            return False
        return True
    return isinstance(item.get("url"), str)

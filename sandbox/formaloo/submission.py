"""What a submitter sent: its encodings, and the rules of the form's fields."""

from __future__ import annotations

import re
from email import message_from_bytes
from email.message import Message
from typing import Any
from urllib.parse import parse_qsl

from sandbox.exchange import Call
from sandbox.formaloo.envelope import FormalooRefusalError
from sandbox.formaloo.forms import Field, Form
from sandbox.strict_json import JsonError, parse_json_object

_SUBMIT_CODE = re.compile(r"[A-Za-z0-9_-]{1,255}")
_EMAIL = re.compile(r"[^\s@]+@[^\s@]+\.[^\s@]+")
_TRUE = (True, "true", "True", "1")


def read_body(call: Call) -> dict[str, Any]:
    """The fields of a JSON, urlencoded or multipart body.

    Raises:
        FormalooRefusalError: 400 for a body that is none of these.
    """
    content_type = call.headers.get("Content-Type", "application/json")
    kind = content_type.partition(";")[0].strip().lower()
    if kind == "application/x-www-form-urlencoded":
        text = call.body.decode("utf-8", "replace")
        try:
            return dict(parse_qsl(text, keep_blank_values=True, max_num_fields=1000))
        except ValueError:
            raise FormalooRefusalError(400, "Too many fields.") from None
    if kind == "multipart/form-data":
        return _read_multipart(content_type, call.body)
    try:
        return parse_json_object(call.body or b"{}")
    except JsonError as error:
        raise FormalooRefusalError(400, f"JSON parse error: {error}.") from None


def _read_multipart(content_type: str, body: bytes) -> dict[str, Any]:
    header = content_type.encode("latin-1", "replace").replace(b"\n", b" ")
    message: Message = message_from_bytes(b"Content-Type: " + header + b"\r\n\r\n" + body)
    if not message.is_multipart():
        raise FormalooRefusalError(400, "Multipart form parse error.")
    fields: dict[str, Any] = {}
    for part in message.walk():
        name = part.get_param("name", header="content-disposition")
        payload = part.get_payload(decode=True)
        if isinstance(name, str) and isinstance(payload, bytes):
            fields[name] = payload.decode("utf-8", "replace")
    return fields


def row_data(form: Form, body: dict[str, Any]) -> tuple[dict[str, Any], str | None]:
    """The row's data by field slug, and the submit code if the submitter chose one.

    In alias mode only aliases count, otherwise only slugs; a key that does not count is ignored.

    Raises:
        FormalooRefusalError: 400 with `form_errors`, keyed as the body is.
    """
    by_alias = body.get("submit_by_alias") in _TRUE
    data: dict[str, Any] = {}
    errors: dict[str, list[str]] = {}
    for field in form.fields:
        key = (field.alias or "") if by_alias else field.slug
        value = body.get(key) if key else None
        problem = _problem(field, value)
        if problem:
            errors[key or field.slug] = [problem]
        elif value not in (None, ""):
            data[field.slug] = value
    submit_code = body.get("submit_code")
    if submit_code is not None and not _is_submit_code(submit_code):
        errors["submit_code"] = ["Enter a valid code."]
    if errors:
        raise FormalooRefusalError(400, form_errors=errors)
    return data, submit_code


def _is_submit_code(value: object) -> bool:
    return isinstance(value, str) and _SUBMIT_CODE.fullmatch(value) is not None


def _problem(field: Field, value: object) -> str:
    if value in (None, ""):
        return "This field is required." if field.required else ""
    if field.type == "email" and not (isinstance(value, str) and _EMAIL.fullmatch(value)):
        return "Enter a valid email address."
    if field.choices and (not isinstance(value, str) or value not in field.choices):
        return "Select a valid choice."
    if not isinstance(value, str | int | float | bool | list | dict):
        return "Not a valid value."
    return ""

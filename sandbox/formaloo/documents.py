"""Forms and rows as Formaloo shows them."""

from __future__ import annotations

from typing import Any

from sandbox.clock import naive_microseconds
from sandbox.formaloo.forms import Form, Row
from sandbox.profile import Profile


def form_item(form: Form, *, submit_count: int) -> dict[str, object]:
    """An entry of `GET /forms/`."""
    return {
        "slug": form.slug,
        "address": form.address,
        "title": form.title,
        "form_type": "simple",
        "active": form.active,
        "submit_count": submit_count,
        "total_submits_count": submit_count,
        "category": None,
        "created_at": naive_microseconds(form.created_at),
    }


def form_document(form: Form, *, submit_count: int) -> dict[str, object]:
    """`data.form` of `GET /forms/{slug}/`."""
    return form_item(form, submit_count=submit_count) | {
        "description": "",
        "button_text": "Submit",
        "success_message": "Thank you",
        "theme": None,
        "fields_list": [field.document() for field in form.fields],
    }


def row_document(row: Row, *, form: Form, profile: Profile) -> dict[str, object]:
    """A row; `data` is the source of truth, the other two are its renderings."""
    rendered = [
        {
            "form": form.slug,
            "slug": field.slug,
            "type": field.type,
            "title": field.title,
            "alias": field.alias,
            "value": _shown(field.choices, row.data.get(field.slug)),
            "raw_value": row.data.get(field.slug),
        }
        for field in form.fields
    ]
    document: dict[str, object] = {
        "slug": row.slug,
        "form": form.slug,
        "submit_code": row.submit_code,
        "tracking_code": row.tracking_code,
        "submit_number": row.submit_number,
        "data": row.data,
        "rendered_data": rendered,
        "row_tags": list(row.tags),
        "status": "active",
        "create_type": "form_submit",
        "created_at": naive_microseconds(row.created_at),
        "updated_at": naive_microseconds(row.updated_at),
        "sumbit_time": naive_microseconds(row.created_at),
    }
    if profile.formaloo_rendered_data == "object":
        document["rendered_data"] = {item["slug"]: item for item in rendered}
    if profile.formaloo_readable_data:
        document["readable_data"] = {item["title"]: item["value"] for item in rendered}
    return document


def submitted_document(row: Row, *, form: Form) -> dict[str, Any]:
    """The answer to a submission."""
    return {
        "id": row.submit_number,
        "slug": row.slug,
        "form": form.slug,
        "data": row.data,
        "submit_code": row.submit_code,
        "tracking_code": row.tracking_code,
        "submit_number": row.submit_number,
        "created_at": naive_microseconds(row.created_at),
    }


def _shown(choices: dict[str, str], value: Any) -> Any:
    if isinstance(value, str):
        return choices.get(value, value)
    return value

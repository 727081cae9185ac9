"""Formaloo's operations, as they answer under the default profile."""

from __future__ import annotations

from sandbox.openapi.parts import (
    ANYTHING,
    OBJECT,
    TEXT,
    TRUTH,
    WHOLE,
    Operation,
    Schema,
    accepted,
    array,
    maybe,
    one_of,
    record,
    text,
)

API_KEY, TOKEN, SECRET = "formalooKey", "formalooToken", "formalooSecret"
FORM_KINDS = ("application/x-www-form-urlencoded", "multipart/form-data")
LOCAL_TIME = text(pattern=r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}$")
_ERRORS = record(
    {
        "general_errors": array(TEXT),
        "form_errors": {"type": "object", "additionalProperties": array(TEXT)},
    }
)


def envelope(data: Schema, *, status: int = 200) -> Schema:
    """Around everything but the token."""
    return record({"status": one_of(status), "errors": _ERRORS, "data": data})


ERROR: Schema = record({"status": WHOLE, "errors": _ERRORS, "data": record({})})
_FORM_ITEM: dict[str, Schema] = {
    "slug": TEXT,
    "address": TEXT,
    "title": TEXT,
    "form_type": TEXT,
    "active": TRUTH,
    "submit_count": WHOLE,
    "total_submits_count": WHOLE,
    "category": maybe(TEXT),
    "created_at": LOCAL_TIME,
}
_FIELD = record(
    {
        "slug": TEXT,
        "type": TEXT,
        "title": TEXT,
        "required": TRUTH,
        "alias": maybe(TEXT),
        "choice_items": array(record({"slug": TEXT, "title": TEXT})),
    },
    optional=("choice_items",),
)
_FORM = record(
    {
        **_FORM_ITEM,
        "description": TEXT,
        "button_text": TEXT,
        "success_message": TEXT,
        "theme": maybe(OBJECT),
        "fields_list": array(_FIELD),
    }
)
_RENDERED = record(
    {
        "form": TEXT,
        "slug": TEXT,
        "type": TEXT,
        "title": TEXT,
        "alias": maybe(TEXT),
        "value": ANYTHING,
        "raw_value": ANYTHING,
    }
)
_ROW = record(
    {
        "slug": TEXT,
        "form": TEXT,
        "submit_code": TEXT,
        "tracking_code": TEXT,
        "submit_number": WHOLE,
        "data": OBJECT,
        "rendered_data": array(_RENDERED),
        "readable_data": OBJECT,
        "row_tags": array(TEXT),
        "status": TEXT,
        "create_type": TEXT,
        "created_at": LOCAL_TIME,
        "updated_at": LOCAL_TIME,
        "sumbit_time": LOCAL_TIME,
    }
)
_SUBMITTED = record(
    {
        "id": WHOLE,
        "slug": TEXT,
        "form": TEXT,
        "data": OBJECT,
        "submit_code": TEXT,
        "tracking_code": TEXT,
        "submit_number": WHOLE,
        "created_at": LOCAL_TIME,
    }
)
_PAGED: dict[str, Schema] = {
    "count": WHOLE,
    "next": maybe(TEXT),
    "previous": maybe(TEXT),
    "page_size": WHOLE,
    "page_count": WHOLE,
    "current_page": TEXT,
}
_PAGING: dict[str, Schema] = {
    "page": {"type": "integer", "minimum": 1},
    "page_size": {"type": "integer", "minimum": 1},
}
_SINCE = ("created_at_gte", "created_at_lte", "submit_time_gte", "submit_time_lte")
_USAGE = record(
    {"usage": array(record({"resource": TEXT, "used": WHOLE, "limit": WHOLE, "available": WHOLE}))}
)
_PROFILE = record({"profile": record(dict.fromkeys(("first_name", "last_name", "email"), TEXT))})
_SUBMISSION = accepted(
    {"submit_by_alias": TRUTH, "submit_code": text(pattern="^[A-Za-z0-9_-]{1,255}$")}
)
FULL = (API_KEY, TOKEN)
_REFUSED = (401, 403)
_ONE_FORM: dict[int, Schema] = {200: envelope(record({"form": _FORM}))}
_NEW_ROW: dict[int, Schema] = {201: envelope(record({"row": _SUBMITTED}), status=201)}

OPERATIONS: dict[tuple[str, str], Operation] = {
    ("POST", "/oauth2/authorization-token/"): Operation(
        "A token for half a minute; bare",
        {200: record({"authorization_token": TEXT})},
        errors=(400, 401, 413),
        body=accepted({"grant_type": one_of("client_credentials")}, required=("grant_type",)),
        other_bodies=FORM_KINDS,
        security=(SECRET,),
    ),
    ("GET", "/profile/"): Operation(
        "Whose key it is", {200: envelope(_PROFILE)}, errors=_REFUSED, security=FULL
    ),
    ("GET", "/forms/"): Operation(
        "Forms",
        {200: envelope(record({**_PAGED, "forms": array(record(_FORM_ITEM))}))},
        errors=(404, *_REFUSED),
        query={**_PAGING, "search": TEXT, "slug": TEXT},
        security=FULL,
    ),
    ("GET", "/forms/{slug}/"): Operation(
        "One form", _ONE_FORM, errors=(404, *_REFUSED), security=FULL
    ),
    ("GET", "/forms/{slug}/rows/"): Operation(
        "Rows of a form, newest first",
        {200: envelope(record({**_PAGED, "rows": array(_ROW)}))},
        errors=(400, 404, *_REFUSED),
        query={
            **_PAGING,
            "search": TEXT,
            "tracking_code": TEXT,
            "tags": TEXT,
            "submit_number": WHOLE,
            "sort_by": one_of("created_at", "-created_at", "updated_at", "-updated_at"),
            **dict.fromkeys(_SINCE, text(format="date-time")),
        },
        security=FULL,
    ),
    ("POST", "/forms/{slug}/rows/"): Operation(
        "A new row",
        _NEW_ROW,
        errors=(400, 404, 413, *_REFUSED),
        body=_SUBMISSION,
        other_bodies=FORM_KINDS,
        security=FULL,
    ),
    ("GET", "/rows/{slug}/"): Operation(
        "One row",
        {200: envelope(record({"row": _ROW}))},
        errors=(404, *_REFUSED),
        security=FULL,
    ),
    ("PATCH", "/rows/{slug}/"): Operation(
        "Change some fields of a row",
        {200: envelope(record({"row": _ROW}))},
        errors=(400, 404, 413, *_REFUSED),
        body=OBJECT,
        other_bodies=FORM_KINDS,
        security=FULL,
    ),
    ("DELETE", "/rows/{slug}/"): Operation(
        "Remove a row", {200: envelope(record({}))}, errors=(404, *_REFUSED), security=FULL
    ),
    ("POST", "/forms/{slug}/rows/bulk-delete/"): Operation(
        "Remove some rows of a form",
        {200: envelope(record({}))},
        errors=(400, 404, 413, *_REFUSED),
        body=accepted({"slugs_list": array(TEXT)}, required=("slugs_list",)),
        security=FULL,
    ),
    ("GET", "/form-displays/slug/{slug}/"): Operation(
        "One form, as who fills it in sees it",
        _ONE_FORM,
        errors=(404, *_REFUSED),
        security=(API_KEY,),
    ),
    ("GET", "/form-displays/address/{address}/"): Operation(
        "The same by its address", _ONE_FORM, errors=(404, *_REFUSED), security=(API_KEY,)
    ),
    ("POST", "/form-displays/slug/{slug}/submit/"): Operation(
        "Submit a form",
        _NEW_ROW,
        errors=(400, 404, 413, *_REFUSED),
        body=_SUBMISSION,
        other_bodies=FORM_KINDS,
        security=(API_KEY,),
    ),
    ("GET", "/keys/"): Operation(
        "The pair; with rotate=true a new one, every time",
        {200: envelope(record({"api_key": TEXT, "secret_key": TEXT}))},
        errors=_REFUSED,
        query={"rotate": one_of("true", "false")},
        security=FULL,
    ),
    ("POST", "/applications/"): Operation(
        "The key, or a new one",
        {201: envelope(record({"key": TEXT}), status=201)},
        errors=(400, 413, *_REFUSED),
        body=accepted({"refresh": TRUTH}),
        other_bodies=FORM_KINDS,
        security=FULL,
    ),
    ("GET", "/usage/"): Operation(
        "Usage of the workspace", {200: envelope(_USAGE)}, errors=_REFUSED, security=FULL
    ),
    ("GET", "/businesses/{slug}/usage/"): Operation(
        "Usage of one business",
        {200: envelope(_USAGE)},
        errors=(404, *_REFUSED),
        security=FULL,
    ),
}

"""The sandbox's own operations: what only a dashboard, a clock or a fault could do."""

from __future__ import annotations

from sandbox.formamail.keys import MAXIMUM_RATE_LIMIT, PERMISSIONS
from sandbox.formamail.templates import TYPES
from sandbox.openapi.forma_mail import LISTED_KEY, TEMPLATE
from sandbox.openapi.parts import (
    MOMENT,
    NUMBER,
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

ERROR: Schema = record({"error": TEXT})
_INSTANT: Schema = {"anyOf": [text(format="date-time"), {"type": "number", "minimum": 0}]}
_RULE = record(
    {
        "route": TEXT,
        "fault": TEXT,
        "times": maybe(WHOLE),
        "skip": WHOLE,
        "every": WHOLE,
        "calls": WHOLE,
        "fired": WHOLE,
    }
)
_RULES = record({"faults": array(_RULE)})
_NEW_RULE = accepted(
    {
        "route": text(examples=["POST /emails/send"]),
        "fault": one_of("status:503", "accept_then_drop", "slow_drip", "empty"),
        "times": maybe({"type": "integer", "minimum": 1}),
        "skip": {"type": "integer", "minimum": 0},
        "every": {"type": "integer", "minimum": 1},
    },
    required=("route", "fault"),
)
_CLOCK = record({"now": NUMBER, "iso": MOMENT, "offset_seconds": NUMBER})
_REQUEST = record(
    {
        "at": NUMBER,
        "provider": TEXT,
        "method": TEXT,
        "path": TEXT,
        "query": TEXT,
        "status": maybe(WHOLE),
        "keyId": maybe(TEXT),
        "fault": maybe(TEXT),
        "bodySha256": maybe(TEXT),
        "headers": OBJECT,
    }
)
_PAGING: dict[str, Schema] = {
    "limit": {"type": "integer", "minimum": 0},
    "offset": {"type": "integer", "minimum": 0},
}
_MAIL = record(
    {
        "id": TEXT,
        "templateId": TEXT,
        "to": array(OBJECT),
        "cc": array(OBJECT),
        "bcc": array(OBJECT),
        "variables": OBJECT,
        "metadata": OBJECT,
        "tags": array(TEXT),
        "keyId": TEXT,
        "status": TEXT,
        "acceptedAt": NUMBER,
    }
)
_NEW_KEY = accepted(
    {
        "name": text(minLength=1),
        "permissions": array(one_of(*PERMISSIONS)),
        "expiresAt": maybe(_INSTANT),
        "rateLimit": maybe({"type": "integer", "minimum": 1, "maximum": MAXIMUM_RATE_LIMIT}),
    }
)
_NEW_TEMPLATE = accepted(
    {
        "slug": text(minLength=1),
        "name": text(minLength=1),
        "type": one_of(*TYPES),
        "subject": text(minLength=1),
        "variables": array(accepted({"name": text(minLength=1), "type": TEXT, "required": TRUTH})),
    },
    required=("slug",),
)
_FORM = record(
    {
        "slug": TEXT,
        "address": TEXT,
        "title": TEXT,
        "active": TRUTH,
        "fields": array(OBJECT),
        "rows": array(TEXT),
    }
)
_FORMALOO = record(
    {
        "api_key": TEXT,
        "secret_key": TEXT,
        "write_only_key": TEXT,
        "business": TEXT,
        "token_mints": WHOLE,
        "forms": array(_FORM),
    }
)
_NEW_FORM = accepted({"title": text(minLength=1), "active": TRUTH}, required=("title",))
_NEW_FORMS = accepted(
    {
        "api_key": text(minLength=1),
        "secret_key": text(minLength=1),
        "write_only_key": text(minLength=1),
        "forms": array(
            accepted({"title": text(minLength=1), "active": TRUTH}, required=("title",))
        ),
    }
)

OPERATIONS: dict[tuple[str, str], Operation] = {
    ("GET", "/health"): Operation("Whether it is ready", {200: record({"status": TEXT})}),
    ("GET", "/openapi.json"): Operation("This document", {200: OBJECT}),
    ("POST", "/reset"): Operation("Begin anew", {200: record({"status": TEXT})}),
    ("GET", "/profile"): Operation("Every knob", {200: OBJECT}),
    ("PUT", "/profile"): Operation(
        "Turn some knobs", {200: OBJECT}, errors=(400, 413), body=OBJECT
    ),
    ("GET", "/faults"): Operation("The fault script", {200: _RULES}),
    ("POST", "/faults"): Operation(
        "A further rule", {201: _RULE}, errors=(400, 413), body=_NEW_RULE
    ),
    ("DELETE", "/faults"): Operation("No more faults", {200: _RULES}),
    ("GET", "/clock"): Operation("The present", {200: _CLOCK}),
    ("PUT", "/clock"): Operation(
        "Move the present",
        {200: _CLOCK},
        errors=(400, 413),
        body=accepted({"offset_seconds": NUMBER, "now": _INSTANT}),
    ),
    ("GET", "/requests"): Operation(
        "What the providers were asked",
        {200: record({"total": WHOLE, "forgotten": WHOLE, "requests": array(_REQUEST)})},
        errors=(400,),
        query=_PAGING,
    ),
    ("GET", "/dashboard"): Operation(
        "Who may sign in to Forma Mail", {200: record({"email": TEXT, "password": TEXT})}
    ),
    ("GET", "/keys"): Operation("Every key", {200: record({"keys": array(LISTED_KEY)})}),
    ("POST", "/keys"): Operation(
        "A new key", {201: record({"id": TEXT, "apiKey": TEXT})}, errors=(400, 413), body=_NEW_KEY
    ),
    ("POST", "/keys/{id}/revoke"): Operation("End a key", {200: LISTED_KEY}, errors=(404,)),
    ("GET", "/emails"): Operation(
        "Every mail truly accepted, in order",
        {200: record({"total": WHOLE, "emails": array(_MAIL)})},
        errors=(400,),
        query=_PAGING,
    ),
    ("GET", "/templates"): Operation(
        "Every template", {200: record({"templates": array(TEMPLATE)})}
    ),
    ("POST", "/templates"): Operation(
        "A further template", {201: TEMPLATE}, errors=(400, 413), body=_NEW_TEMPLATE
    ),
    ("GET", "/formaloo"): Operation("Pair, forms and rows", {200: _FORMALOO}),
    ("PUT", "/formaloo"): Operation(
        "Replace the pair, or all forms", {200: _FORMALOO}, errors=(400, 413), body=_NEW_FORMS
    ),
}

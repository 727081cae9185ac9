"""Forma Mail's operations, as they answer under the default profile."""

from __future__ import annotations

from sandbox.formamail.keys import MAXIMUM_RATE_LIMIT, PERMISSIONS
from sandbox.formamail.reading import STATUSES
from sandbox.formamail.templates import TYPES
from sandbox.openapi.forma_mail_bodies import BULK, KEY_REQUEST, LOGIN, SEND
from sandbox.openapi.parts import (
    MOMENT,
    OBJECT,
    TEXT,
    TRUTH,
    WHOLE,
    Operation,
    Schema,
    array,
    maybe,
    one_of,
    record,
    text,
)

KEY, SESSION = "formaMailKey", "formaMailSession"
ERROR: Schema = record(
    {
        "statusCode": WHOLE,
        "code": TEXT,
        "message": TEXT,
        "timestamp": MOMENT,
        "path": TEXT,
        "relatedInfo": OBJECT,
    },
    optional=("relatedInfo",),
)
_BLOCKED = record({"email": TEXT, "reason": TEXT, "source": TEXT})
_PAGING: dict[str, Schema] = {
    "limit": {"type": "integer", "minimum": 1},
    "page": {"type": "integer", "minimum": 1},
}
_META = record({"total": WHOLE, "page": WHOLE, "limit": WHOLE, "totalPages": WHOLE})
_QUOTA = record(
    {
        "used": WHOLE,
        "limit": WHOLE,
        "remaining": {"type": "integer", "minimum": 0},
        "percentUsed": {"type": "number"},
    }
)
_RECEIPT = record(
    {
        "id": TEXT,
        "status": one_of("queued", "scheduled", "rejected"),
        "message": TEXT,
        "createdAt": MOMENT,
        "scheduledAt": MOMENT,
        "warning": TEXT,
        "blockedRecipients": array(_BLOCKED),
    },
    optional=("scheduledAt", "warning", "blockedRecipients"),
)
_BATCH = record(
    {
        "batchId": TEXT,
        "status": one_of("queued", "scheduled"),
        "totalEmails": WHOLE,
        "message": TEXT,
        "createdAt": MOMENT,
        "scheduledAt": MOMENT,
    },
    optional=("scheduledAt",),
)
_TIMES = ("queuedAt", "processingAt", "sentAt", "deliveredAt", "failedAt", "scheduledAt")
_EMAIL = record(
    {
        "id": TEXT,
        "teamId": TEXT,
        "templateId": TEXT,
        "templateName": maybe(TEXT),
        "subject": TEXT,
        "from": TEXT,
        "to": array(TEXT, minItems=1),
        "cc": array(TEXT),
        "bcc": array(TEXT),
        "status": one_of(*STATUSES),
        "openCount": WHOLE,
        "clickCount": WHOLE,
        "tags": array(TEXT),
        "metadata": OBJECT,
        "createdAt": MOMENT,
        "updatedAt": MOMENT,
        "providerMessageId": TEXT,
        **dict.fromkeys(_TIMES, MOMENT),
    },
    optional=("metadata", "providerMessageId", *_TIMES),
)
_VARIABLE = record(
    {"name": TEXT, "type": TEXT, "required": TRUTH, "defaultValue": TEXT},
    optional=("defaultValue",),
)
TEMPLATE = record(
    {
        "id": TEXT,
        "shortId": TEXT,
        "slug": TEXT,
        "name": TEXT,
        "type": one_of(*TYPES),
        "subject": TEXT,
        "variables": array(_VARIABLE),
        "createdAt": MOMENT,
        "updatedAt": MOMENT,
    }
)
_KEY_FIELDS: dict[str, Schema] = {
    "id": TEXT,
    "name": TEXT,
    "description": maybe(TEXT),
    "permissions": array(one_of(*PERMISSIONS)),
    "createdAt": MOMENT,
    "lastUsedAt": maybe(MOMENT),
    "expiresAt": maybe(MOMENT),
    "rateLimit": maybe({"type": "integer", "minimum": 1, "maximum": MAXIMUM_RATE_LIMIT}),
    "status": one_of("active", "expired", "revoked"),
}
LISTED_KEY = record(_KEY_FIELDS)
_NEW_KEY = record(
    {
        "apiKey": text(pattern="^fm_sk_[a-z0-9]{40}$"),
        **{name: schema for name, schema in _KEY_FIELDS.items() if name != "lastUsedAt"},
    }
)
_OWNER = record(dict.fromkeys(("id", "email", "name", "teamId", "teamName"), TEXT))
_ANSWERED = (401, 403, 429)
_DASHBOARD = (401, 403)


def data(schema: Schema) -> Schema:
    """The envelope of a success."""
    return record({"success": one_of(True), "data": schema})


def _page(schema: Schema) -> Schema:
    return record({"success": one_of(True), "data": array(schema), "meta": _META})


OPERATIONS: dict[tuple[str, str], Operation] = {
    ("POST", "/emails/send"): Operation(
        "Accept one mail",
        {201: data(_RECEIPT)},
        errors=(400, 404, 413, 422, *_ANSWERED),
        body=SEND,
        security=(KEY,),
    ),
    ("POST", "/emails/send/bulk"): Operation(
        "Accept many mails, or say that they would be",
        {201: data(_BATCH)},
        errors=(400, 404, 413, 422, *_ANSWERED),
        body=BULK,
        security=(KEY,),
    ),
    ("GET", "/emails/usage/stats"): Operation(
        "Quota and usage of the billing period; bare",
        {200: record({"email": _QUOTA, "attachment": _QUOTA, "billingPeriod": TEXT})},
        errors=_ANSWERED,
        security=(KEY,),
    ),
    ("GET", "/emails"): Operation(
        "Accepted mails, newest first",
        {200: _page(_EMAIL)},
        errors=(400, *_ANSWERED),
        query={
            **_PAGING,
            "recipient": TEXT,
            "status": one_of(*STATUSES),
            "templateId": TEXT,
            "dateFrom": text(format="date-time"),
            "dateTo": text(format="date-time"),
        },
        security=(KEY,),
    ),
    ("GET", "/emails/{id}"): Operation(
        "One mail", {200: data(_EMAIL)}, errors=(404, *_ANSWERED), security=(KEY,)
    ),
    ("GET", "/templates"): Operation(
        "Templates",
        {200: _page(TEMPLATE)},
        errors=(400, *_ANSWERED),
        query={**_PAGING, "type": one_of(*TYPES)},
        security=(KEY,),
    ),
    ("GET", "/templates/{id}"): Operation(
        "One template, by id, short id or slug",
        {200: data(TEMPLATE)},
        errors=(404, *_ANSWERED),
        security=(KEY,),
    ),
    ("GET", "/me"): Operation(
        "Whose key it is", {200: data(_OWNER)}, errors=_ANSWERED, security=(KEY,)
    ),
    ("POST", "/auth/login"): Operation(
        "Sign in to the dashboard",
        {200: data(record({"accessToken": TEXT, "expiresIn": WHOLE}))},
        errors=(400, 401, 413),
        body=LOGIN,
    ),
    ("POST", "/api-keys"): Operation(
        "Make a key; its value is shown this once",
        {201: data(_NEW_KEY)},
        errors=(400, 409, 413, *_DASHBOARD),
        body=KEY_REQUEST,
        security=(SESSION,),
    ),
    ("GET", "/api-keys"): Operation(
        "All keys, newest first",
        {200: _page(LISTED_KEY)},
        errors=(400, *_DASHBOARD),
        query=_PAGING,
        security=(SESSION,),
    ),
    ("POST", "/api-keys/{id}/revoke"): Operation(
        "End a key at once",
        {200: data(LISTED_KEY)},
        errors=(404, *_DASHBOARD),
        security=(SESSION,),
    ),
}

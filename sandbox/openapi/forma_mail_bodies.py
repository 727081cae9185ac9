"""What Forma Mail is given: the bodies of its operations."""

from __future__ import annotations

from sandbox.formamail.bulk_request import MAXIMUM_BULK_RECIPIENTS
from sandbox.formamail.keys import MAXIMUM_RATE_LIMIT, PERMISSIONS
from sandbox.formamail.validation import MAXIMUM_RECIPIENTS
from sandbox.openapi.parts import OBJECT, TEXT, TRUTH, Schema, accepted, array, one_of, text

_ADDRESS = text(format="email")
_PERSON = accepted({"email": _ADDRESS, "name": TEXT}, required=("email",))
_TEMPLATE: Schema = {
    "anyOf": [one_of("welcome", "order-confirmation", "invoice"), text(minLength=1)]
}
_TAG = text(pattern="^[A-Za-z0-9_-]+$")
_ATTACHMENT = accepted(
    {
        "filename": text(minLength=1),
        "contentType": TEXT,
        "content": text(format="byte"),
        "url": text(format="uri"),
        "templateId": TEXT,
        "variables": OBJECT,
    },
    required=("filename",),
)
_OPTIONS: dict[str, Schema] = {
    "fromName": TEXT,
    "senderId": TEXT,
    "senderEmail": _ADDRESS,
    "replyTo": _ADDRESS,
    "priority": one_of("low", "normal", "high"),
    "version": {"anyOf": [one_of("published", "draft"), {"type": "integer"}]},
    "headers": {"type": "object", "additionalProperties": TEXT},
    "tags": array(_TAG, maxItems=50),
    "metadata": OBJECT,
    "scheduledAt": text(format="date-time"),
    "attachments": array(_ATTACHMENT, maxItems=10),
}
SEND = accepted(
    {
        "templateId": _TEMPLATE,
        "to": array(_PERSON, minItems=1, maxItems=MAXIMUM_RECIPIENTS),
        "cc": array(_PERSON),
        "bcc": array(_PERSON),
        "variables": OBJECT,
        **_OPTIONS,
    },
    required=("templateId", "to"),
)
_RECIPIENT = accepted(
    {"email": _ADDRESS, "name": TEXT, "variables": OBJECT}, required=("email", "variables")
)
BULK = accepted(
    {
        "templateId": _TEMPLATE,
        "recipients": array(_RECIPIENT, minItems=1, maxItems=MAXIMUM_BULK_RECIPIENTS),
        "baseVariables": OBJECT,
        "batchName": TEXT,
        "dryRun": TRUTH,
        **_OPTIONS,
    },
    required=("templateId", "recipients"),
)
LOGIN = accepted({"email": _ADDRESS, "password": TEXT}, required=("email", "password"))
KEY_REQUEST = accepted(
    {
        "name": text(minLength=1),
        "description": TEXT,
        "permissions": array(one_of(*PERMISSIONS), minItems=1),
        "expiresAt": text(format="date-time"),
        "rateLimit": {"type": "integer", "minimum": 1, "maximum": MAXIMUM_RATE_LIMIT},
    },
    required=("name", "permissions"),
)

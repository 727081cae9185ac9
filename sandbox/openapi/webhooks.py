"""The operations on webhooks of both providers, and what became of their deliveries."""

from __future__ import annotations

from sandbox.formamail.subscription_request import EVENTS
from sandbox.openapi import forma_mail, formaloo
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

_URL = one_of("http://127.0.0.1:9/hook", "http://localhost:9/hook")
_SUBSCRIPTION_FIELDS: dict[str, Schema] = {
    "id": TEXT,
    "url": TEXT,
    "events": array(one_of(*EVENTS), minItems=1),
    "name": TEXT,
    "active": TRUTH,
    "createdAt": MOMENT,
    "updatedAt": MOMENT,
}
_SUBSCRIPTION = record(_SUBSCRIPTION_FIELDS, optional=("name",))
_NEW_SUBSCRIPTION = record(_SUBSCRIPTION_FIELDS | {"secret": TEXT}, optional=("name",))
_CHANGE: dict[str, Schema] = {
    "url": _URL,
    "events": array(one_of(*EVENTS), minItems=1),
    "name": TEXT,
    "active": TRUTH,
}
_ALL, _ONE = "/webhook-subscriptions", "/webhook-subscriptions/{id}"
_LIMITED = (401, 429)


def _update() -> Operation:
    return Operation(
        "Change what is given",
        {200: forma_mail.data(_SUBSCRIPTION)},
        errors=(400, 404, 413, *_LIMITED),
        body=accepted(_CHANGE),
        security=(forma_mail.KEY,),
    )


FORMA_MAIL: dict[tuple[str, str], Operation] = {
    ("POST", _ALL): Operation(
        "Subscribe; the secret is shown this once",
        {201: forma_mail.data(_NEW_SUBSCRIPTION)},
        errors=(400, 409, 413, *_LIMITED),
        body=accepted(_CHANGE, required=("url", "events")),
        security=(forma_mail.KEY,),
    ),
    ("GET", _ALL): Operation(
        "All subscriptions",
        {200: forma_mail.data(array(_SUBSCRIPTION))},
        errors=_LIMITED,
        security=(forma_mail.KEY,),
    ),
    ("GET", _ONE): Operation(
        "One subscription",
        {200: forma_mail.data(_SUBSCRIPTION)},
        errors=(404, *_LIMITED),
        security=(forma_mail.KEY,),
    ),
    ("PUT", _ONE): _update(),
    ("PATCH", _ONE): _update(),
    ("DELETE", _ONE): Operation(
        "End a subscription",
        {200: forma_mail.data(record({"id": TEXT, "deleted": TRUTH}))},
        errors=(404, *_LIMITED),
        security=(forma_mail.KEY,),
    ),
    ("POST", f"{_ONE}/test"): Operation(
        "Send an event about no mail",
        {200: forma_mail.data(record({"eventId": TEXT}))},
        errors=(404, *_LIMITED),
        security=(forma_mail.KEY,),
    ),
}

_FORM_ALL, _FORM_ONE = "/forms/{slug}/webhooks/", "/forms/{slug}/webhooks/{webhook}/"
_FLAGS: dict[str, Schema] = dict.fromkeys(
    (
        *("active", "form_submit_events", "row_update_events", "row_payment_events"),
        *("send_raw_data", "send_rendered_data"),
    ),
    TRUTH,
)
_WEBHOOK = record(
    {
        "slug": TEXT,
        "url": TEXT,
        "title": maybe(TEXT),
        "secret": maybe(TEXT),
        **_FLAGS,
        "created_at": formaloo.LOCAL_TIME,
        "updated_at": formaloo.LOCAL_TIME,
    }
)
_HEADER_TEXT = text(pattern="^[ -~]{0,255}$")
_WEBHOOK_BODY: dict[str, Schema] = {
    "url": _URL,
    "title": _HEADER_TEXT,
    "secret": maybe(_HEADER_TEXT),
    **_FLAGS,
}
_ONE_WEBHOOK: dict[int, Schema] = {200: formaloo.envelope(record({"webhook": _WEBHOOK}))}
_REFUSED = (401, 403, 404)


def _change(*, required: tuple[str, ...]) -> Operation:
    return Operation(
        "Make or change a webhook",
        _ONE_WEBHOOK,
        errors=(400, 413, *_REFUSED),
        body=accepted(_WEBHOOK_BODY, required=required),
        other_bodies=formaloo.FORM_KINDS,
        security=formaloo.FULL,
    )


def _asked(summary: str, answers: dict[int, Schema]) -> Operation:
    return Operation(summary, answers, errors=_REFUSED, security=formaloo.FULL)


FORMALOO: dict[tuple[str, str], Operation] = {
    ("POST", _FORM_ALL): _change(required=("url",)),
    ("GET", _FORM_ALL): _asked(
        "All webhooks of a form", {200: formaloo.envelope(record({"webhooks": array(_WEBHOOK)}))}
    ),
    ("GET", _FORM_ONE): _asked("One webhook", _ONE_WEBHOOK),
    ("PUT", _FORM_ONE): _change(required=()),
    ("PATCH", _FORM_ONE): _change(required=()),
    ("DELETE", _FORM_ONE): _asked("End a webhook", {200: formaloo.envelope(record({}))}),
    ("GET", f"{_FORM_ONE}sample-data/"): _asked(
        "What a delivery would hold", {200: formaloo.envelope(OBJECT)}
    ),
    ("POST", f"{_FORM_ONE}send-test/"): _asked(
        "Deliver something soon", {202: formaloo.envelope(record({}), status=202)}
    ),
}

_DELIVERY = record(
    {
        "provider": TEXT,
        "webhookId": TEXT,
        "eventId": TEXT,
        "eventType": TEXT,
        "status": TEXT,
        "dueAt": NUMBER,
        "answers": array(maybe(WHOLE)),
    }
)
CONTROL: dict[tuple[str, str], Operation] = {
    ("GET", "/deliveries"): Operation(
        "Every delivery of a webhook",
        {200: record({"total": WHOLE, "deliveries": array(_DELIVERY)})},
        errors=(400,),
        query={"limit": {"type": "integer", "minimum": 0}, "offset": {"type": "integer"}},
    ),
}

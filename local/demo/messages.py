"""The messages of the demo: 19 that must be sent, six that must be set aside with a true reason."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

_ORDERS = "order-confirmation"
_TOO_MANY_RECIPIENTS = 51


@dataclass(frozen=True)
class Refusal:
    """How a message must end in the dead-letter queue.

    Args:
        reason: The word its `reason` attribute must be; None leaves it to the provider.
        detail_names: What its `detail` attribute must name.
    """

    reason: str | None
    detail_names: str


@dataclass(frozen=True)
class DemoMessage:
    """One message, and the outcome it must have: accepted, unless there is a refusal."""

    number: int
    kind: str
    body: str
    refusal: Refusal | None = None


Content = dict[str, Any]
Builder = Callable[[int], str]


def demo_messages(*, formaloo_row: str) -> list[DemoMessage]:
    """All messages in the order of sending: bad ones stand between good ones on purpose.

    Args:
        formaloo_row: Slug of a row that has the aliases `name` and `order_number`.
    """
    plan: list[tuple[str, Builder, Refusal | None]] = [
        *_repeated(3, "plain", _plain),
        ("not JSON", _not_json, Refusal("not_json", "JSON")),
        *_repeated(2, "cc and bcc", _with_copies),
        *_repeated(2, "tags", _with_tags),
        ("no recipients", _without_recipients, Refusal("missing_field", "to")),
        *_repeated(3, "SNS-wrapped", _from_topic),
        ("unknown field", _with_unknown_field, Refusal("unknown_field", "colour")),
        *_repeated(2, "EventBridge-wrapped", _from_rule),
        ("line end in a header", _with_line_end, Refusal("control_character", "fromName")),
        *_repeated(3, "plain", _plain),
        ("51 recipients", _to_too_many, Refusal("too_many_recipients", "50")),
        *_repeated(2, "reply-to and priority", _with_options),
        ("unknown template", _unknown_template, Refusal(None, "404")),
        ("from a Formaloo row", partial(_from_row, row=formaloo_row), None),
        *_repeated(1, "plain", _plain),
    ]
    return [
        DemoMessage(number=number, kind=kind, body=build(number), refusal=refusal)
        for number, (kind, build, refusal) in enumerate(plan, start=1)
    ]


def _repeated(count: int, kind: str, build: Builder) -> list[tuple[str, Builder, None]]:
    return [(kind, build, None)] * count


def _content(number: int, **more: object) -> Content:
    return {
        "templateId": "welcome",
        "to": [{"email": f"customer{number}@example.com", "name": f"Customer {number}"}],
        "variables": {"firstName": f"Customer {number}", "orderNumber": f"ORD-{number:05}"},
        "idempotencyKey": f"demo-{number}",
        "metadata": {"demo": str(number)},
        **more,
    }


def _plain(number: int) -> str:
    return json.dumps(_content(number))


def _with_copies(number: int) -> str:
    copies = [{"email": f"sales{number}@example.com"}]
    hidden = [{"email": "archive@example.com", "name": "Archive"}]
    return json.dumps(_content(number, templateId=_ORDERS, cc=copies, bcc=hidden))


def _with_tags(number: int) -> str:
    return json.dumps(_content(number, templateId=_ORDERS, tags=["demo", f"batch-{number}"]))


def _with_options(number: int) -> str:
    return json.dumps(
        _content(number, templateId="invoice", replyTo="billing@example.com", priority="high")
    )


def _from_topic(number: int) -> str:
    """As SNS delivers to a queue without raw delivery."""
    return json.dumps(
        {
            "Type": "Notification",
            "MessageId": f"00000000-0000-4000-8000-{number:012}",
            "TopicArn": "arn:aws:sns:us-east-1:000000000000:orders",
            "Message": _plain(number),
            "Timestamp": "2026-01-05T09:00:00.000Z",
            "SignatureVersion": "1",
            "Signature": "not-checked-here",
            "SigningCertURL": "https://sns.us-east-1.amazonaws.com/certificate.pem",
            "UnsubscribeURL": "https://sns.us-east-1.amazonaws.com/?Action=Unsubscribe",
        }
    )


def _from_rule(number: int) -> str:
    """As an EventBridge rule delivers to a queue."""
    return json.dumps(
        {
            "version": "0",
            "id": f"00000000-0000-4000-8000-{number:012}",
            "detail-type": "order.placed",
            "source": "com.example.orders",
            "account": "000000000000",
            "time": "2026-01-05T09:00:00Z",
            "region": "us-east-1",
            "resources": [],
            "detail": _content(number, templateId=_ORDERS),
        }
    )


def _from_row(number: int, *, row: str) -> str:
    """The template's variables are not in the message, but in a row of a form."""
    fields = {"firstName": "name", "orderNumber": "order_number"}
    source = {"formaloo": {"row": row, "fields": fields}}
    return json.dumps(_content(number, templateId=_ORDERS, variables={}, variablesFrom=source))


def _not_json(number: int) -> str:
    return f"Dear customer {number}, thank you for your order"


def _without_recipients(number: int) -> str:
    content = _content(number)
    del content["to"]
    return json.dumps(content)


def _with_unknown_field(number: int) -> str:
    return json.dumps(_content(number, colour="green"))


def _with_line_end(number: int) -> str:
    return json.dumps(_content(number, fromName="Shop\r\nBcc: everybody@example.com"))


def _to_too_many(number: int) -> str:
    everybody = [{"email": f"reader{each}@example.com"} for each in range(_TOO_MANY_RECIPIENTS)]
    return json.dumps(_content(number, to=everybody))


def _unknown_template(number: int) -> str:
    return json.dumps(_content(number, templateId="no-such-template"))

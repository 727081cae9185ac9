"""Webhook deliveries of Formaloo: proven by the shared token, then read."""

from __future__ import annotations

import hmac
import json
from dataclasses import dataclass

from formarelay.errors import UnexpectedResponseError, WebhookRefusedError
from formarelay.formaloo.models import SERVICE, Row, parse_row, text_of
from formarelay.redact import Secret

TOKEN_HEADER = "X-Formaloo-Token"  # noqa: S105 (the name of a header)
_OPERATION = "webhook delivery"


@dataclass(frozen=True, slots=True, kw_only=True)
class RowEvent:
    """What a delivery tells. It may come twice, and before an earlier one: see `key`.

    Args:
        event_id: The event's own id; empty where the delivery has none.
        type: As `form_submit`, `row_update`; new words may appear.
        row: The row as it was then; `form` is empty where the delivery does not say.
    """

    event_id: str
    type: str
    row: Row

    @property
    def key(self) -> str:
        """The same for each delivery of one event."""
        return self.event_id or f"{self.type} {self.row.slug} {self.row.updated_at}"


def check_token(token: str | None, *, secret: Secret) -> None:
    """Returns when the delivery carries the webhook's secret.

    That is all the proof there is: the token is the secret itself, over no body and no time (help
    article on webhooks). Take deliveries by https alone, and read the row again where it matters.

    Args:
        token: The header `X-Formaloo-Token`.
        secret: The webhook's.

    Raises:
        WebhookRefusedError: Not proven.
        ValueError: The secret is empty: everybody has it.
    """
    if not secret.reveal():
        raise ValueError("an empty secret proves nothing")
    if token is None or not hmac.compare_digest(_bytes(token), _bytes(secret.reveal())):
        raise _refused("the token is missing or wrong")


def read_event(body: bytes, token: str | None, *, secret: Secret) -> RowEvent:
    """The event of a proven delivery.

    Raises:
        WebhookRefusedError: Not proven, or no event.
    """
    check_token(token, secret=secret)
    try:
        document = json.loads(body)
    except (ValueError, RecursionError):
        document = None
    if not isinstance(document, dict):
        # `from None`: a JSON error carries the text it choked on.
        raise _refused("the body is not a JSON object") from None
    kind = text_of(document.get("event_type"))
    if not kind:
        raise _refused("the body names no event")
    try:
        row = parse_row(document, operation=_OPERATION)
    except UnexpectedResponseError as error:
        raise _refused(error.detail) from None
    return RowEvent(event_id=text_of(document.get("event_id")), type=kind, row=row)


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


def _refused(problem: str) -> WebhookRefusedError:
    return WebhookRefusedError(problem, service=SERVICE, operation=_OPERATION)

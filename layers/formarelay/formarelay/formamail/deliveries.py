"""Webhook deliveries of Forma Mail: proven by their signature, then read."""

from __future__ import annotations

import hashlib
import hmac
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from formarelay.errors import WebhookRefusedError
from formarelay.formamail.channel import SERVICE
from formarelay.redact import Secret

SIGNATURE_HEADER = "X-FormaMail-Signature"
# SDKs.
TOLERANCE_SECONDS = 300
_MOMENT = re.compile(r"[0-9]{1,12}")
_DIGEST = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """What a delivery tells. It may come twice, and before an earlier one: see `key`.

    Args:
        id: The event's own id; empty in the documentation's shape.
        type: As `email.bounced`; new ones may appear. `email.sent` proves no delivery.
        email_id: The mail; empty for events without one.
        timestamp: As the delivery writes it.
        data: All that it tells; personal data.
    """

    id: str
    type: str
    email_id: str
    timestamp: str
    data: Mapping[str, Any] = field(repr=False)

    @property
    def key(self) -> str:
        """The same for each delivery of one event."""
        return self.id or f"{self.type} {self.email_id} {self.timestamp}"


def verify(
    body: bytes,
    signature: str | None,
    *,
    secret: Secret,
    now: float,
    tolerance_seconds: float = TOLERANCE_SECONDS,
) -> None:
    """Returns when the body was signed with the secret, and not long ago (SDKs).

    Args:
        body: The raw body, before anything decodes it.
        signature: The header `X-FormaMail-Signature`: `t=<unix seconds>,v1=<hex>`, in any order.
            With several `v1`, one must fit, as while a secret is changed.
        secret: The subscription's.
        now: Unix seconds.
        tolerance_seconds: How far `t` may lie from `now`, to either side.

    Raises:
        WebhookRefusedError: Not proven.
        ValueError: The secret is empty: everybody could sign with it.
    """
    if not secret.reveal():
        raise ValueError("an empty secret proves nothing")
    moments, digests = _parts(signature or "")
    if len(moments) != 1 or not _MOMENT.fullmatch(moments[0]) or not digests:
        raise _refused("the signature is missing or has not the form t=...,v1=...")
    signed = moments[0].encode() + b"." + body
    expected = hmac.new(secret.reveal().encode(), signed, hashlib.sha256).hexdigest()
    if not any(hmac.compare_digest(expected, digest) for digest in digests):
        raise _refused("the signature does not fit the body and the secret")
    if abs(now - int(moments[0])) > tolerance_seconds:
        raise _refused("the signature is too old or from the future")


def read_event(
    body: bytes,
    signature: str | None,
    *,
    secret: Secret,
    now: float,
    tolerance_seconds: float = TOLERANCE_SECONDS,
) -> Event:
    """The event of a proven delivery, in the SDKs' words or the documentation's.

    Raises:
        WebhookRefusedError: Not proven, or no event.
    """
    verify(body, signature, secret=secret, now=now, tolerance_seconds=tolerance_seconds)
    try:
        document = json.loads(body)
    except (ValueError, RecursionError):
        document = None
    if not isinstance(document, dict):
        # `from None`: a JSON error carries the text it choked on.
        raise _refused("the body is not a JSON object") from None
    kind = _first(document, "type", "event")
    if not kind:
        raise _refused("the body names no event")
    data = document.get("data")
    data = data if isinstance(data, dict) else {}
    return Event(
        id=_first(document, "id"),
        type=kind,
        email_id=_first(data, "emailId", "emailLogId", "id"),
        timestamp=_first(document, "timestamp"),
        data=data,
    )


def _parts(signature: str) -> tuple[list[str], list[str]]:
    named = [part.strip().partition("=") for part in signature.split(",")]
    moments = [value for name, _, value in named if name == "t"]
    digests = [value for name, _, value in named if name == "v1" and _DIGEST.fullmatch(value)]
    return moments, digests


def _first(document: Mapping[str, Any], *names: str) -> str:
    values = (document.get(name) for name in names)
    return next((value for value in values if isinstance(value, str) and value), "")


def _refused(problem: str) -> WebhookRefusedError:
    return WebhookRefusedError(problem, service=SERVICE, operation="webhook delivery")

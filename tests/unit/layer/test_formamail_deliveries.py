from __future__ import annotations

import hashlib
import hmac
import json

import pytest

from formarelay.errors import WebhookRefusedError
from formarelay.formamail.deliveries import read_event, verify
from formarelay.redact import Secret

pytestmark = pytest.mark.disable_socket

SECRET = Secret("whsec_1")
NOW = 1_700_000_000
SDK = {"id": "e1", "type": "email.bounced", "timestamp": "t", "data": {"emailId": "m1"}}
DOCS = {"event": "email.bounced", "timestamp": "t", "data": {"emailLogId": "m1"}}
BODY = json.dumps(SDK).encode()


def digest(body: bytes = BODY, *, moment: int = NOW, secret: str = "whsec_1") -> str:
    return hmac.new(secret.encode(), f"{moment}.".encode() + body, hashlib.sha256).hexdigest()


def signature(body: bytes = BODY, *, moment: int = NOW) -> str:
    return f"t={moment},v1={digest(body, moment=moment)}"


@pytest.mark.parametrize("age", [-300, 0, 300])
def test_a_signature_is_good_for_five_minutes_to_either_side(age):
    verify(BODY, signature(moment=NOW - age), secret=SECRET, now=NOW)


@pytest.mark.parametrize(
    "header",
    [
        f"v1={digest()},t={NOW}",
        f"t={NOW}, v1={digest()}",
        f"t={NOW},v0=x,v1={digest()}",
        f"t={NOW},v1={'0' * 64},v1={digest()}",
    ],
)
def test_the_parts_may_come_in_any_order(header):
    verify(BODY, header, secret=SECRET, now=NOW)


@pytest.mark.parametrize(
    "header",
    [
        None,
        "",
        "t=,v1=",
        digest(),
        f"t={NOW}",
        f"v1={digest()}",
        f"t={NOW},v1={digest().upper()}",
        f"t={NOW},v1={digest()[:-1]}",
        f"t={NOW},v1={digest(secret='other')}",
        f"t={NOW + 1},v1={digest()}",
        f"t={NOW},t={NOW + 1},v1={digest()}",
        f"t=-1,v1={digest(moment=-1)}",
        f"t={NOW},v1=é{digest()[1:]}",
        signature(moment=NOW - 301),
        signature(moment=NOW + 301),
    ],
)
def test_anything_else_proves_nothing(header):
    with pytest.raises(WebhookRefusedError):
        verify(BODY, header, secret=SECRET, now=NOW)


def test_another_body_has_another_signature():
    with pytest.raises(WebhookRefusedError):
        verify(BODY + b" ", signature(), secret=SECRET, now=NOW)


def test_the_tolerance_is_the_callers():
    with pytest.raises(WebhookRefusedError):
        verify(BODY, signature(moment=NOW - 11), secret=SECRET, now=NOW, tolerance_seconds=10)


def test_an_empty_secret_is_a_mistake_of_ours():
    with pytest.raises(ValueError, match="empty secret"):
        verify(BODY, signature(), secret=Secret(""), now=NOW)


@pytest.mark.parametrize(
    ("document", "key"), [(SDK, "e1"), (DOCS, "email.bounced m1 t")], ids=["sdk", "docs"]
)
def test_both_shapes_of_an_event_are_read(document, key):
    body = json.dumps(document).encode()
    event = read_event(body, signature(body), secret=SECRET, now=NOW)
    assert (event.type, event.email_id, event.key) == ("email.bounced", "m1", key)
    assert "emailId" not in repr(event)


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b"{}", b'{"type": 7}', b"[" * 100_000])
def test_a_signed_body_that_is_no_event_is_refused(body):
    with pytest.raises(WebhookRefusedError):
        read_event(body, signature(body), secret=SECRET, now=NOW)


def test_an_unproven_body_is_not_read():
    with pytest.raises(WebhookRefusedError, match="signature"):
        read_event(b"not JSON", signature(), secret=SECRET, now=NOW)

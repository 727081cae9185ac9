"""What several of these tests do to a client, and what servers do to it."""

from __future__ import annotations

import pytest

from formarelay.errors import FormaError
from formarelay.http import HttpClient
from tests.integration.http.raw_server import Behaviour, Peer

OPERATION = "POST emails/send"
CANARY = "fm_sk_canary0canary0canary0"


def failure_of(client: HttpClient, *, read_timeout_seconds: float | None = None) -> FormaError:
    """The error of one send that must fail."""
    with pytest.raises(FormaError) as caught:
        client.request(
            "POST",
            "/api/emails/send",
            operation=OPERATION,
            headers={"Authorization": f"Bearer {CANARY}"},
            params={"recipient": "ada@example.com"},
            json={"to": "ada@example.com"},
            read_timeout_seconds=read_timeout_seconds,
        )
    assert caught.value.service == "forma-mail"
    assert caught.value.operation == OPERATION
    return caught.value


def silent(peer: Peer) -> None:
    peer.server.stopping.wait(10)


def silent_after_request(peer: Peer) -> None:
    peer.read_request()
    peer.server.stopping.wait(10)


def hang_up(peer: Peer) -> None:
    peer.read_request()


def reset_after_request(peer: Peer) -> None:
    peer.read_request()
    peer.reset()


def drip(*, head: bytes, unit: bytes) -> Behaviour:
    """First the head, then the unit again and again."""

    def behave(peer: Peer) -> None:
        peer.read_request()
        peer.send(head)
        while not peer.server.stopping.wait(0.05):
            peer.send(unit)

    return behave

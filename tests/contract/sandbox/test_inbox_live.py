"""The stream that tells open pages of changes."""

from __future__ import annotations

import http.client
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise
from urllib.parse import urlsplit

from sandbox.inbox.live import INTERVAL_SECONDS
from sandbox.testing import RunningSandbox

PATIENCE_SECONDS = 30.0


@contextmanager
def stream(sandbox: RunningSandbox) -> Iterator[http.client.HTTPResponse]:
    netloc = urlsplit(sandbox.url).netloc
    connection = http.client.HTTPConnection(netloc, timeout=PATIENCE_SECONDS)
    connection.request("GET", "/inbox/events")
    answer = connection.getresponse()
    try:
        yield answer
    finally:
        answer.close()
        connection.close()


def next_change(answer: http.client.HTTPResponse) -> str:
    """Wait for the next event; what it says of the state. Comments keep the stream awake, so that
    the connection's own timeout would not end the wait."""
    latest = time.monotonic() + PATIENCE_SECONDS
    while answer.readline() != b"event: changed\n":
        assert time.monotonic() < latest, "no change was told"
    return answer.readline().decode()


def test_a_page_is_told_at_once_and_then_of_every_kind_of_change(
    sandbox: RunningSandbox, api_key: str
) -> None:
    with stream(sandbox) as answer:
        assert answer.headers["Content-Type"] == "text/event-stream"
        assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'")
        states = [next_change(answer)]
        for change in (
            lambda: sandbox.send(api_key),
            lambda: sandbox.request("GET", "/api/none"),
            lambda: sandbox.mint_key(),
            lambda: sandbox.control("POST", "/faults", {"route": "GET /me", "fault": "empty"}),
            lambda: sandbox.control("DELETE", "/faults"),
            lambda: sandbox.control("PUT", "/profile", {"quota_limit": 5}),
            lambda: sandbox.control("PUT", "/clock", {"offset_seconds": 3600}),
            lambda: sandbox.control("POST", "/reset"),
        ):
            change()
            states.append(next_change(answer))

    assert all(one != other for one, other in pairwise(states))


def test_a_flood_is_told_a_few_times_a_second(sandbox: RunningSandbox, api_key: str) -> None:
    sandbox.control("PUT", "/profile", {"rate_limit": "off"})
    with stream(sandbox) as answer:
        next_change(answer)
        started = time.monotonic()
        for _ in range(100):
            sandbox.send(api_key)
        seconds = time.monotonic() - started
        with stream(sandbox) as late:
            last = next_change(late)
        told = [next_change(answer)]
        while told[-1] != last:
            told.append(next_change(answer))

    assert 1 <= len(told) <= seconds / INTERVAL_SECONDS + 2


def test_an_open_page_does_not_keep_the_sandbox_from_stopping() -> None:
    with RunningSandbox() as own, stream(own) as answer:
        next_change(answer)

        assert own.stop() == (0, "")
        assert answer.read().strip() == b""

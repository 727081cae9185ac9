"""The door's last resort: a failure inside the sandbox is a documented 500 without a trace."""

from __future__ import annotations

import asyncio
import logging

import pytest
from aiohttp.test_utils import make_mocked_request

from sandbox.clock import Clock
from sandbox.database import Database
from sandbox.exchange import Call, Reply
from sandbox.front import Front
from sandbox.world import World


@pytest.mark.parametrize(
    ("method", "path"), [("GET", "/api/me"), ("GET", "/v3.0/forms/"), ("GET", "/_sandbox/health")]
)
def test_failure_inside_is_a_500_that_gives_nothing_away(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, method: str, path: str
) -> None:
    database = Database(":memory:")
    world = World(database, clock=Clock())
    front = Front(world)

    def fail(_self: object, call: Call) -> Reply | None:
        call.route = None
        raise KeyError("fm_sk_secret")

    for _prefix, service in front._services:
        monkeypatch.setattr(type(service), "admit", fail)
    with caplog.at_level(logging.ERROR):
        response = asyncio.run(front.handle(make_mocked_request(method, path)))
    database.close()

    assert response.status == 500
    assert [record.getMessage() for record in caplog.records] == [
        f"{method} unrouted failed: KeyError"
    ]
    assert all(record.exc_info is None for record in caplog.records)
    assert b"KeyError" not in bytes(getattr(response, "body", b""))

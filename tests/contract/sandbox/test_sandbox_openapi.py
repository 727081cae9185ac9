"""The OpenAPI document is true: of every route, and of the answers to random requests."""

from __future__ import annotations

import pytest

from sandbox.clock import Clock
from sandbox.control.service import Control
from sandbox.database import Database
from sandbox.openapi.document import CONTROL, FORMA_MAIL, FORMALOO, openapi_document
from sandbox.testing import RunningSandbox
from sandbox.world import World
from tests.fuzz.campaign import Campaign, Tally


def test_it_describes_every_route_and_nothing_else():
    world = World(Database(":memory:"), clock=Clock())
    tables = {
        FORMA_MAIL: world.forma_mail.table,
        FORMALOO: world.formaloo.table,
        CONTROL: Control(world).table,
    }
    served = {
        (route.method.lower(), prefix + route.pattern)
        for prefix, table in tables.items()
        for route in table.routes
    }
    described = {
        (method, path)
        for path, operations in openapi_document()["paths"].items()
        for method in operations
    }
    assert described == served


def test_it_is_served():
    with RunningSandbox() as sandbox:
        assert sandbox.control("GET", "/openapi.json") == openapi_document()


@pytest.mark.parametrize("prefix", [FORMA_MAIL, FORMALOO, CONTROL])
def test_random_requests_have_documented_answers(prefix):
    """A short run of `make fuzz`."""
    with RunningSandbox() as sandbox:
        campaign = Campaign(sandbox, seed=7, prefix=prefix)
        tally = campaign.run(1, say=lambda _: None, part=4)
    assert tally.failures == []
    assert tally.requests >= 300
    assert {"200", "201", "400"} <= tally.statuses.keys()


def test_a_wrong_answer_is_found_out():
    with RunningSandbox() as sandbox:
        campaign = Campaign(sandbox, seed=7, prefix=FORMA_MAIL)
        sandbox.control("PUT", "/profile", {"usage_override": {"email": None}})
        sandbox.control(
            "POST", "/faults", {"route": "GET /me", "fault": "status:503", "times": None}
        )
        tally: Tally = campaign.run(1, say=lambda _: None, part=1)
    stories = {story.partition(":")[0]: story for story in tally.failures}
    assert "Server error" in stories["GET /api/v1/me -> 503"]
    assert "Response violates schema" in stories["GET /api/v1/emails/usage/stats -> 200"]

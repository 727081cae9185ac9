"""The fault script: on the n-th call of a route, this happens (X-S3)."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.testing import RunningSandbox

SEND = "POST /emails/send"


def script(sandbox: RunningSandbox, fault: str, *, route: str = SEND, **fields: Any) -> None:
    sandbox.control("POST", "/faults", {"route": route, "fault": fault, **fields})


@pytest.mark.parametrize(
    ("fields", "struck_calls"),
    [
        ({}, [1]),
        ({"times": 2}, [1, 2]),
        ({"times": 1, "skip": 3}, [4]),
        ({"times": 3, "every": 2}, [1, 3, 5]),
        ({"times": 2, "skip": 1, "every": 3}, [2, 5]),
        ({"times": None}, [1, 2, 3, 4, 5, 6, 7, 8]),
        ({"times": None, "every": 4}, [1, 5]),
    ],
)
@pytest.mark.checklist("X-S3")
def test_x_s3_on_the_nth_call_do_this(
    sandbox: RunningSandbox, api_key: str, fields: dict[str, Any], struck_calls: list[int]
) -> None:
    script(sandbox, "status:503", **fields)

    answers = [sandbox.send(api_key).status for _ in range(8)]

    assert [number for number, status in enumerate(answers, 1) if status == 503] == struck_calls
    (rule,) = sandbox.control("GET", "/faults")["faults"]
    assert (rule["calls"], rule["fired"]) == (8, len(struck_calls))


@pytest.mark.checklist("X-S3")
def test_x_s3_rules_fire_in_the_order_in_which_they_were_added(
    sandbox: RunningSandbox, api_key: str
) -> None:
    for status in (500, 502, 503):
        script(sandbox, f"status:{status}")

    assert [sandbox.send(api_key).status for _ in range(4)] == [500, 502, 503, 201]


def test_removed_rules_do_nothing(sandbox: RunningSandbox, api_key: str) -> None:
    script(sandbox, "status:500", times=None)

    assert sandbox.control("DELETE", "/faults") == {"faults": []}
    assert sandbox.send(api_key).status == 201


@pytest.mark.parametrize(
    ("route", "path", "struck"),
    [
        ("GET /emails/{id}", "/emails/abc", True),
        ("GET /emails/{anything}", "/emails/abc", True),
        ("GET /emails/abc", "/emails/abc", True),
        ("GET /emails/abc", "/emails/other", False),
        ("GET /emails/{id}", "/emails", False),
        ("GET /emails/{id}", "/emails/usage/stats", False),
        ("* /emails", "/emails?limit=1", True),
        ("GET /emails/", "/emails", True),
    ],
)
def test_route_matching(
    sandbox: RunningSandbox, api_key: str, route: str, path: str, struck: bool
) -> None:
    script(sandbox, "status:504", route=route)

    assert (sandbox.read(api_key, path).status == 504) is struck


def test_route_is_named_without_prefix_and_holds_for_every_prefix(
    sandbox: RunningSandbox, api_key: str
) -> None:
    script(sandbox, "status:504", times=2)

    for prefix in ("/api", "/api/v1"):
        assert sandbox.send(api_key, prefix=prefix).status == 504

"""Formaloo: usage of the workspace, in two shapes (FL-S30)."""

from __future__ import annotations

import http.client
from pathlib import Path
from typing import Any

import pytest

from sandbox.testing import Answer, RunningSandbox
from tests.contract.sandbox.formaloo_workspace import Workspace


def as_list(submissions: int, records: int) -> dict[str, Any]:
    return {
        "usage": [
            {
                "resource": "submissions",
                "used": submissions,
                "limit": 10_000,
                "available": max(0, 10_000 - submissions),
            },
            {
                "resource": "records",
                "used": records,
                "limit": 100_000,
                "available": 100_000 - records,
            },
        ]
    }


def paths_of(workspace: Workspace) -> list[str]:
    return ["/usage/", f"/businesses/{workspace.state['business']}/usage/"]


@pytest.mark.checklist("FL-S30")
def test_fl_s30_usage_is_enveloped_and_rises_with_submissions(workspace: Workspace) -> None:
    for path in paths_of(workspace):
        answer = workspace.get(path).json()
        assert answer == {
            "status": 200,
            "errors": {"general_errors": [], "form_errors": {}},
            "data": as_list(3, 3),
        }

    assert [workspace.submit(workspace.valid()).status for _ in range(2)] == [201, 201]
    assert workspace.submit({}).status == 400

    assert [workspace.data(path) for path in paths_of(workspace)] == [as_list(5, 5)] * 2


@pytest.mark.checklist("FL-S30")
def test_fl_s30_object_shape_is_a_knob(workspace: Workspace) -> None:
    knobs = {
        "formaloo_usage_shape": "object",
        "formaloo_submission_limit": 10,
        "formaloo_record_limit": 2,
    }
    workspace.sandbox.control("PUT", "/profile", knobs)

    for path in paths_of(workspace):
        assert workspace.data(path) == {
            "usage": {
                "submissions": {"consumed": 3, "total": 10, "available": 7},
                "records": {"consumed": 3, "total": 2, "available": 0},
            }
        }


@pytest.mark.checklist("FL-S30")
def test_fl_s30_unknown_business_is_404(workspace: Workspace) -> None:
    answer = workspace.get("/businesses/unknown/usage/")

    assert (answer.status, answer.json()["status"]) == (404, 404)
    assert answer.json()["errors"]["general_errors"] == ["Not found."]


@pytest.mark.checklist("FL-S30")
def test_fl_s30_new_month_resets_submissions_and_keeps_records(workspace: Workspace) -> None:
    workspace.sandbox.control("PUT", "/clock", {"now": "2031-12-31T23:59:50Z"})
    workspace.submit(workspace.valid())
    before = workspace.data("/usage/")
    workspace.sandbox.control("PUT", "/clock", {"now": "2032-01-01T00:00:01Z"})

    assert before == as_list(1, 4)
    assert workspace.data("/usage/") == as_list(0, 4)


def test_offset_and_override_are_knobs(workspace: Workspace) -> None:
    workspace.sandbox.control("PUT", "/profile", {"formaloo_usage_offset": 9_597})
    assert workspace.data("/usage/") == as_list(9_600, 9_600)
    nonsense = {"usage": [{"resource": "submissions", "used": -5, "limit": None}]}
    workspace.sandbox.control("PUT", "/profile", {"formaloo_usage_override": nonsense})

    assert [workspace.data(path) for path in paths_of(workspace)] == [nonsense] * 2
    assert workspace.get("/businesses/unknown/usage/").status == 404


def test_limits_are_told_and_not_enforced(workspace: Workspace) -> None:
    workspace.sandbox.control("PUT", "/profile", {"formaloo_submission_limit": 0})

    assert workspace.submit(workspace.valid()).status == 201
    assert workspace.data("/usage/")["usage"][0] == {
        "resource": "submissions",
        "used": 4,
        "limit": 0,
        "available": 0,
    }


@pytest.mark.parametrize("missing", ["Authorization", "x-api-key"])
def test_usage_needs_key_and_token(workspace: Workspace, missing: str) -> None:
    headers = workspace.headers()
    del headers[missing]

    answers = [
        workspace.sandbox.request("GET", f"/v3.0{path}", headers=headers)
        for path in paths_of(workspace)
    ]

    assert [answer.status for answer in answers] == [401, 401]


@pytest.mark.checklist("FL-S30")
def test_fl_s30_faults_strike_each_route_by_name(workspace: Workspace) -> None:
    def fault(route: str, name: str) -> None:
        workspace.sandbox.control("POST", "/faults", {"route": route, "fault": name})

    own, other = paths_of(workspace)
    fault("GET /usage/", "status:503")
    fault("GET /usage/", "html")
    fault("GET /usage/", "retry_after:9")
    fault("GET /usage/", "accept_then_drop")
    fault("GET /businesses/{slug}/usage/", "status:403")

    answers: list[Answer] = [workspace.get(own) for _ in range(3)]
    with pytest.raises(http.client.RemoteDisconnected):
        workspace.get(own)

    assert [answer.status for answer in answers] == [503, 502, 429]
    assert answers[0].json()["errors"]["general_errors"] == ["A server error occurred."]
    assert answers[1].headers.get_content_type() == "text/html"
    assert answers[2].headers["Retry-After"] == "9"
    assert workspace.get(own).status == 200
    assert [workspace.get(other).status for _ in range(2)] == [403, 200]


def test_business_is_random_for_each_state_and_survives_a_restart(tmp_path: Path) -> None:
    database = str(tmp_path / "state.db")
    with RunningSandbox(database=database) as sandbox:
        first = sandbox.control("GET", "/formaloo")["business"]
        sandbox.control("POST", "/reset")
        second = Workspace(sandbox)
        second.submit(second.valid())
    with RunningSandbox(database=database) as sandbox:
        restarted = Workspace(sandbox)

        assert first != second.state["business"] == restarted.state["business"]
        assert restarted.data(paths_of(restarted)[1]) == as_list(4, 4)

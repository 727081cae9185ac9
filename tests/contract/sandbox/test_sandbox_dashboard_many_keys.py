"""Forma Mail's dashboard: how many keys, from when on, in which order, and for how long."""

from __future__ import annotations

from pathlib import Path

import pytest

from sandbox.testing import Answer, RunningSandbox
from tests.contract.sandbox.dashboard_caller import Dashboard


def code_of(answer: Answer) -> tuple[int, str]:
    return answer.status, answer.json()["code"]


def test_more_keys_than_the_limit_are_refused_until_one_is_dead(
    sandbox: RunningSandbox, dashboard: Dashboard
) -> None:
    sandbox.control("PUT", "/clock", {"now": "2031-05-06T07:00:00Z"})
    first = dashboard.created(expiresAt="2031-05-06T07:05:00Z")
    others = [dashboard.created() for _ in range(9)]

    refused = dashboard.create()

    assert code_of(refused) == (409, "KEY_LIMIT_REACHED")
    assert "apiKey" not in refused.body.decode()
    assert len(dashboard.listed()) == 10
    dashboard.revoke(others[0]["id"])
    assert dashboard.create().status == 201
    assert dashboard.create().status == 409
    sandbox.control("PUT", "/clock", {"now": "2031-05-06T07:05:00Z"})
    assert {key["id"]: key["status"] for key in dashboard.listed()}[first["id"]] == "expired"
    assert dashboard.create().status == 201
    assert dashboard.create().status == 409


def test_limit_is_a_knob_and_does_not_bind_the_control_interface(
    sandbox: RunningSandbox, dashboard: Dashboard
) -> None:
    sandbox.control("PUT", "/profile", {"key_limit": 1})
    sandbox.mint_key()

    assert code_of(dashboard.create()) == (409, "KEY_LIMIT_REACHED")
    sandbox.mint_key()
    sandbox.control("PUT", "/profile", {"key_limit": 3})
    assert dashboard.create().status == 201


def test_new_key_is_unknown_until_it_is_active(
    sandbox: RunningSandbox, dashboard: Dashboard
) -> None:
    older = dashboard.created()["apiKey"]
    sandbox.control("PUT", "/profile", {"key_activation_seconds": 30})
    new = dashboard.created()
    minted = sandbox.mint_key()

    early = [sandbox.read(key, "/me") for key in (new["apiKey"], minted)]
    listed = {key["id"]: key for key in dashboard.listed()}[new["id"]]
    assert sandbox.read(older, "/me").status == 200
    sandbox.control("PUT", "/profile", {"key_activation_seconds": 0})
    still_early = sandbox.read(new["apiKey"], "/me")
    sandbox.control("PUT", "/clock", {"offset_seconds": 31})

    assert {code_of(answer) for answer in (*early, still_early)} == {(401, "API_KEY_NOT_FOUND")}
    assert (listed["status"], listed["lastUsedAt"]) == ("active", None)
    assert [sandbox.read(key, "/me").status for key in (new["apiKey"], minted)] == [200, 200]


def test_list_is_paged_newest_first(dashboard: Dashboard, sandbox: RunningSandbox) -> None:
    sandbox.control("PUT", "/profile", {"key_limit": 100})
    ids = [dashboard.created(name=f"key {number}")["id"] for number in range(25)][::-1]

    first = dashboard.call("GET", "/api-keys").json()
    third = dashboard.call("GET", "/api-keys?page=3&limit=10").json()

    assert set(first) == {"success", "data", "meta"}
    assert [key["id"] for key in first["data"]] == ids[:20]
    assert first["meta"] == {"total": 25, "page": 1, "limit": 20, "totalPages": 2}
    assert [key["id"] for key in third["data"]] == ids[20:]
    assert third["meta"] == {"total": 25, "page": 3, "limit": 10, "totalPages": 3}
    assert dashboard.listed("?page=9") == []
    assert dashboard.call("GET", "/api-keys?limit=500").json()["meta"]["limit"] == 100


@pytest.mark.parametrize("query", ["page=0", "page=-1", "limit=0", "limit=x", "page=1e3"])
def test_bad_paging_is_400(dashboard: Dashboard, query: str) -> None:
    answer = dashboard.call("GET", f"/api-keys?{query}")

    assert code_of(answer) == (400, "ERR_VALID_001")


def test_keys_of_the_control_interface_and_of_the_dashboard_are_the_same(
    sandbox: RunningSandbox, dashboard: Dashboard
) -> None:
    minted = sandbox.control("POST", "/keys", {"name": "minted"})
    created = dashboard.created(description="here")

    assert dashboard.listed()[::-1] == sandbox.control("GET", "/keys")["keys"]
    sandbox.control("POST", f"/keys/{created['id']}/revoke")
    dashboard.revoke(minted["id"])
    assert [key["status"] for key in dashboard.listed()] == ["revoked", "revoked"]


def test_bare_answers_are_a_knob(sandbox: RunningSandbox, dashboard: Dashboard) -> None:
    sandbox.control("PUT", "/profile", {"envelope": "bare"})

    token = dashboard.login().json()["accessToken"]
    created = dashboard.call(
        "POST", "/api-keys", {"name": "a", "permissions": ["emails:send"]}, token=token
    )

    assert sandbox.send(created.json()["apiKey"]).status == 201
    listed = dashboard.call("GET", "/api-keys", token=token).json()
    assert set(listed) == {"data", "meta"}


def test_restart_keeps_account_sessions_and_keys(tmp_path: Path) -> None:
    database = str(tmp_path / "state.db")
    with RunningSandbox(database=database) as sandbox:
        dashboard = Dashboard(sandbox)
        kept = dashboard.created(description="kept", rateLimit=7)
        revoked = dashboard.created()
        dashboard.revoke(revoked["id"])
        sandbox.control("PUT", "/profile", {"key_activation_seconds": 600})
        early = dashboard.created(name="early")
        sandbox.send(kept["apiKey"])
        before = dashboard.listed()
        assert sandbox.stop() == (0, "")

    with RunningSandbox(database=database) as sandbox:
        restarted = Dashboard(sandbox)
        assert restarted.account == dashboard.account
        restarted.token = dashboard.token
        assert restarted.listed() == before
        assert sandbox.send(kept["apiKey"]).headers["X-RateLimit-Limit"] == "7"
        assert code_of(sandbox.send(revoked["apiKey"])) == (401, "API_KEY_REVOKED")
        assert code_of(sandbox.send(early["apiKey"])) == (401, "API_KEY_NOT_FOUND")
        sandbox.control("PUT", "/clock", {"offset_seconds": 601})
        assert sandbox.send(early["apiKey"]).status == 201

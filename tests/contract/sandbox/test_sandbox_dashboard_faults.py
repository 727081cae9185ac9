"""Faults on Forma Mail's dashboard, and what never gets out of it (FM-S34 to FM-S36, X-S4)."""

from __future__ import annotations

import http.client

import pytest

from sandbox.testing import RunningSandbox, bearer
from tests.contract.sandbox.dashboard_caller import ALL_PERMISSIONS, Dashboard

LOGIN = "POST /auth/login"
CREATE = "POST /api-keys"
LIST = "GET /api-keys"
REVOKE = "POST /api-keys/{id}/revoke"


def script(sandbox: RunningSandbox, route: str, fault: str) -> None:
    sandbox.control("POST", "/faults", {"route": route, "fault": fault})


def signed_in(sandbox: RunningSandbox) -> Dashboard:
    dashboard = Dashboard(sandbox)
    dashboard.listed()
    return dashboard


@pytest.mark.parametrize(
    ("fault", "minted"),
    [
        ("accept_then_drop", 1),
        ("accept_then_hang:0.05", 1),
        ("drop_before_accept", 0),
        ("hang:0.05", 0),
    ],
)
@pytest.mark.checklist("FM-S34", "FM-S35")
def test_fm_s34_s35_key_is_minted_or_not_and_nobody_learns_which(
    sandbox: RunningSandbox, fault: str, minted: int
) -> None:
    dashboard = signed_in(sandbox)
    script(sandbox, CREATE, fault)

    with pytest.raises(http.client.RemoteDisconnected) as caught:
        dashboard.create(name="lost")

    assert type(caught.value) is http.client.RemoteDisconnected
    assert [key["name"] for key in dashboard.listed()] == ["lost"] * minted
    assert dashboard.create(name="next").status == 201


@pytest.mark.parametrize("fault", ["accept_then_hang:30", "hang:30"])
def test_hang_outlasts_the_patience_of_the_client(sandbox: RunningSandbox, fault: str) -> None:
    dashboard = signed_in(sandbox)
    script(sandbox, CREATE, fault)
    body = {"name": "late", "permissions": ALL_PERMISSIONS}

    with pytest.raises(TimeoutError):
        sandbox.request(
            "POST",
            "/api/api-keys",
            body=body,
            headers=bearer(dashboard.token),
            timeout_seconds=0.2,
        )

    assert len(dashboard.listed()) == (1 if fault.startswith("accept") else 0)


@pytest.mark.parametrize(
    ("fault", "status", "content_type", "minted"),
    [
        ("status:503", 503, "application/json", 0),
        ("status:401", 401, "application/json", 0),
        ("html", 502, "text/html", 0),
        ("retry_after:7", 429, "application/json", 0),
        ("accept_then_status:500", 500, "application/json", 1),
        ("accept_then_html:200", 200, "text/html", 1),
        ("empty", 201, "application/json", 1),
        ("broken_json", 201, "application/json", 1),
    ],
)
@pytest.mark.checklist("FM-S36")
def test_fm_s36_spoilt_answers_to_a_creation(
    sandbox: RunningSandbox, fault: str, status: int, content_type: str, minted: int
) -> None:
    dashboard = signed_in(sandbox)
    script(sandbox, CREATE, fault)

    answer = dashboard.create()

    assert (answer.status, answer.headers.get_content_type()) == (status, content_type)
    assert len(dashboard.listed()) == minted


@pytest.mark.checklist("FM-S36")
def test_fm_s36_value_is_lost_with_the_truncated_half(sandbox: RunningSandbox) -> None:
    dashboard = signed_in(sandbox)
    script(sandbox, CREATE, "truncated")

    with pytest.raises(http.client.IncompleteRead):
        dashboard.create()

    assert len(dashboard.listed()) == 1


@pytest.mark.parametrize("route", [LOGIN, LIST, REVOKE])
@pytest.mark.parametrize(
    ("fault", "status"), [("status:503", 503), ("html", 502), ("accept_then_status:504", 504)]
)
def test_every_route_of_the_dashboard_can_fail(
    sandbox: RunningSandbox, route: str, fault: str, status: int
) -> None:
    dashboard = signed_in(sandbox)
    key = dashboard.created()
    script(sandbox, route, fault)

    failed = {
        LOGIN: dashboard.login,
        LIST: lambda: dashboard.call("GET", "/api-keys"),
        REVOKE: lambda: dashboard.revoke(key["id"]),
    }[route]()

    assert failed.status == status
    revoked = route == REVOKE and fault.startswith("accept")
    assert [key["status"] for key in dashboard.listed()] == ["revoked" if revoked else "active"]
    assert dashboard.login().status == 200


@pytest.mark.parametrize("route", [LOGIN, LIST, REVOKE])
@pytest.mark.parametrize("fault", ["accept_then_drop", "truncated", "hang:0.05"])
def test_every_route_of_the_dashboard_can_lose_its_answer(
    sandbox: RunningSandbox, route: str, fault: str
) -> None:
    dashboard = signed_in(sandbox)
    key = dashboard.created()
    script(sandbox, route, fault)

    with pytest.raises((http.client.RemoteDisconnected, http.client.IncompleteRead)):
        {
            LOGIN: dashboard.login,
            LIST: lambda: dashboard.call("GET", "/api-keys"),
            REVOKE: lambda: dashboard.revoke(key["id"]),
        }[route]()

    revoked = route == REVOKE and not fault.startswith("hang")
    assert [key["status"] for key in dashboard.listed()] == ["revoked" if revoked else "active"]


def test_fault_may_name_one_key(sandbox: RunningSandbox) -> None:
    dashboard = signed_in(sandbox)
    struck, spared = dashboard.created(), dashboard.created()
    script(sandbox, f"POST /api-keys/{struck['id']}/revoke", "status:500")

    assert dashboard.revoke(spared["id"]).status == 200
    assert dashboard.revoke(struck["id"]).status == 500


def test_faults_strike_under_both_prefixes(sandbox: RunningSandbox) -> None:
    dashboard = Dashboard(sandbox, prefix="/api/v1")
    script(sandbox, LOGIN, "status:500")

    assert [dashboard.login().status for _ in range(2)] == [500, 200]


def test_creation_without_a_session_mints_nothing_whatever_the_fault(
    sandbox: RunningSandbox,
) -> None:
    dashboard = signed_in(sandbox)
    script(sandbox, CREATE, "accept_then_drop")

    with pytest.raises(http.client.RemoteDisconnected):
        dashboard.call("POST", "/api-keys", {"name": "a"}, token="none")

    assert dashboard.listed() == []


@pytest.mark.checklist("X-S4")
def test_x_s4_password_sessions_and_keys_are_neither_logged_nor_echoed() -> None:
    with RunningSandbox() as sandbox:
        dashboard = signed_in(sandbox)
        password, token = dashboard.account["password"], dashboard.token
        key = dashboard.created()["apiKey"]
        pair = sandbox.control("GET", "/formaloo")
        secrets = [password, token, key, pair["api_key"], pair["secret_key"]]
        answers = [
            dashboard.login(email=password, password=token),
            dashboard.login(password=[password]),
            dashboard.create(permissions=[key, password, token]),
            dashboard.create(name="", description=[password], expiresAt=token, rateLimit=key),
            dashboard.call("POST", f"/api-keys/{password}/revoke"),
            dashboard.call("POST", f"/api-keys/{token}/revoke"),
            dashboard.call("GET", f"/api-keys?page={password}&limit={token}&key={key}"),
            dashboard.call("GET", f"/{password}"),
            dashboard.call("GET", "/api-keys", token=password),
            dashboard.call("GET", "/api-keys", headers={"Authorization": password}),
            dashboard.call("GET", "/api-keys", headers={"X-Password": password, "X-Token": token}),
            dashboard.call("GET", "/api-keys"),
            sandbox.request("GET", f"/v3.0/keys/?rotate=true&key={pair['api_key']}"),
            sandbox.request("GET", "/_sandbox/requests"),
            sandbox.request("GET", "/_sandbox/keys"),
            sandbox.request("GET", "/_sandbox/faults"),
        ]
        status, output = sandbox.stop()

    shown = b"".join(answer.body for answer in answers).decode() + output
    assert (status, output) == (0, "")
    assert [secret for secret in secrets if secret in shown] == []

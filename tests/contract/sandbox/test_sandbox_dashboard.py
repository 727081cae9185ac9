"""Forma Mail's dashboard: signing in, and what a session may do."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from sandbox.testing import Answer, RunningSandbox
from tests.contract.sandbox.dashboard_caller import Dashboard

SESSION_CALLS = [("POST", "/api-keys"), ("GET", "/api-keys"), ("POST", "/api-keys/unknown/revoke")]


def code_of(answer: Answer) -> tuple[int, str]:
    return answer.status, answer.json()["code"]


def claims_of(token: str) -> dict[str, Any]:
    part = token.split(".")[1]
    return dict(json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))))


@pytest.mark.parametrize("prefix", ["/api", "/api/v1"])
def test_login_answers_a_token_with_its_lifetime(sandbox: RunningSandbox, prefix: str) -> None:
    sandbox.control("PUT", "/clock", {"now": "2031-05-06T07:08:09Z"})
    dashboard = Dashboard(sandbox, prefix=prefix)

    answer = dashboard.login()

    document = answer.json()
    assert answer.status == 200
    assert set(document) == {"success", "data"}
    assert document["success"] is True
    assert set(document["data"]) == {"accessToken", "expiresIn"}
    assert document["data"]["expiresIn"] == 900
    claims = claims_of(document["data"]["accessToken"])
    assert claims["exp"] - claims["iat"] == 900
    assert 0 <= claims["iat"] - sandbox.control("GET", "/clock")["now"] + 5 <= 5
    assert claims["sub"] == dashboard.account["email"]
    assert dashboard.listed() == []


def test_account_is_random_for_each_state(sandbox: RunningSandbox) -> None:
    first = Dashboard(sandbox)
    first.listed()
    sandbox.control("POST", "/reset")
    second = Dashboard(sandbox)

    assert set(first.account) == {"email", "password"}
    assert set(first.account.values()).isdisjoint(second.account.values())
    assert code_of(first.login()) == (401, "INVALID_CREDENTIALS")
    assert code_of(first.call("GET", "/api-keys")) == (401, "INVALID_TOKEN")
    assert second.login().status == 200


def test_me_names_the_account(sandbox: RunningSandbox, api_key: str) -> None:
    shown = sandbox.read(api_key, "/me").json()["data"]["email"]

    assert shown == sandbox.control("GET", "/dashboard")["email"]


@pytest.mark.parametrize(
    "changed",
    [{"password": "wrong"}, {"email": "other@example.com"}, {"email": "x", "password": "y"}],
)
def test_wrong_credentials_are_401_in_the_standard_body(
    sandbox: RunningSandbox, changed: dict[str, str]
) -> None:
    answer = Dashboard(sandbox).login(**changed)

    assert code_of(answer) == (401, "INVALID_CREDENTIALS")
    assert set(answer.json()) == {"statusCode", "code", "message", "timestamp", "path"}
    assert answer.json()["path"] == "/api/auth/login"


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        ({}, ["email", "password"]),
        ({"email": "a@b.co"}, ["password"]),
        ({"email": ["a@b.co"], "password": None}, ["email", "password"]),
        ({"email": "a@b.co", "password": ""}, ["password"]),
        ({"email": "a@b.co", "password": "x" * 1001}, ["password"]),
    ],
)
def test_incomplete_login_is_400_that_names_the_fields(
    sandbox: RunningSandbox, body: dict[str, object], fields: list[str]
) -> None:
    answer = sandbox.request("POST", "/api/auth/login", body=body)

    assert code_of(answer) == (400, "ERR_VALID_001")
    assert [error["field"] for error in answer.json()["relatedInfo"]["errors"]] == fields


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"\xff", b'{"email":NaN}'])
@pytest.mark.parametrize("path", ["/auth/login", "/api-keys"])
def test_what_is_no_json_object_is_400(sandbox: RunningSandbox, body: bytes, path: str) -> None:
    dashboard = Dashboard(sandbox)

    assert code_of(dashboard.call("POST", path, body)) == (400, "ERR_VALID_001")
    assert dashboard.listed() == []


def test_token_lives_as_long_as_it_says(sandbox: RunningSandbox) -> None:
    dashboard = Dashboard(sandbox)
    assert dashboard.listed() == []

    sandbox.control("PUT", "/clock", {"offset_seconds": 897})
    assert dashboard.listed() == []
    sandbox.control("PUT", "/clock", {"offset_seconds": 901})
    refused = [dashboard.call(method, path) for method, path in SESSION_CALLS]

    assert {code_of(answer) for answer in refused} == {(401, "TOKEN_EXPIRED")}
    dashboard.token = ""
    assert dashboard.listed() == []


def test_lifetime_is_a_knob_for_tokens_to_come(sandbox: RunningSandbox) -> None:
    long = Dashboard(sandbox)
    assert long.listed() == []
    sandbox.control("PUT", "/profile", {"dashboard_token_seconds": 30})
    short = Dashboard(sandbox)
    assert short.login().json()["data"]["expiresIn"] == 30
    assert short.listed() == []

    sandbox.control("PUT", "/clock", {"offset_seconds": 31})

    assert code_of(short.call("GET", "/api-keys")) == (401, "TOKEN_EXPIRED")
    assert long.listed() == []


def unsigned(claims: dict[str, Any]) -> str:
    parts = ({"alg": "none", "typ": "JWT"}, claims)
    encoded = [base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=") for part in parts]
    return b".".join([*encoded, b""]).decode()


def test_tokens_of_another_make_are_invalid(sandbox: RunningSandbox) -> None:
    dashboard = Dashboard(sandbox)
    good = str(dashboard.login().json()["data"]["accessToken"])
    head, claims, signature = good.split(".")
    pair = sandbox.control("GET", "/formaloo")
    formaloo = sandbox.request(
        "POST",
        "/v3.0/oauth2/authorization-token/",
        body={"grant_type": "client_credentials"},
        headers={"Authorization": f"Basic {pair['secret_key']}"},
    ).json()["authorization_token"]
    forged = [
        "abc",
        "a.b.c",
        f"{head}.{claims}.",
        f"{head}.{claims}.{signature[:-2]}",
        f"{head}.{claims[:-4]}AAAA.{signature}",
        unsigned(claims_of(good)),
        formaloo,
    ]

    for method, path in SESSION_CALLS:
        answers = [dashboard.call(method, path, token=token) for token in forged]
        assert {code_of(answer) for answer in answers} == {(401, "INVALID_TOKEN")}
        for headers in ({}, {"Authorization": f"Basic {good}"}, {"Authorization": "Bearer "}):
            answer = dashboard.call(method, path, headers=headers)
            assert code_of(answer) == (401, "UNAUTHORIZED")


def test_api_key_is_no_session_and_a_session_no_api_key(
    sandbox: RunningSandbox, api_key: str
) -> None:
    dashboard = Dashboard(sandbox)

    for method, path in SESSION_CALLS:
        answer = dashboard.call(method, path, token=api_key)
        assert code_of(answer) == (403, "FORBIDDEN")
    token = str(dashboard.login().json()["data"]["accessToken"])

    assert code_of(sandbox.send(token)) == (401, "INVALID_API_KEY")
    assert code_of(sandbox.read(token, "/emails/usage/stats")) == (401, "INVALID_API_KEY")
    assert [key["lastUsedAt"] for key in dashboard.listed()] == [None]


@pytest.mark.checklist("FM-S26")
def test_fm_s26_dashboard_answers_carry_the_rate_headers_and_cost_no_allowance(
    sandbox: RunningSandbox,
) -> None:
    sandbox.control("PUT", "/profile", {"rate_limit": "docs-team", "key_limit": 0})
    dashboard = Dashboard(sandbox)

    answers = [dashboard.login(), dashboard.create(), dashboard.login(password="wrong")]
    answers += [dashboard.call("GET", "/api-keys") for _ in range(70)]

    assert {answer.status for answer in answers} == {200, 409, 401}
    names = ("X-RateLimit-Limit", "X-RateLimit-Remaining", "X-RateLimit-Reset")
    assert all(answer.headers[name] is not None for answer in answers for name in names)


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
def test_other_methods_and_paths_are_404(sandbox: RunningSandbox, method: str) -> None:
    dashboard = Dashboard(sandbox)

    paths = ("/auth/login", "/api-keys/unknown", "/api-keys/unknown/revoke", "/auth")
    answers = [dashboard.call(method, path) for path in paths]

    assert {code_of(answer) for answer in answers} == {(404, "NOT_FOUND")}
    assert code_of(dashboard.call("POST", "/api-keys/unknown/revoke")) == (404, "NOT_FOUND")

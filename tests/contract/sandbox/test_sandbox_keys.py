"""Forma Mail: prefixes, authentication, permissions, error bodies (FM-S1 to FM-S6)."""

from __future__ import annotations

import re
from datetime import datetime

import pytest

from sandbox.testing import Answer, RunningSandbox, bearer

UNKNOWN_KEY = "fm_sk_" + "0" * 40


def code_of(answer: Answer) -> tuple[int, str]:
    return answer.status, answer.json()["code"]


@pytest.mark.checklist("FM-S1")
def test_fm_s1_both_prefixes_share_one_state(sandbox: RunningSandbox, api_key: str) -> None:
    ids = {
        sandbox.send(api_key, prefix=prefix).json()["data"]["id"] for prefix in ("/api", "/api/v1")
    }

    for prefix in ("/api", "/api/v1"):
        listed = sandbox.request("GET", f"{prefix}/emails", headers=bearer(api_key)).json()
        assert {mail["id"] for mail in listed["data"]} == ids


@pytest.mark.parametrize(
    ("authorization", "code"),
    [
        (None, "UNAUTHORIZED"),
        ("Basic abc", "UNAUTHORIZED"),
        ("Bearer abc", "INVALID_API_KEY"),
        ("Bearer", "INVALID_API_KEY"),
        ("Bearer fm_sk_short", "INVALID_API_KEY"),
        (f"Bearer {UNKNOWN_KEY}", "API_KEY_NOT_FOUND"),
    ],
)
@pytest.mark.checklist("FM-S2")
def test_fm_s2_auth_failure_codes(
    sandbox: RunningSandbox, authorization: str | None, code: str
) -> None:
    headers = {} if authorization is None else {"Authorization": authorization}

    for method, path in (("GET", "/api/emails/usage/stats"), ("POST", "/api/v1/emails/send")):
        answer = sandbox.request(method, path, headers=headers)
        assert code_of(answer) == (401, code)

    assert sandbox.accepted() == []


@pytest.mark.checklist("FM-S2")
def test_fm_s2_revoked_and_expired_codes(sandbox: RunningSandbox) -> None:
    now = sandbox.control("GET", "/clock")["now"]
    revoked = sandbox.control("POST", "/keys", {"name": "revoked"})
    expiring = sandbox.mint_key(expiresAt=now + 60)
    sandbox.control("POST", f"/keys/{revoked['id']}/revoke")
    assert sandbox.send(expiring).status == 201

    sandbox.control("PUT", "/clock", {"offset_seconds": 61})

    assert code_of(sandbox.send(revoked["apiKey"])) == (401, "API_KEY_REVOKED")
    assert code_of(sandbox.send(expiring)) == (401, "API_KEY_EXPIRED")
    statuses = {key["name"]: key["status"] for key in sandbox.control("GET", "/keys")["keys"]}
    assert statuses == {"revoked": "revoked", "test": "expired"}


@pytest.mark.parametrize(
    ("permissions", "send_status", "read_status", "templates_status"),
    [
        (["emails:send"], 201, 403, 403),
        (["emails:read"], 403, 200, 403),
        (["templates:read"], 403, 403, 200),
        ([], 403, 403, 403),
    ],
)
@pytest.mark.checklist("FM-S3")
def test_fm_s3_each_permission_opens_its_endpoints_only(
    sandbox: RunningSandbox,
    permissions: list[str],
    send_status: int,
    read_status: int,
    templates_status: int,
) -> None:
    key = sandbox.mint_key(permissions=permissions)

    assert sandbox.send(key).status == send_status
    assert sandbox.read(key, "/emails").status == read_status
    assert sandbox.read(key, "/templates").status == templates_status
    assert sandbox.read(key, "/emails/usage/stats").status == 200
    assert sandbox.read(key, "/me").status == 200


@pytest.mark.checklist("FM-S3")
def test_fm_s3_refusal_is_forbidden_and_usage_permission_is_a_knob(sandbox: RunningSandbox) -> None:
    key = sandbox.mint_key(permissions=["emails:send"])
    sandbox.control("PUT", "/profile", {"usage_permission": "emails:read"})

    assert code_of(sandbox.read(key, "/emails/usage/stats")) == (403, "FORBIDDEN")


def test_permissions_default_to_all_three(sandbox: RunningSandbox, api_key: str) -> None:
    (key,) = sandbox.control("GET", "/keys")["keys"]
    assert key["permissions"] == ["emails:send", "emails:read", "templates:read"]


@pytest.mark.parametrize(
    ("path", "status"),
    [("/api/emails/x?recipient=a", 404), ("/api/nowhere", 404), ("/api/v1/emails/send-bulk", 404)],
)
@pytest.mark.checklist("FM-S4")
def test_fm_s4_error_body_has_exactly_five_fields(
    sandbox: RunningSandbox, api_key: str, path: str, status: int
) -> None:
    answer = sandbox.request("GET", path, headers=bearer(api_key))

    document = answer.json()
    assert answer.status == status
    assert set(document) == {"statusCode", "code", "message", "timestamp", "path"}
    assert document["statusCode"] == status
    assert document["path"] == path.partition("?")[0]
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", document["timestamp"])
    assert datetime.fromisoformat(document["timestamp"]).tzinfo is not None


@pytest.mark.checklist("FM-S4")
def test_fm_s4_sdk_style_is_a_knob(sandbox: RunningSandbox) -> None:
    sandbox.control("PUT", "/profile", {"error_style": "sdk"})

    assert sandbox.request("GET", "/api/emails").json() == {
        "success": False,
        "error": "UNAUTHORIZED",
        "message": "Invalid or missing API key",
        "statusCode": 401,
    }


@pytest.mark.checklist("FM-S5")
def test_fm_s5_two_keys_live_at_once_and_revocation_is_immediate(sandbox: RunningSandbox) -> None:
    old = sandbox.control("POST", "/keys", {"name": "old"})
    new = sandbox.control("POST", "/keys", {"name": "new"})
    assert [sandbox.send(key["apiKey"]).status for key in (old, new)] == [201, 201]

    assert sandbox.control("POST", f"/keys/{old['id']}/revoke")["status"] == "revoked"

    assert code_of(sandbox.send(old["apiKey"])) == (401, "API_KEY_REVOKED")
    assert sandbox.send(new["apiKey"]).status == 201
    assert [mail["keyId"] for mail in sandbox.accepted()] == [old["id"], new["id"], new["id"]]


@pytest.mark.checklist("FM-S5")
def test_fm_s5_key_value_is_shown_once_and_is_of_the_documented_form(
    sandbox: RunningSandbox,
) -> None:
    minted = sandbox.control("POST", "/keys", {"name": "once"})

    assert set(minted) == {"id", "apiKey"}
    assert re.fullmatch(r"fm_sk_[a-z0-9]{40}", minted["apiKey"])
    assert minted["apiKey"] not in sandbox.request("GET", "/_sandbox/keys").body.decode()


def test_revoking_twice_changes_nothing_and_an_unknown_key_is_404(sandbox: RunningSandbox) -> None:
    key = sandbox.control("POST", "/keys", {"name": "once"})
    first = sandbox.control("POST", f"/keys/{key['id']}/revoke")

    assert sandbox.control("POST", f"/keys/{key['id']}/revoke") == first
    assert sandbox.request("POST", "/_sandbox/keys/unknown/revoke").status == 404


@pytest.mark.checklist("FM-S6")
def test_fm_s6_last_used_moves_with_each_use(sandbox: RunningSandbox, api_key: str) -> None:
    def last_used() -> str | None:
        (key,) = sandbox.control("GET", "/keys")["keys"]
        value: str | None = key["lastUsedAt"]
        return value

    assert last_used() is None
    sandbox.control("PUT", "/clock", {"now": "2031-05-06T07:08:09Z"})
    sandbox.read(api_key, "/emails/usage/stats")
    first = last_used()
    assert first is not None
    assert first.startswith("2031-05-06T07:08:")
    sandbox.control("PUT", "/clock", {"now": "2031-05-07T00:00:00Z"})
    assert last_used() == first

    sandbox.send(api_key, to=[])

    assert str(last_used()).startswith("2031-05-07T00:00:")


def test_a_request_that_never_reached_the_provider_is_no_use_of_the_key(
    sandbox: RunningSandbox, api_key: str
) -> None:
    sandbox.control("POST", "/faults", {"route": "POST /emails/send", "fault": "status:502"})

    assert sandbox.send(api_key).status == 502

    (key,) = sandbox.control("GET", "/keys")["keys"]
    assert key["lastUsedAt"] is None


def test_me_names_the_team(sandbox: RunningSandbox, api_key: str) -> None:
    answer = sandbox.request("GET", "/api/v1/me", headers=bearer(api_key)).json()

    assert answer["success"] is True
    assert set(answer["data"]) == {"id", "email", "name", "teamId", "teamName"}

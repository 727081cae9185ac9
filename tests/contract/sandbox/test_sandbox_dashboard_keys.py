"""Forma Mail: API keys made, listed and revoked through the dashboard (FM-S2 to FM-S6, FM-S30)."""

from __future__ import annotations

import re
from typing import Any

import pytest

from sandbox.testing import Answer, RunningSandbox
from tests.contract.sandbox.dashboard_caller import ALL_PERMISSIONS, KEY_FIELDS, Dashboard


def code_of(answer: Answer) -> tuple[int, str]:
    return answer.status, answer.json()["code"]


@pytest.mark.checklist("FM-S5")
def test_fm_s5_created_key_is_answered_with_its_value_once(
    sandbox: RunningSandbox, dashboard: Dashboard
) -> None:
    sandbox.control("PUT", "/clock", {"now": "2031-05-06T07:08:09Z"})
    answer = dashboard.create(
        name="relay",
        description="for the relay",
        permissions=["emails:send", "emails:read", "emails:send"],
        expiresAt="2031-06-01T00:00:00Z",
        rateLimit=250,
        unknown="ignored",
    )

    document = answer.json()
    key = document["data"]
    assert (answer.status, document["success"]) == (201, True)
    assert set(key) == KEY_FIELDS | {"apiKey"}
    assert re.fullmatch(r"fm_sk_[a-z0-9]{40}", key["apiKey"])
    assert key["createdAt"].startswith("2031-05-06T07:08:")
    expected = {
        "name": "relay",
        "description": "for the relay",
        "permissions": ["emails:send", "emails:read"],
        "expiresAt": "2031-06-01T00:00:00.000Z",
        "rateLimit": 250,
        "status": "active",
    }
    assert {name: key[name] for name in expected} == expected
    (listed,) = dashboard.listed()
    assert set(listed) == KEY_FIELDS | {"lastUsedAt"}
    assert listed == {
        **{name: key[name] for name in KEY_FIELDS},
        "lastUsedAt": None,
    }
    later = [
        dashboard.call("GET", "/api-keys"),
        dashboard.revoke(key["id"]),
        sandbox.request("GET", "/_sandbox/keys"),
    ]
    assert all(key["apiKey"].encode() not in answer.body for answer in later)


def test_optional_properties_may_be_left_out_or_null(dashboard: Dashboard) -> None:
    left_out = dashboard.created()
    null = dashboard.created(description=None, expiresAt=None, rateLimit=None)

    for key in (left_out, null):
        assert (key["description"], key["expiresAt"], key["rateLimit"]) == (None, None, None)
    assert left_out["id"] != null["id"]
    assert left_out["apiKey"] != null["apiKey"]


BAD_KEYS: list[tuple[dict[str, Any], list[str]]] = [
    ({"name": None}, ["name"]),
    ({"name": ""}, ["name"]),
    ({"name": "x" * 101}, ["name"]),
    ({"name": "a\nb"}, ["name"]),
    ({"name": "\ud800"}, ["name"]),
    ({"description": 5}, ["description"]),
    ({"description": "x" * 501}, ["description"]),
    ({"permissions": None}, ["permissions"]),
    ({"permissions": []}, ["permissions"]),
    ({"permissions": "emails:send"}, ["permissions"]),
    ({"permissions": ["emails:delete"]}, ["permissions"]),
    ({"permissions": [[]]}, ["permissions"]),
    ({"expiresAt": "tomorrow"}, ["expiresAt"]),
    ({"expiresAt": 4102444799}, ["expiresAt"]),
    ({"expiresAt": "2001-01-01T00:00:00Z"}, ["expiresAt"]),
    ({"expiresAt": "9999-01-01T00:00:00Z"}, ["expiresAt"]),
    ({"rateLimit": 0}, ["rateLimit"]),
    ({"rateLimit": True}, ["rateLimit"]),
    ({"rateLimit": 1.5}, ["rateLimit"]),
    ({"rateLimit": 1_000_001}, ["rateLimit"]),
    ({"name": 5, "permissions": 5, "rateLimit": "a"}, ["name", "permissions", "rateLimit"]),
]


@pytest.mark.parametrize(("fields", "named"), BAD_KEYS)
def test_bad_key_is_400_that_names_every_field_and_makes_none(
    dashboard: Dashboard, fields: dict[str, Any], named: list[str]
) -> None:
    answer = dashboard.create(**fields)

    assert code_of(answer) == (400, "ERR_VALID_001")
    assert [error["field"] for error in answer.json()["relatedInfo"]["errors"]] == named
    assert dashboard.listed() == []


@pytest.mark.checklist("FM-S2")
def test_fm_s2_revoked_expired_and_unknown_keys_have_their_codes(
    sandbox: RunningSandbox, dashboard: Dashboard
) -> None:
    sandbox.control("PUT", "/clock", {"now": "2031-05-06T07:00:00Z"})
    revoked = dashboard.created(name="revoked")
    expiring = dashboard.created(name="expiring", expiresAt="2031-05-06T07:10:00+00:00")
    assert [sandbox.send(key["apiKey"]).status for key in (revoked, expiring)] == [201, 201]
    dashboard.revoke(revoked["id"])

    sandbox.control("PUT", "/clock", {"now": "2031-05-06T07:10:00Z"})

    assert code_of(sandbox.send(revoked["apiKey"])) == (401, "API_KEY_REVOKED")
    assert code_of(sandbox.send(expiring["apiKey"])) == (401, "API_KEY_EXPIRED")
    assert code_of(sandbox.send("fm_sk_" + "0" * 40)) == (401, "API_KEY_NOT_FOUND")
    assert {key["name"]: key["status"] for key in dashboard.listed()} == {
        "revoked": "revoked",
        "expiring": "expired",
    }


@pytest.mark.parametrize("permission", ALL_PERMISSIONS)
@pytest.mark.checklist("FM-S3")
def test_fm_s3_created_key_may_what_its_permissions_say(
    sandbox: RunningSandbox, dashboard: Dashboard, permission: str
) -> None:
    key = dashboard.created(permissions=[permission])["apiKey"]

    statuses = {
        "emails:send": sandbox.send(key).status,
        "emails:read": sandbox.read(key, "/emails").status,
        "templates:read": sandbox.read(key, "/templates").status,
    }

    assert statuses.pop(permission) in (200, 201)
    assert set(statuses.values()) == {403}
    assert sandbox.read(key, "/emails/usage/stats").status == 200


@pytest.mark.checklist("FM-S4")
def test_fm_s4_refusals_have_the_standard_body(dashboard: Dashboard) -> None:
    answer = dashboard.call("POST", "/api-keys/unknown/revoke?a=b")

    document = answer.json()
    assert set(document) == {"statusCode", "code", "message", "timestamp", "path"}
    assert (document["statusCode"], document["code"]) == (404, "NOT_FOUND")
    assert document["path"] == "/api/api-keys/unknown/revoke"


@pytest.mark.checklist("FM-S5")
def test_fm_s5_revocation_is_immediate_and_two_keys_live_at_once(
    sandbox: RunningSandbox, dashboard: Dashboard
) -> None:
    old, new = dashboard.created(name="old"), dashboard.created(name="new")
    assert [sandbox.send(key["apiKey"]).status for key in (old, new)] == [201, 201]

    answer = dashboard.revoke(old["id"])

    assert (answer.status, answer.json()["data"]["status"]) == (200, "revoked")
    assert set(answer.json()["data"]) == KEY_FIELDS | {"lastUsedAt"}
    assert code_of(sandbox.send(old["apiKey"])) == (401, "API_KEY_REVOKED")
    assert sandbox.send(new["apiKey"]).status == 201
    assert dashboard.revoke(old["id"]).json() == answer.json()


@pytest.mark.checklist("FM-S6")
def test_fm_s6_last_use_is_listed(sandbox: RunningSandbox, dashboard: Dashboard) -> None:
    sandbox.control("PUT", "/clock", {"now": "2031-05-06T07:00:00Z"})
    used, unused = dashboard.created(name="used"), dashboard.created(name="unused")
    sandbox.control("PUT", "/clock", {"now": "2031-05-06T07:10:00Z"})

    sandbox.read(used["apiKey"], "/emails/usage/stats")

    last_used = {key["id"]: key["lastUsedAt"] for key in dashboard.listed()}
    assert last_used[used["id"]].startswith("2031-05-06T07:10:0")
    assert last_used[unused["id"]] is None


@pytest.mark.checklist("FM-S30")
def test_fm_s30_own_limit_of_a_key_overrides_and_is_shown(
    sandbox: RunningSandbox, dashboard: Dashboard
) -> None:
    sandbox.control("PUT", "/profile", {"rate_limit": "strict", "limit_per_minute": 50})
    limited = dashboard.created(rateLimit=2)["apiKey"]
    plain = dashboard.created()["apiKey"]

    answers = [sandbox.read(limited, "/me") for _ in range(3)]

    assert [answer.status for answer in answers] == [200, 200, 429]
    assert {answer.headers["X-RateLimit-Limit"] for answer in answers} == {"2"}
    assert sandbox.read(plain, "/me").headers["X-RateLimit-Limit"] == "50"

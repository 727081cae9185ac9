"""Formaloo: credentials of data calls, envelope, slashes (FL-S8, FL-S11, FL-S12)."""

from __future__ import annotations

import base64

import pytest

from tests.contract.sandbox.formaloo_caller import GRANT, TOKEN_PATH, Caller, general_errors


@pytest.mark.checklist("FL-S8")
def test_fl_s8_both_credentials_are_needed_on_data_calls(caller: Caller) -> None:
    token = caller.token()
    tampered = token[:-4] + ("aaaa" if token[-4:] != "aaaa" else "bbbb")
    head, body, signature = token.split(".")
    forged = base64.urlsafe_b64encode(b'{"jti":"x","exp":9999999999}').rstrip(b"=").decode()

    def refused(**headers: str) -> tuple[int, list[str]]:
        answer = caller.get("/v3.0/forms/", token=token, **headers)
        assert set(answer.json()) == {"status", "errors", "data"}
        return answer.status, general_errors(answer)

    missing = (401, ["Authentication credentials were not provided."])
    broken = (401, ["Error decoding signature."])
    assert caller.get("/v3.0/forms/", token=token).status == 200
    assert refused(Authorization=f"Bearer {token}") == missing
    assert refused(Authorization="") == missing
    assert refused(Authorization="JWT None") == broken
    assert refused(Authorization=f"JWT {tampered}") == broken
    assert refused(Authorization=f"JWT {head}.{forged}.{signature}") == broken
    assert refused(Authorization=f"JWT {head}.{body}.") == broken
    assert refused(**{"x-api-key": ""}) == missing
    assert refused(**{"x-api-key": caller.pair["secret_key"]}) == missing


def test_replaced_pair_ends_the_old_one_at_once(caller: Caller) -> None:
    token = caller.token()
    new = {"api_key": "new-key", "secret_key": "new-secret"}

    replaced = caller.sandbox.control("PUT", "/formaloo", new)

    assert {name: replaced[name] for name in new} == new
    assert replaced["write_only_key"] == caller.pair["write_only_key"]
    assert caller.mint().status == 401
    assert caller.get("/v3.0/forms/", token=token).status == 401
    assert caller.get("/v3.0/forms/", token=token, **{"x-api-key": "new-key"}).status == 200
    assert caller.mint(Authorization="Basic new-secret").status == 200


@pytest.mark.checklist("FL-S11")
def test_fl_s11_missing_slash_redirects_a_get_and_fails_a_post(caller: Caller) -> None:
    token = caller.token()

    redirected = caller.get("/v3.0/forms?page=1", token=token)
    failed = caller.sandbox.request("POST", f"/v3.0{TOKEN_PATH[:-1]}", body=GRANT)

    assert redirected.status == 301
    assert redirected.headers["Location"] == "/v3.0/forms/?page=1"
    assert failed.status == 404


@pytest.mark.checklist("FL-S12")
def test_fl_s12_status_in_the_body_is_the_status(caller: Caller) -> None:
    token = caller.token()

    answers = [
        caller.get("/v3.0/forms/", token=token),
        caller.get("/v3.0/forms/unknown/", token=token),
        caller.get("/v3.0/nowhere/", token=token),
        caller.get("/v3.0/forms/", token="x"),
        caller.get("/v3.0/profile/", token=token),
        caller.sandbox.request("DELETE", "/v3.0/forms/"),
    ]

    assert [answer.status for answer in answers] == [200, 404, 404, 401, 200, 405]
    for answer in answers:
        document = answer.json()
        assert set(document) == {"status", "errors", "data"}
        assert document["status"] == answer.status
        assert set(document["errors"]) == {"general_errors", "form_errors"}

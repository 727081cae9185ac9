"""Formaloo: minting tokens and how long they live (FL-S1 to FL-S7)."""

from __future__ import annotations

import base64
import json
from typing import Any
from urllib.parse import urlencode

import pytest

from tests.contract.sandbox.formaloo_caller import GRANT, Caller, general_errors


def claims_of(token: str) -> dict[str, Any]:
    part = token.split(".")[1]
    return dict(json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))))


MULTIPART = (
    b'--xyz\r\nContent-Disposition: form-data; name="grant_type"\r\n\r\n'
    b"client_credentials\r\n--xyz--\r\n"
)


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (json.dumps(GRANT).encode(), "application/json"),
        (urlencode(GRANT).encode(), "application/x-www-form-urlencoded"),
        (MULTIPART, "multipart/form-data; boundary=xyz"),
    ],
)
@pytest.mark.checklist("FL-S1")
def test_fl_s1_token_comes_bare_for_every_encoding(
    caller: Caller, body: bytes, content_type: str
) -> None:
    answer = caller.mint(body=body, **{"Content-Type": content_type})

    assert answer.status == 200
    assert list(answer.json()) == ["authorization_token"]
    assert caller.get("/v3.0/forms/", token=answer.json()["authorization_token"]).status == 200


@pytest.mark.checklist("FL-S2")
def test_fl_s2_wrong_credentials_are_401_with_errors(caller: Caller) -> None:
    secret = caller.pair["secret_key"]
    wrong = [
        "Basic wrong",
        f"Basic {base64.b64encode(secret.encode()).decode()}",
        f"Bearer {secret}",
        f"JWT {secret}",
        f"Basic  {secret}",
        "Basic",
        "",
    ]

    answers = [caller.mint(Authorization=header) for header in wrong]

    assert {answer.status for answer in answers} == {401}
    assert all(general_errors(answer) for answer in answers)
    assert caller.sandbox.control("GET", "/formaloo")["token_mints"] == 0


@pytest.mark.parametrize(
    "grant", [{}, {"grant_type": ""}, {"grant_type": "client-credentials"}, {"grant_type": 5}]
)
@pytest.mark.checklist("FL-S2")
def test_fl_s2_wrong_grant_is_400_with_form_errors(caller: Caller, grant: dict[str, Any]) -> None:
    answer = caller.mint(body=grant)

    assert answer.status == 400
    assert list(answer.json()["errors"]["form_errors"]) == ["grant_type"]


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (b"{broken", "application/json"),
        (b"[]", "application/json"),
        (b"\xff\xff", "application/json"),
        (b"no parts", "multipart/form-data"),
        (
            b"&".join(b"a=%d" % number for number in range(2000)),
            "application/x-www-form-urlencoded",
        ),
    ],
)
def test_broken_token_request_is_400(caller: Caller, body: bytes, content_type: str) -> None:
    answer = caller.mint(body=body, **{"Content-Type": content_type})

    assert answer.status == 400
    assert set(answer.json()) == {"status", "errors", "data"}


@pytest.mark.checklist("FL-S3")
def test_fl_s3_api_key_on_the_token_call_is_optional_but_must_fit(caller: Caller) -> None:
    assert caller.mint(**{"x-api-key": caller.pair["api_key"]}).status == 200
    assert caller.mint(**{"x-api-key": "other"}).status == 401
    assert caller.mint().status == 200

    caller.sandbox.control("PUT", "/profile", {"formaloo_token_requires_key": True})

    assert caller.mint().status == 401
    assert caller.mint(**{"x-api-key": caller.pair["api_key"]}).status == 200


@pytest.mark.checklist("FL-S3")
def test_fl_s3_created_status_is_a_knob(caller: Caller) -> None:
    caller.sandbox.control("PUT", "/profile", {"formaloo_token_status": 201})

    assert caller.mint().status == 201


@pytest.mark.checklist("FL-S4")
def test_fl_s4_token_lives_29_seconds_and_not_31(caller: Caller) -> None:
    token = caller.token()

    caller.sandbox.control("PUT", "/clock", {"offset_seconds": 29})
    assert caller.get("/v3.0/forms/", token=token).status == 200
    caller.sandbox.control("PUT", "/clock", {"offset_seconds": 31})
    refused = caller.get("/v3.0/forms/", token=token)

    assert (refused.status, general_errors(refused)) == (401, ["Signature has expired."])
    assert caller.get("/v3.0/forms/", token=caller.token()).status == 200
    claims = claims_of(token)
    assert claims["exp"] - claims["iat"] in (30, 31)


@pytest.mark.checklist("FL-S4")
def test_fl_s4_lifetime_is_a_knob(caller: Caller) -> None:
    caller.sandbox.control("PUT", "/profile", {"formaloo_token_ttl_seconds": 300})
    token = caller.token()

    caller.sandbox.control("PUT", "/clock", {"offset_seconds": 299})
    assert caller.get("/v3.0/forms/", token=token).status == 200
    caller.sandbox.control("PUT", "/clock", {"offset_seconds": 301})
    assert caller.get("/v3.0/forms/", token=token).status == 401


@pytest.mark.checklist("FL-S4")
def test_fl_s4_exp_claim_can_mislead(caller: Caller) -> None:
    thirty_days = 30 * 86400
    caller.sandbox.control("PUT", "/profile", {"formaloo_token_exp_seconds": thirty_days})
    token = caller.token()
    claims = claims_of(token)

    caller.sandbox.control("PUT", "/clock", {"offset_seconds": 31})

    assert claims["exp"] - claims["iat"] in (thirty_days, thirty_days + 1)
    assert caller.get("/v3.0/forms/", token=token).status == 401


@pytest.mark.checklist("FL-S5")
def test_fl_s5_older_tokens_live_on(caller: Caller) -> None:
    tokens = [caller.token() for _ in range(20)]

    assert len(set(tokens)) == 20
    assert {caller.get("/v3.0/forms/", token=token).status for token in tokens} == {200}


@pytest.mark.checklist("FL-S6")
def test_fl_s6_mints_are_counted(caller: Caller) -> None:
    for _ in range(3):
        caller.token()

    assert caller.sandbox.control("GET", "/formaloo")["token_mints"] == 3


@pytest.mark.checklist("FL-S7")
def test_fl_s7_every_version_answers(caller: Caller) -> None:
    for version in ("v1.0", "v2.0", "v3", "v3.0"):
        token = caller.mint(version=version).json()["authorization_token"]
        assert caller.get(f"/{version}/forms/", token=token).status == 200

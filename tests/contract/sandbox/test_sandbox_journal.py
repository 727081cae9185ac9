"""The journal of requests, and what may never be seen in it or elsewhere (X-S2, X-S4)."""

from __future__ import annotations

import hashlib
import json
from typing import Any

import pytest

from sandbox.journal import Entry, Journal
from sandbox.testing import RunningSandbox, bearer


@pytest.mark.checklist("X-S2")
def test_x_s2_journal_records_every_provider_request(sandbox: RunningSandbox, api_key: str) -> None:
    (key,) = sandbox.control("GET", "/keys")["keys"]
    body = json.dumps({"templateId": "welcome", "to": [{"email": "a@b.co"}]}).encode()
    sandbox.request("POST", "/api/emails/send", body=body, headers=bearer(api_key))
    sandbox.request("GET", "/v3.0/forms/?page=2")
    sandbox.request("GET", "/elsewhere")

    journal = sandbox.control("GET", "/requests")

    assert journal["total"] == 3
    facts = [
        (entry["provider"], entry["method"], entry["path"], entry["query"], entry["status"])
        for entry in journal["requests"]
    ]
    assert facts == [
        ("forma-mail", "POST", "/api/emails/send", "", 201),
        ("formaloo", "GET", "/v3.0/forms/", "page=2", 401),
        ("unknown", "GET", "/elsewhere", "", 404),
    ]
    first = journal["requests"][0]
    assert first["keyId"] == key["id"]
    assert first["bodySha256"] == hashlib.sha256(body).hexdigest()
    assert first["headers"]["Authorization"] == "Bearer ***"
    assert first["at"] == sandbox.accepted()[0]["acceptedAt"]
    assert sandbox.control("GET", "/requests?limit=1&offset=1")["requests"][0]["path"] == (
        "/v3.0/forms/"
    )


@pytest.mark.checklist("X-S2")
def test_x_s2_journal_is_bounded_and_says_what_it_forgot() -> None:
    journal = Journal(capacity=3)
    for number in range(5):
        journal.add(Entry(float(number), "forma-mail", "GET", "/api/me", "", ()))

    def moments(*, limit: int, offset: int) -> list[float]:
        return [entry.at for entry in journal.read(limit=limit, offset=offset)]

    assert (journal.total, journal.forgotten) == (5, 2)
    assert moments(limit=10, offset=0) == [2.0, 3.0, 4.0]
    assert moments(limit=3, offset=0) == [2.0]
    assert moments(limit=1, offset=3) == [3.0]
    assert moments(limit=1, offset=5) == []


def secrets_of(pair: dict[str, Any], *more: str) -> list[str]:
    return [pair["api_key"], pair["secret_key"], pair["write_only_key"], *more]


@pytest.mark.checklist("X-S4")
def test_x_s4_credentials_are_neither_logged_nor_echoed() -> None:
    with RunningSandbox() as sandbox:
        api_key = sandbox.mint_key()
        pair = sandbox.control("GET", "/formaloo")
        minted = sandbox.request(
            "POST",
            "/v3.0/oauth2/authorization-token/",
            body={"grant_type": "client_credentials"},
            headers={"Authorization": f"Basic {pair['secret_key']}", "x-api-key": pair["api_key"]},
        )
        token = minted.json()["authorization_token"]
        secrets = secrets_of(pair, api_key, token)
        answers = [
            sandbox.read(api_key, f"/emails/{api_key}"),
            sandbox.read(api_key, f"/emails?recipient={api_key}&token={token}"),
            sandbox.send(api_key, templateId=api_key, to=[{"email": token}]),
            sandbox.request("GET", f"/api/{api_key}", headers={"Authorization": api_key}),
            sandbox.request("GET", f"/v3.0/forms/?x-api-key={pair['api_key']}"),
            sandbox.request(
                "GET",
                "/v3.0/forms/",
                headers={"Authorization": f"JWT {token}x", "x-api-key": pair["api_key"]},
            ),
            sandbox.request("GET", "/_sandbox/requests"),
            sandbox.request("GET", "/_sandbox/keys"),
        ]
        status, output = sandbox.stop()

    shown = b"".join(answer.body for answer in answers).decode() + output
    assert status == 0
    assert [secret for secret in secrets if secret in shown] == []
    assert output == ""

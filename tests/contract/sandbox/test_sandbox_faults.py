"""The fault menu (FM-S34 to FM-S36, FL-S34)."""

from __future__ import annotations

import contextlib
import http.client
import json
import time
from typing import Any

import pytest

from sandbox.testing import Answer, RunningSandbox, bearer

SEND = "POST /emails/send"


def script(sandbox: RunningSandbox, fault: str, *, route: str = SEND, **fields: Any) -> None:
    sandbox.control("POST", "/faults", {"route": route, "fault": fault, **fields})


def journal_statuses(sandbox: RunningSandbox) -> list[int | None]:
    return [entry["status"] for entry in sandbox.control("GET", "/requests")["requests"]]


@pytest.mark.parametrize(
    ("fault", "accepted"),
    [
        ("accept_then_drop", 1),
        ("drop_before_accept", 0),
        ("accept_then_hang:0.05", 1),
        ("hang:0.05", 0),
    ],
)
@pytest.mark.checklist("FM-S34", "FM-S35")
def test_fm_s34_s35_dropped_connections_look_alike(
    sandbox: RunningSandbox, api_key: str, fault: str, accepted: int
) -> None:
    script(sandbox, fault)

    with pytest.raises(http.client.RemoteDisconnected) as caught:
        sandbox.send(api_key)

    assert type(caught.value) is http.client.RemoteDisconnected
    assert len(sandbox.accepted()) == accepted
    assert journal_statuses(sandbox) == [None]
    assert sandbox.send(api_key).status == 201


@pytest.mark.parametrize(
    ("fault", "accepted"), [("accept_then_hang:30", 1), ("hang:30", 0), ("slow:30000", 1)]
)
@pytest.mark.checklist("FM-S34")
def test_fm_s34_answer_beyond_the_patience_of_the_client(
    sandbox: RunningSandbox, api_key: str, fault: str, accepted: int
) -> None:
    script(sandbox, fault)
    body = {"templateId": "welcome", "to": [{"email": "a@b.co"}]}

    with pytest.raises(TimeoutError):
        sandbox.request(
            "POST", "/api/emails/send", body=body, headers=bearer(api_key), timeout_seconds=0.2
        )

    assert len(sandbox.accepted()) == accepted


def test_hang_and_slow_last_as_long_as_they_say(sandbox: RunningSandbox, api_key: str) -> None:
    for fault in ("slow:100", "drip:0.1", "accept_then_hang:0.1"):
        script(sandbox, fault)
    script(sandbox, "hang:0.1")
    durations = []
    for _ in range(4):
        started = time.monotonic()
        with contextlib.suppress(http.client.RemoteDisconnected):
            assert sandbox.send(api_key).status == 201
        durations.append(time.monotonic() - started)

    assert min(durations) >= 0.1
    assert len(sandbox.accepted()) == 3


@pytest.mark.parametrize("status", [400, 401, 404, 422, 429, 500, 502, 503, 504])
@pytest.mark.checklist("FM-S36")
def test_fm_s36_status_comes_in_the_documented_body(
    sandbox: RunningSandbox, api_key: str, status: int
) -> None:
    script(sandbox, f"status:{status}")

    answer = sandbox.send(api_key)

    assert answer.status == status
    assert set(answer.json()) == {"statusCode", "code", "message", "timestamp", "path"}
    assert answer.headers["Retry-After"] is None
    assert sandbox.accepted() == []
    assert journal_statuses(sandbox) == [status]


@pytest.mark.parametrize("status", [500, 502, 504])
@pytest.mark.checklist("FM-S34")
def test_fm_s34_accepted_although_the_status_says_otherwise(
    sandbox: RunningSandbox, api_key: str, status: int
) -> None:
    script(sandbox, f"accept_then_status:{status}")

    assert sandbox.send(api_key).status == status
    assert len(sandbox.accepted()) == 1


@pytest.mark.parametrize(
    ("fault", "status", "accepted"),
    [("html", 502, 0), ("html:503", 503, 0), ("accept_then_html:200", 200, 1)],
)
@pytest.mark.checklist("FM-S36")
def test_fm_s36_html_bodies(
    sandbox: RunningSandbox, api_key: str, fault: str, status: int, accepted: int
) -> None:
    script(sandbox, fault)

    answer = sandbox.send(api_key)

    assert (answer.status, answer.headers.get_content_type()) == (status, "text/html")
    assert answer.body.startswith(b"<html>")
    assert len(sandbox.accepted()) == accepted


@pytest.mark.checklist("FM-S36")
def test_fm_s36_empty_body_after_accepting(sandbox: RunningSandbox, api_key: str) -> None:
    script(sandbox, "empty")

    answer = sandbox.send(api_key)

    assert (answer.status, answer.body) == (201, b"")
    assert len(sandbox.accepted()) == 1


@pytest.mark.checklist("FM-S36")
def test_fm_s36_truncated_body_breaks_its_promised_length(
    sandbox: RunningSandbox, api_key: str
) -> None:
    script(sandbox, "truncated")

    with pytest.raises(http.client.IncompleteRead) as caught:
        sandbox.send(api_key)

    partial, missing = caught.value.partial, caught.value.expected
    assert partial.startswith(b'{"success":true')
    assert missing in (len(partial), len(partial) + 1)
    assert len(sandbox.accepted()) == 1


@pytest.mark.checklist("FM-S36")
def test_fm_s36_broken_json_is_framed_correctly(sandbox: RunningSandbox, api_key: str) -> None:
    script(sandbox, "broken_json")

    answer = sandbox.send(api_key)

    assert answer.status == 201
    with pytest.raises(json.JSONDecodeError):
        answer.json()
    assert len(sandbox.accepted()) == 1


@pytest.mark.checklist("FM-S36")
def test_fm_s36_dripped_body_is_complete(sandbox: RunningSandbox, api_key: str) -> None:
    script(sandbox, "drip:0.1")

    answer = sandbox.send(api_key)

    assert answer.status == 201
    assert answer.headers["X-RateLimit-Limit"] == "100"
    assert answer.json()["data"]["id"] == sandbox.accepted()[0]["id"]


@pytest.mark.parametrize("text", ["45", "-3", "Wed, 21 Oct 2065 07:28:00 GMT", "garbage", "1e10"])
def test_retry_after_says_what_it_is_told(sandbox: RunningSandbox, api_key: str, text: str) -> None:
    script(sandbox, f"retry_after:{text}")

    answer = sandbox.send(api_key)

    assert (answer.status, answer.headers["Retry-After"]) == (429, text)
    assert answer.json()["code"] == "RATE_LIMIT_EXCEEDED"
    assert sandbox.accepted() == []


def test_empty_retry_after_sends_no_header(sandbox: RunningSandbox, api_key: str) -> None:
    script(sandbox, "retry_after:")

    assert sandbox.send(api_key).headers["Retry-After"] is None


def test_executed_means_as_usual(sandbox: RunningSandbox, api_key: str) -> None:
    script(sandbox, "accept_then_status:500")

    assert sandbox.send(api_key, to=[]).status == 500
    assert sandbox.accepted() == []


@pytest.mark.checklist("FL-S34")
def test_fl_s34_formaloo_suffers_the_same_faults_in_its_own_words(sandbox: RunningSandbox) -> None:
    token_route = "POST /oauth2/authorization-token/"
    script(sandbox, "status:503", route=token_route)
    script(sandbox, "retry_after:7", route=token_route)
    script(sandbox, "accept_then_drop", route=token_route)
    secret = sandbox.control("GET", "/formaloo")["secret_key"]

    def mint() -> Answer:
        return sandbox.request(
            "POST",
            "/v3.0/oauth2/authorization-token/",
            body={"grant_type": "client_credentials"},
            headers={"Authorization": f"Basic {secret}"},
        )

    failed, throttled = mint(), mint()
    with pytest.raises(http.client.RemoteDisconnected):
        mint()

    assert (failed.status, failed.json()["status"]) == (503, 503)
    assert failed.json()["errors"]["general_errors"] == ["A server error occurred."]
    assert (throttled.status, throttled.headers["Retry-After"]) == (429, "7")
    assert sandbox.control("GET", "/formaloo")["token_mints"] == 1
    assert mint().status == 200


def test_latency_delays_the_answer_of_an_accepted_mail(
    sandbox: RunningSandbox, api_key: str
) -> None:
    sandbox.control("PUT", "/profile", {"latency_ms": 150})
    started = time.monotonic()

    assert sandbox.send(api_key).status == 201

    assert time.monotonic() - started >= 0.15
    assert sandbox.accepted()[0]["acceptedAt"] < sandbox.control("GET", "/clock")["now"] - 0.1

"""Forma Mail's webhook subscriptions, and the deliveries to them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from formarelay.errors import WebhookRefusedError
from formarelay.formamail.deliveries import read_event
from formarelay.redact import Secret
from sandbox.testing import Answer, RunningSandbox, bearer
from tests.contract.sandbox.webhook_receiver import (
    Received,
    Receiver,
    node_sdk_accepts,
    python_sdk_accepts,
    wait_until,
)

PATH = "/api/v1/webhook-subscriptions"
EVENTS = ["email.sent", "email.delivered"]


def call(
    sandbox: RunningSandbox, key: str, method: str, path: str = "", body: object = None
) -> Answer:
    return sandbox.request(method, f"{PATH}{path}", body=body, headers=bearer(key))


def subscribe(sandbox: RunningSandbox, key: str, url: str, *events: str) -> dict[str, Any]:
    body = {"url": url, "events": list(events) or EVENTS, "name": "n"}
    data: dict[str, Any] = call(sandbox, key, "POST", "", body).json()["data"]
    return data


def deliveries(sandbox: RunningSandbox) -> list[dict[str, Any]]:
    return list(sandbox.control("GET", "/deliveries")["deliveries"])


def settled(sandbox: RunningSandbox, status: str) -> dict[str, Any]:
    """The one delivery, once it has that status."""
    wait_until(lambda: [item["status"] for item in deliveries(sandbox)] == [status])
    return deliveries(sandbox)[0]


def now_of(sandbox: RunningSandbox) -> float:
    return float(sandbox.control("GET", "/clock")["now"])


def verdicts(received: Received, secret: str, *, now: float) -> list[bool]:
    """Of both SDKs and of our own client."""
    try:
        read_event(received.body, received.signature, secret=Secret(secret), now=now)
    except WebhookRefusedError:
        ours = False
    else:
        ours = True
    return [
        node_sdk_accepts(received, secret, now=now),
        python_sdk_accepts(received, secret, now=now),
        ours,
    ]


@pytest.mark.checklist("FM-S37")
def test_fm_s37_a_subscription_is_made_read_changed_and_ended(
    sandbox: RunningSandbox, api_key: str
) -> None:
    url = "http://127.0.0.1:9/a"
    created = call(sandbox, api_key, "POST", "", {"url": url, "events": EVENTS, "name": "n"})
    made = created.json()["data"]
    assert (created.status, made["active"], made["url"]) == (201, True, url)
    secret = made.pop("secret")
    assert len(secret) >= 32
    one = f"/{made['id']}"

    assert call(sandbox, api_key, "GET", one).json()["data"] == made
    assert call(sandbox, api_key, "GET").json()["data"] == [made]
    put = call(sandbox, api_key, "PUT", one, {"events": ["email.bounced"]}).json()["data"]
    assert put == {**made, "events": ["email.bounced"], "updatedAt": put["updatedAt"]}
    patched = call(sandbox, api_key, "PATCH", one, {"active": False, "description": "d"})
    changed = patched.json()["data"]
    assert (changed["active"], changed["name"], changed["url"]) == (False, "d", url)

    ended = call(sandbox, api_key, "DELETE", one)
    assert (ended.status, ended.json()["data"]["id"]) == (200, made["id"])
    for method in ("GET", "PUT", "PATCH", "DELETE"):
        assert call(sandbox, api_key, method, one, {}).status == 404
    assert call(sandbox, api_key, "POST", f"{one}/test").status == 404


@pytest.mark.checklist("FM-S37")
def test_fm_s37_a_deletion_without_a_body_is_a_knob(sandbox: RunningSandbox, api_key: str) -> None:
    sandbox.control("PUT", "/profile", {"webhook_delete_body": False})
    made = subscribe(sandbox, api_key, "http://localhost:9/")

    answer = call(sandbox, api_key, "DELETE", f"/{made['id']}")

    assert (answer.status, answer.body) == (204, b"")


@pytest.mark.checklist("FM-S37")
def test_fm_s37_a_test_sends_an_event(sandbox: RunningSandbox, api_key: str) -> None:
    with Receiver() as receiver:
        made = subscribe(sandbox, api_key, receiver.url, "email.bounced")
        answer = call(sandbox, api_key, "POST", f"/{made['id']}/test")
        (received,) = receiver.wait_for(1)

    assert answer.status == 200
    assert received.event["id"] == answer.json()["data"]["eventId"]
    assert (received.event["type"], received.event["data"]["test"]) == ("email.bounced", True)


@pytest.mark.parametrize(
    "url",
    [
        *("https://example.com/hook", "http://example.com/", "http://10.0.0.1/", "http://[::2]/"),
        *("https://127.0.0.1/", "ftp://localhost/"),
        *("http://127.0.0.1@example.com/", "http://localhost.example.com/", "file:///etc/passwd"),
        *("http://127.0.0.1:99999/", "http://0.0.0.0/", "", 7, None, "http://[::1", "x" * 600),
    ],
)
def test_nothing_is_ever_sent_off_this_machine(
    sandbox: RunningSandbox, api_key: str, url: object
) -> None:
    answer = call(sandbox, api_key, "POST", "", {"url": url, "events": EVENTS})
    assert (answer.status, answer.json()["code"]) == (400, "ERR_VALID_001")
    assert [item["field"] for item in answer.json()["relatedInfo"]["errors"]] == ["url"]

    made = subscribe(sandbox, api_key, "http://[::1]:9/")
    assert call(sandbox, api_key, "PUT", f"/{made['id']}", {"url": url}).status == 400
    assert call(sandbox, api_key, "GET", f"/{made['id']}").json()["data"]["url"] == made["url"]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"events": []}, "events"),
        ({"events": ["email.read"]}, "events"),
        ({"events": [{}]}, "events"),
        ({"name": "a\nb"}, "name"),
        ({"active": 1}, "active"),
    ],
)
def test_faults_of_a_subscription_are_named(
    sandbox: RunningSandbox, api_key: str, body: dict[str, object], field: str
) -> None:
    whole = {"url": "http://127.0.0.1:9/", "events": EVENTS, **body}
    answer = call(sandbox, api_key, "POST", "", whole)
    assert answer.status == 400
    assert [item["field"] for item in answer.json()["relatedInfo"]["errors"]] == [field]
    assert call(sandbox, api_key, "GET").json()["data"] == []


@pytest.mark.checklist("FM-S38")
def test_fm_s38_both_official_verifiers_and_ours_accept_a_delivery(
    sandbox: RunningSandbox, api_key: str
) -> None:
    with Receiver() as receiver:
        secret = subscribe(sandbox, api_key, receiver.url)["secret"]
        mail_id = sandbox.send(api_key).json()["data"]["id"]
        sandbox.control("PUT", "/clock", {"offset_seconds": 60})
        received = receiver.wait_for(2)
        now = now_of(sandbox)

    assert [item.event["type"] for item in received] == EVENTS
    assert [item.event["data"]["emailId"] for item in received] == [mail_id, mail_id]
    assert received[0].event.keys() == {"id", "type", "timestamp", "data"}
    for item in received:
        assert verdicts(item, secret, now=now) == [True, True, True]
        assert verdicts(item, "another", now=now) == [False, False, False]
        assert verdicts(item, secret, now=now + 302) == [False, False, False]


@pytest.mark.checklist("FM-S38")
@pytest.mark.parametrize("kind", ["wrong", "stale"])
def test_fm_s38_signatures_that_no_verifier_accepts(
    sandbox: RunningSandbox, api_key: str, kind: str
) -> None:
    sandbox.control("PUT", "/profile", {"webhook_signature": kind})
    with Receiver() as receiver:
        made = subscribe(sandbox, api_key, receiver.url)
        call(sandbox, api_key, "POST", f"/{made['id']}/test")
        (received,) = receiver.wait_for(1)

    now = now_of(sandbox)
    assert verdicts(received, made["secret"], now=now) == [False, False, False]
    then = now - 400 if kind == "stale" else now
    assert verdicts(received, made["secret"], now=then) == [kind == "stale"] * 3


@pytest.mark.checklist("FM-S38")
def test_fm_s38_duplicates_keep_the_id_of_their_event(
    sandbox: RunningSandbox, api_key: str
) -> None:
    sandbox.control("PUT", "/profile", {"webhook_duplicates": 2})
    with Receiver() as receiver:
        made = subscribe(sandbox, api_key, receiver.url)
        call(sandbox, api_key, "POST", f"/{made['id']}/test")
        received = receiver.wait_for(3)
        wait_until(lambda: deliveries(sandbox)[0]["answers"] == [200, 200, 200])

    assert len({item.event["id"] for item in received}) == 1


@pytest.mark.checklist("FM-S38")
def test_fm_s38_later_events_may_come_first(sandbox: RunningSandbox, api_key: str) -> None:
    sandbox.control("PUT", "/profile", {"webhook_order": "reversed", "status_step_seconds": 100})
    with Receiver() as receiver:
        subscribe(sandbox, api_key, receiver.url)
        sandbox.send(api_key)
        sandbox.control("PUT", "/clock", {"offset_seconds": 400})
        received = receiver.wait_for(2)

    assert [item.event["type"] for item in received] == EVENTS[::-1]


@pytest.mark.checklist("FM-S38")
def test_fm_s38_payload_of_the_documentation(sandbox: RunningSandbox, api_key: str) -> None:
    sandbox.control("PUT", "/profile", {"webhook_payload": "docs"})
    with Receiver() as receiver:
        secret = subscribe(sandbox, api_key, receiver.url, "email.sent")["secret"]
        mail_id = sandbox.send(api_key).json()["data"]["id"]
        sandbox.control("PUT", "/clock", {"offset_seconds": 60})
        (received,) = receiver.wait_for(1)

    assert received.event.keys() == {"event", "data"}
    assert received.event["data"]["emailLogId"] == mail_id
    event = read_event(
        received.body, received.signature, secret=Secret(secret), now=now_of(sandbox)
    )
    assert (event.type, event.email_id) == ("email.sent", mail_id)


@pytest.mark.checklist("FM-S39")
def test_fm_s39_tried_again_by_the_schedule_until_2xx(
    sandbox: RunningSandbox, api_key: str
) -> None:
    sandbox.control("PUT", "/profile", {"webhook_retry_seconds": [1000, 2000, 3000]})
    with Receiver(500, 302, 204) as receiver:
        made = subscribe(sandbox, api_key, receiver.url)
        call(sandbox, api_key, "POST", f"/{made['id']}/test")
        for count, offset in ((1, 1100), (2, 3300)):
            receiver.wait_for(count)
            wait_until(lambda count=count: len(deliveries(sandbox)[0]["answers"]) == count)
            assert deliveries(sandbox)[0]["status"] == "pending"
            assert deliveries(sandbox)[0]["dueAt"] - now_of(sandbox) > count * 1000 - 200
            sandbox.control("PUT", "/clock", {"offset_seconds": offset})
        done = settled(sandbox, "delivered")
        sandbox.control("PUT", "/clock", {"offset_seconds": 100_000})
        bodies = {item.body for item in receiver.received}

    assert done["answers"] == [500, 302, 204]
    assert len(bodies) == 1
    assert len(receiver.received) == 3


@pytest.mark.checklist("FM-S39")
def test_fm_s39_no_answer_in_time_is_a_failure_and_the_schedule_ends(
    sandbox: RunningSandbox, api_key: str
) -> None:
    assert sandbox.control("GET", "/profile")["webhook_timeout_seconds"] == 30.0
    knobs = {"webhook_timeout_seconds": 0.2, "webhook_retry_seconds": [0]}
    sandbox.control("PUT", "/profile", knobs)
    with Receiver(0, 400) as receiver:
        made = subscribe(sandbox, api_key, receiver.url)
        call(sandbox, api_key, "POST", f"/{made['id']}/test")
        failed = settled(sandbox, "failed")

    assert failed["answers"] == [None, 400]


def test_a_bounce_is_told_in_place_of_the_delivery(sandbox: RunningSandbox, api_key: str) -> None:
    sandbox.control("PUT", "/profile", {"recipient_endings": {"ada@*": "bounced"}})
    with Receiver() as receiver:
        subscribe(sandbox, api_key, receiver.url, *EVENTS, "email.bounced")
        sandbox.send(api_key)
        sandbox.control("PUT", "/clock", {"offset_seconds": 60})
        received = receiver.wait_for(2)

    assert [item.event["type"] for item in received] == ["email.sent", "email.bounced"]
    assert received[1].event["data"]["bounceReason"] == "mailbox does not exist"


def test_what_is_switched_off_or_ended_gets_nothing(sandbox: RunningSandbox, api_key: str) -> None:
    sandbox.control("PUT", "/profile", {"status_step_seconds": 100})
    with Receiver() as receiver:
        off = subscribe(sandbox, api_key, receiver.url, "email.sent")
        ended = subscribe(sandbox, api_key, receiver.url, "email.sent")
        sandbox.send(api_key)
        call(sandbox, api_key, "PATCH", f"/{off['id']}", {"active": False})
        call(sandbox, api_key, "DELETE", f"/{ended['id']}")
        sandbox.control("PUT", "/clock", {"offset_seconds": 400})
        wait_until(lambda: [item["status"] for item in deliveries(sandbox)] == ["cancelled"] * 2)

    assert receiver.received == []


def test_subscriptions_survive_a_restart_and_still_sign(tmp_path: Path) -> None:
    database = str(tmp_path / "state.db")
    with Receiver() as receiver:
        with RunningSandbox(database=database) as first:
            key = first.mint_key()
            made = subscribe(first, key, receiver.url)
        with RunningSandbox(database=database) as second:
            call(second, key, "POST", f"/{made['id']}/test")
            (received,) = receiver.wait_for(1)
            now = now_of(second)

    assert verdicts(received, made["secret"], now=now) == [True, True, True]

"""The webhooks of a form of Formaloo, and the deliveries to them."""

from __future__ import annotations

from typing import Any

import pytest

from formarelay.errors import WebhookRefusedError
from formarelay.formaloo.deliveries import read_event
from formarelay.redact import Secret
from sandbox.testing import Answer, RunningSandbox
from tests.contract.sandbox.formaloo_workspace import Workspace
from tests.contract.sandbox.webhook_receiver import Receiver, wait_until

SECRET = "shared-secret"


def call(
    workspace: Workspace, method: str, path: str = "", body: object = None, *, form: str = ""
) -> Answer:
    return workspace.sandbox.request(
        method,
        f"/v3.0/forms/{form or workspace.form['slug']}/webhooks/{path}",
        body=body,
        headers=workspace.headers(),
    )


def make(workspace: Workspace, url: str, **fields: object) -> dict[str, Any]:
    answer = call(workspace, "POST", "", {"url": url, "secret": SECRET, **fields})
    webhook: dict[str, Any] = answer.json()["data"]["webhook"]
    return webhook


def answers(sandbox: RunningSandbox) -> list[int | None]:
    (delivery,) = sandbox.control("GET", "/deliveries")["deliveries"]
    return list(delivery["answers"])


@pytest.mark.checklist("FL-S31")
def test_fl_s31_a_webhook_is_made_read_changed_and_ended(workspace: Workspace) -> None:
    url = "http://127.0.0.1:9/a"
    created = call(workspace, "POST", "", {"url": url, "secret": SECRET, "title": "t"})
    assert (created.status, created.json()["status"]) == (200, 200)
    made = created.json()["data"]["webhook"]
    assert (made["url"], made["active"], made["form_submit_events"]) == (url, True, True)
    one = f"{made['slug']}/"

    assert call(workspace, "GET", one).json()["data"] == {"webhook": made}
    assert call(workspace, "GET").json()["data"] == {"webhooks": [made]}
    changed = call(workspace, "PATCH", one, {"active": False}).json()["data"]["webhook"]
    assert changed == {**made, "active": False, "updated_at": changed["updated_at"]}
    assert call(workspace, "PUT", one, {"url": "https://example.com/"}).status == 400

    assert call(workspace, "DELETE", one).status == 200
    assert call(workspace, "GET").json()["data"] == {"webhooks": []}
    for method in ("GET", "PUT", "PATCH", "DELETE"):
        assert call(workspace, method, one, {}).status == 404
    assert call(workspace, "POST", f"{one}send-test/").status == 404
    assert call(workspace, "POST", "", {"url": url}, form="none").status == 404


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        ({}, ["url"]),
        ({"url": "http://example.com/"}, ["url"]),
        ({"url": "http://127.0.0.1:9/", "active": "yes"}, ["active"]),
        ({"url": "http://127.0.0.1:9/", "secret": "a\nb", "title": 1}, ["secret", "title"]),
    ],
)
def test_a_faulty_webhook_is_refused_by_its_fields(
    workspace: Workspace, body: dict[str, object], fields: list[str]
) -> None:
    answer = call(workspace, "POST", "", body)

    assert answer.status == 400
    assert sorted(answer.json()["errors"]["form_errors"]) == fields
    assert call(workspace, "GET").json()["data"] == {"webhooks": []}


@pytest.mark.checklist("FL-S32")
def test_fl_s32_a_submission_is_told_with_the_shared_token(workspace: Workspace) -> None:
    with Receiver() as receiver:
        make(workspace, receiver.url)
        row = workspace.submit(workspace.valid()).json()["data"]["row"]
        (received,) = receiver.wait_for(1)

    assert received.headers["X-Formaloo-Token"] == SECRET
    assert received.event["event_type"] == "form_submit"
    assert (received.event["form"], received.event["data"]) == (workspace.form["slug"], row["data"])
    assert received.event.keys() == {
        *("event_type", "event_id", "slug", "submit_code", "form", "data", "rendered_data"),
        *("readable_data", "created_at", "updated_at"),
    }
    event = read_event(received.body, SECRET, secret=Secret(SECRET))
    assert (event.row.slug, event.event_id) == (row["slug"], received.event["event_id"])
    with pytest.raises(WebhookRefusedError):
        read_event(received.body, "other", secret=Secret(SECRET))


@pytest.mark.checklist("FL-S32")
def test_fl_s32_anything_but_200_is_tried_again_and_200_ends_it(
    sandbox: RunningSandbox, workspace: Workspace
) -> None:
    sandbox.control("PUT", "/profile", {"formaloo_webhook_retry_seconds": [1000, 2000, 3000]})
    with Receiver(500, 204, 200) as receiver:
        make(workspace, receiver.url)
        workspace.submit(workspace.valid())
        for count, offset in ((1, 1100), (2, 3300)):
            wait_until(lambda count=count: len(answers(sandbox)) == count)
            sandbox.control("PUT", "/clock", {"offset_seconds": offset})
        wait_until(lambda: answers(sandbox) == [500, 204, 200])

    (delivery,) = sandbox.control("GET", "/deliveries")["deliveries"]
    assert delivery["status"] == "delivered"
    assert len({item.event["event_id"] for item in receiver.received}) == 1
    assert len(receiver.received) == 3


@pytest.mark.checklist("FL-S32")
def test_fl_s32_duplicates_keep_their_event_id(
    sandbox: RunningSandbox, workspace: Workspace
) -> None:
    sandbox.control("PUT", "/profile", {"webhook_duplicates": 1})
    with Receiver() as receiver:
        make(workspace, receiver.url)
        workspace.submit(workspace.valid())
        received = receiver.wait_for(2)

    assert received[0].event == received[1].event


@pytest.mark.checklist("FL-S33")
def test_fl_s33_a_test_is_202_before_its_delivery_ends(
    sandbox: RunningSandbox, workspace: Workspace
) -> None:
    with Receiver(0) as receiver:
        made = make(workspace, receiver.url)
        answer = call(workspace, "POST", f"{made['slug']}/send-test/")
        assert (answer.status, answer.json()["data"]) == (202, {})
        (received,) = receiver.wait_for(1)
        # The receiver has not answered yet.
        assert answers(sandbox) == []

    sample = call(workspace, "GET", f"{made['slug']}/sample-data/").json()["data"]
    assert received.event.keys() == sample.keys()
    assert received.event["slug"] == workspace.form["rows"][-1]


def test_what_the_webhook_did_not_ask_for_is_not_told(workspace: Workspace) -> None:
    with Receiver() as receiver:
        make(workspace, receiver.url, send_raw_data=False, send_rendered_data=False)
        workspace.submit(workspace.valid())
        (received,) = receiver.wait_for(1)
        make(workspace, receiver.url, form_submit_events=False, title="silent")
        workspace.submit(workspace.valid())
        receiver.wait_for(2)

    assert received.event.keys() & {"data", "rendered_data"} == set()
    assert len(workspace.sandbox.control("GET", "/deliveries")["deliveries"]) == 2

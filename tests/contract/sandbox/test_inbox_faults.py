"""The fault menu of the inbox switches the faults that the control interface knows."""

from __future__ import annotations

from urllib.parse import urlencode

import pytest

from sandbox.fault_menu import MENU
from sandbox.testing import RunningSandbox
from tests.contract.sandbox.inbox_reader import Document, look, post

SEND = "POST /emails/send"


def switch_on(sandbox: RunningSandbox, **fields: str) -> None:
    answer = post(sandbox, "/inbox/faults", urlencode({"route": SEND, **fields}))
    assert (answer.status, answer.headers["Location"]) == (303, "/inbox/faults")


def test_a_fault_strikes_until_it_is_switched_off(sandbox: RunningSandbox, api_key: str) -> None:
    switch_on(sandbox, kind="status", argument="503", times="")
    struck = [sandbox.send(api_key).status for _ in range(2)]
    page = look(sandbox, "/inbox/faults")
    off = [str(item["action"]) for _, item in page.elements if "/off" in str(item.get("action"))]

    answer = post(sandbox, off[0])

    assert struck == [503, 503]
    assert "2 of 2 calls struck" in page.text
    assert "until switched off" in page.text
    assert (answer.status, answer.headers["Location"]) == (303, "/inbox/faults")
    assert sandbox.send(api_key).status == 201
    assert "None: both providers behave." in look(sandbox, "/inbox/faults").text


def test_all_faults_are_switched_off_together(sandbox: RunningSandbox) -> None:
    for _ in range(3):
        switch_on(sandbox, kind="empty", times="5")

    assert post(sandbox, "/inbox/faults/off").status == 303
    assert sandbox.control("GET", "/faults")["faults"] == []


def test_only_the_one_that_is_switched_off_ends(sandbox: RunningSandbox) -> None:
    for kind in ("empty", "truncated", "broken_json"):
        switch_on(sandbox, kind=kind)
    page = look(sandbox, "/inbox/faults")
    off = [str(item["action"]) for _, item in page.elements if "/off" in str(item.get("action"))]

    post(sandbox, off[1])

    faults = sandbox.control("GET", "/faults")["faults"]
    assert [rule["fault"] for rule in faults] == ["empty", "broken_json"]
    again = post(sandbox, off[1])
    assert (again.status, "switched off already" in again.body.decode()) == (404, True)


def test_every_field_of_the_form_counts(sandbox: RunningSandbox) -> None:
    switch_on(sandbox, kind="slow", argument="250", times="4", skip="2", every="3")

    (rule,) = sandbox.control("GET", "/faults")["faults"]

    assert rule == {
        "route": SEND,
        "fault": "slow:250",
        "times": 4,
        "skip": 2,
        "every": 3,
        "calls": 0,
        "fired": 0,
    }


@pytest.mark.parametrize("name", sorted(MENU))
def test_every_fault_of_the_menu_can_be_switched_on(sandbox: RunningSandbox, name: str) -> None:
    samples = {"seconds": "1", "status": "503", "milliseconds": "5", "text": "7", "": ""}

    switch_on(sandbox, kind=name, argument=samples[MENU[name].argument])

    assert len(sandbox.control("GET", "/faults")["faults"]) == 1
    assert MENU[name].meaning in look(sandbox, "/inbox/faults").text


@pytest.mark.parametrize(
    ("fields", "problem"),
    [
        ({"kind": "status", "argument": "99"}, "fault needs a status from 200 to 599"),
        ({"kind": "status"}, "fault needs a status from 200 to 599"),
        ({"kind": "empty", "argument": "1"}, "fault must be one of"),
        ({"kind": ""}, "fault must be one of"),
        ({"kind": "no-such"}, "fault must be one of"),
        ({"kind": "empty", "times": "0"}, "times must be a whole number from 1 to 1000000"),
        ({"kind": "empty", "times": "often"}, "how often must be a whole number"),
        ({"kind": "empty", "skip": "-1"}, "skip must be a whole number"),
        ({"kind": "empty", "route": "GET /nowhere"}, "route fits no served route"),
        ({"kind": "retry_after", "argument": "ä"}, "printable ASCII characters"),
    ],
)
def test_a_refused_form_says_why_and_keeps_what_was_given(
    sandbox: RunningSandbox, fields: dict[str, str], problem: str
) -> None:
    form = {"route": SEND, "times": "3", **fields}

    answer = post(sandbox, "/inbox/faults", urlencode(form))
    page = Document(answer.body.decode())

    assert answer.status == 400
    assert f"Not switched on: {problem}" in page.text or problem in page.text
    given = {str(item["name"]): item for tag, item in page.elements if tag == "input"}
    assert given["times"]["value"] == form["times"]
    assert given["argument"]["value"] == form.get("argument", "")
    assert sandbox.control("GET", "/faults")["faults"] == []


def test_a_body_that_is_no_form_is_refused(sandbox: RunningSandbox) -> None:
    answer = sandbox.request("POST", "/inbox/faults", body={"kind": "empty", "route": SEND})

    assert answer.status == 400
    assert sandbox.control("GET", "/faults")["faults"] == []

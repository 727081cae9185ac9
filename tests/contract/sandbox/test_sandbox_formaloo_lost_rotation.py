"""Formaloo: a rotation whose answer never came (FL-S28)."""

from __future__ import annotations

import http.client

import pytest

from tests.contract.sandbox.formaloo_caller import Caller
from tests.contract.sandbox.formaloo_pair import ROTATE, pair_of, works


@pytest.mark.parametrize("fault", ["accept_then_drop", "accept_then_hang:0.05", "truncated"])
@pytest.mark.checklist("FL-S28")
def test_fl_s28_rotated_although_the_answer_was_lost(caller: Caller, fault: str) -> None:
    old, token = pair_of(caller.sandbox), caller.token()
    caller.sandbox.control("POST", "/faults", {"route": "GET /keys/", "fault": fault})

    with pytest.raises((http.client.RemoteDisconnected, http.client.IncompleteRead)) as caught:
        caller.get(ROTATE, token=token)

    lost = http.client.IncompleteRead if fault == "truncated" else http.client.RemoteDisconnected
    assert type(caught.value) is lost
    assert set(pair_of(caller.sandbox).values()).isdisjoint(old.values())
    assert not works(caller, old)
    assert works(caller, pair_of(caller.sandbox))


@pytest.mark.parametrize(
    ("fault", "status", "rotated"),
    [
        ("status:503", 503, False),
        ("html", 502, False),
        ("accept_then_status:504", 504, True),
        ("accept_then_html:200", 200, True),
        ("broken_json", 200, True),
        ("empty", 200, True),
    ],
)
@pytest.mark.checklist("FL-S28")
def test_fl_s28_spoilt_answers_rotate_or_not_as_the_menu_says(
    caller: Caller, fault: str, status: int, rotated: bool
) -> None:
    old, token = pair_of(caller.sandbox), caller.token()
    caller.sandbox.control("POST", "/faults", {"route": "GET /keys/", "fault": fault})

    answer = caller.get(ROTATE, token=token)

    assert answer.status == status
    assert (pair_of(caller.sandbox) != old) is rotated
    assert all(value.encode() not in answer.body for value in pair_of(caller.sandbox).values())


@pytest.mark.checklist("FL-S28")
def test_fl_s28_fault_on_a_rotation_does_not_execute_without_login(caller: Caller) -> None:
    old = pair_of(caller.sandbox)
    caller.sandbox.control("POST", "/faults", {"route": "GET /keys/", "fault": "accept_then_drop"})

    with pytest.raises(http.client.RemoteDisconnected):
        caller.sandbox.request("GET", ROTATE)

    assert pair_of(caller.sandbox) == old

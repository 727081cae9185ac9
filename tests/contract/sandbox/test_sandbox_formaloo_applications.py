"""Formaloo: the key of an application, shown or made anew (FL-S29)."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.testing import Answer
from tests.contract.sandbox.formaloo_caller import Caller
from tests.contract.sandbox.formaloo_pair import pair_of, works


def issue(caller: Caller, body: Any, *, token: str | None = None) -> Answer:
    headers = {"x-api-key": pair_of(caller.sandbox)["api_key"]}
    if token is not None:
        headers["Authorization"] = f"JWT {token}"
    return caller.sandbox.request("POST", "/v3.0/applications/", body=body, headers=headers)


@pytest.mark.checklist("FL-S29")
def test_fl_s29_refresh_replaces_the_key_and_leaves_the_secret(caller: Caller) -> None:
    old, token = pair_of(caller.sandbox), caller.token()

    answer = issue(caller, {"refresh": True}, token=token)

    new = pair_of(caller.sandbox)
    assert (answer.status, answer.json()["data"]) == (201, {"key": new["api_key"]})
    assert new["api_key"] != old["api_key"]
    assert new["secret_key"] == old["secret_key"]
    assert not works(caller, old)
    assert works(caller, new)


@pytest.mark.parametrize("body", [{}, {"refresh": False}, {"refresh": "false"}])
@pytest.mark.checklist("FL-S29")
def test_fl_s29_without_refresh_the_present_key_is_shown(
    caller: Caller, body: dict[str, Any]
) -> None:
    old = pair_of(caller.sandbox)

    answer = issue(caller, body, token=caller.token())

    assert (answer.status, answer.json()["data"]) == (201, {"key": old["api_key"]})
    assert pair_of(caller.sandbox) == old


@pytest.mark.parametrize("value", ["yes", 5, [], {"a": 1}])
@pytest.mark.checklist("FL-S29")
def test_fl_s29_refresh_must_be_a_boolean(caller: Caller, value: object) -> None:
    old = pair_of(caller.sandbox)

    answer = issue(caller, {"refresh": value}, token=caller.token())

    assert answer.status == 400
    assert answer.json()["errors"]["form_errors"] == {"refresh": ["Must be a valid boolean."]}
    assert pair_of(caller.sandbox) == old


@pytest.mark.checklist("FL-S29")
def test_fl_s29_refresh_without_login_changes_nothing(caller: Caller) -> None:
    old = pair_of(caller.sandbox)

    assert issue(caller, {"refresh": True}).status == 401

    assert pair_of(caller.sandbox) == old

"""Formaloo: the pair shown, and rotated by a read (FL-S27)."""

from __future__ import annotations

from pathlib import Path

import pytest

from sandbox.testing import RunningSandbox
from tests.contract.sandbox.formaloo_caller import Caller, general_errors
from tests.contract.sandbox.formaloo_pair import KEYS, ROTATE, mint_status, pair_of, works


@pytest.mark.checklist("FL-S27")
def test_fl_s27_keys_show_the_present_pair_enveloped(caller: Caller) -> None:
    answer = caller.get(KEYS, token=caller.token())

    assert answer.status == 200
    assert answer.json() == {
        "status": 200,
        "errors": {"general_errors": [], "form_errors": {}},
        "data": pair_of(caller.sandbox),
    }
    assert caller.get(KEYS, token=caller.token()).json() == answer.json()


@pytest.mark.checklist("FL-S27")
def test_fl_s27_rotation_answers_a_new_pair_and_the_old_one_is_dead_at_once(caller: Caller) -> None:
    old = pair_of(caller.sandbox)
    token = caller.token()

    new = caller.get(ROTATE, token=token).json()["data"]

    assert new == pair_of(caller.sandbox)
    assert set(new.values()).isdisjoint(old.values())
    assert mint_status(caller, old["secret_key"]) == 401
    assert not works(caller, old, token=token)
    assert works(caller, new)


@pytest.mark.checklist("FL-S27")
def test_fl_s27_both_halves_die_each_by_itself(caller: Caller) -> None:
    old = pair_of(caller.sandbox)
    new = caller.get(ROTATE, token=caller.token()).json()["data"]

    mixed = [
        caller.mint(Authorization=f"Basic {secret}", **{"x-api-key": key}).status
        for secret, key in (
            (new["secret_key"], old["api_key"]),
            (old["secret_key"], new["api_key"]),
        )
    ]

    assert mixed == [401, 401]


@pytest.mark.checklist("FL-S27")
def test_fl_s27_second_rotation_rotates_again(caller: Caller) -> None:
    token = caller.token()
    first = caller.get(ROTATE, token=token).json()["data"]

    second = caller.get(ROTATE, token=token, **{"x-api-key": first["api_key"]}).json()["data"]

    assert set(second.values()).isdisjoint(first.values())
    assert not works(caller, first)
    assert works(caller, second)


@pytest.mark.checklist("FL-S27")
def test_fl_s27_the_write_only_key_stays(caller: Caller) -> None:
    before = caller.pair["write_only_key"]

    caller.get(ROTATE, token=caller.token())

    assert caller.sandbox.control("GET", "/formaloo")["write_only_key"] == before


@pytest.mark.parametrize("query", ["", "?rotate=false", "?rotate=", "?rotate=1", "?other=true"])
def test_nothing_but_rotate_true_rotates(caller: Caller, query: str) -> None:
    before = pair_of(caller.sandbox)

    assert caller.get(f"{KEYS}{query}", token=caller.token()).json()["data"] == before

    assert pair_of(caller.sandbox) == before


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 401),
        ({"x-api-key": "api_key"}, 401),
        ({"Authorization": "token"}, 401),
        ({"x-api-key": "api_key", "Authorization": "Bearer"}, 401),
        ({"x-api-key": "unknown", "Authorization": "token"}, 401),
        ({"x-api-key": "write_only_key", "Authorization": "token"}, 403),
    ],
)
def test_rotation_without_login_is_refused_and_changes_nothing(
    caller: Caller, headers: dict[str, str], status: int
) -> None:
    token = caller.token()
    known = {"token": f"JWT {token}", "Bearer": f"Bearer {token}", **caller.pair}
    sent = {name: str(known.get(value, value)) for name, value in headers.items()}

    answers = [caller.sandbox.request("GET", path, headers=sent) for path in (ROTATE, KEYS)]

    assert [answer.status for answer in answers] == [status, status]
    assert all(general_errors(answer) for answer in answers)
    assert pair_of(caller.sandbox) == {
        name: caller.pair[name] for name in ("api_key", "secret_key")
    }


def test_rotation_with_an_expired_token_changes_nothing(caller: Caller) -> None:
    token, before = caller.token(), pair_of(caller.sandbox)
    caller.sandbox.control("PUT", "/clock", {"offset_seconds": 31})

    assert caller.get(ROTATE, token=token).status == 401

    assert pair_of(caller.sandbox) == before


def test_a_missing_slash_redirects_and_rotates_nothing_by_itself(caller: Caller) -> None:
    before = pair_of(caller.sandbox)

    answer = caller.get("/v3.0/keys?rotate=true", token=caller.token())

    assert (answer.status, answer.headers["Location"]) == (301, ROTATE)
    assert pair_of(caller.sandbox) == before


def test_posting_to_keys_is_405(caller: Caller) -> None:
    assert caller.sandbox.request("POST", ROTATE).status == 405


@pytest.mark.checklist("FL-S27")
def test_fl_s27_field_names_are_knobs(caller: Caller) -> None:
    knobs = {
        "formaloo_api_key_field": "key",
        "formaloo_secret_key_field": "secret",
        "formaloo_keys_key": "keys",
    }
    caller.sandbox.control("PUT", "/profile", knobs)

    data = caller.get(ROTATE, token=caller.token()).json()["data"]

    pair = pair_of(caller.sandbox)
    assert data == {"keys": {"key": pair["api_key"], "secret": pair["secret_key"]}}


@pytest.mark.checklist("FL-S27")
def test_fl_s27_grace_of_the_old_pair_is_a_knob(caller: Caller) -> None:
    sandbox = caller.sandbox
    sandbox.control("PUT", "/profile", {"formaloo_old_pair_grace_seconds": 60})
    first = pair_of(sandbox)
    second = caller.get(ROTATE, token=caller.token()).json()["data"]
    sandbox.control("PUT", "/clock", {"offset_seconds": 40})
    third = caller.get(ROTATE, token=caller.token()).json()["data"]
    pairs = (first, second, third)

    alive = {}
    for offset_seconds in (50, 65, 105):
        sandbox.control("PUT", "/clock", {"offset_seconds": offset_seconds})
        alive[offset_seconds] = [works(caller, pair) for pair in pairs]

    assert alive == {
        50: [True, True, True],
        65: [False, True, True],
        105: [False, False, True],
    }


def test_grace_is_measured_from_the_rotation_by_the_knob_of_that_moment(caller: Caller) -> None:
    old = pair_of(caller.sandbox)
    caller.get(ROTATE, token=caller.token())

    caller.sandbox.control("PUT", "/profile", {"formaloo_old_pair_grace_seconds": 60})

    assert not works(caller, old)


@pytest.mark.checklist("FL-S27")
def test_fl_s27_live_tokens_survive_by_default_and_die_by_knob(caller: Caller) -> None:
    token = caller.token()
    first = caller.get(ROTATE, token=token).json()["data"]
    assert works(caller, first, token=token)
    caller.sandbox.control("PUT", "/profile", {"formaloo_tokens_survive_rotation": False})

    second = caller.get(ROTATE, token=token, **{"x-api-key": first["api_key"]}).json()["data"]

    dead = caller.get("/v3.0/profile/", token=token, **{"x-api-key": second["api_key"]})
    assert (dead.status, general_errors(dead)) == (401, ["Signature has expired."])
    assert works(caller, second)
    assert caller.sandbox.control("GET", "/formaloo")["token_mints"] == 2


def test_replacing_the_pair_by_control_ends_every_grace(caller: Caller) -> None:
    caller.sandbox.control("PUT", "/profile", {"formaloo_old_pair_grace_seconds": 60})
    old = pair_of(caller.sandbox)
    caller.get(ROTATE, token=caller.token())
    assert works(caller, old)

    caller.sandbox.control("PUT", "/formaloo", {"secret_key": "given"})

    assert not works(caller, old)


def test_restart_keeps_the_pair_the_grace_and_the_tokens(tmp_path: Path) -> None:
    database = str(tmp_path / "state.db")
    with RunningSandbox(database=database) as sandbox:
        sandbox.control("PUT", "/profile", {"formaloo_old_pair_grace_seconds": 600})
        caller = Caller(sandbox)
        old, token = pair_of(sandbox), caller.token()
        new = caller.get(ROTATE, token=token).json()["data"]
        assert sandbox.stop() == (0, "")

    with RunningSandbox(database=database) as sandbox:
        caller = Caller(sandbox)
        assert pair_of(sandbox) == new
        assert works(caller, old)
        assert works(caller, new, token=token)
        sandbox.control("PUT", "/clock", {"offset_seconds": 601})
        assert not works(caller, old)
        assert works(caller, new)

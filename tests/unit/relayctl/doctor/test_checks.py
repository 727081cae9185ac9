"""Each check on planted facts: what it says, and that no other check says anything."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from relayctl.doctor.check import State
from relayctl.doctor.policy import Statement
from relayctl.doctor.registry import CHECKS
from tests.support.healthy_stack import healthy
from tests.support.stack_faults import (
    both,
    of_part,
    of_whole,
    set_part,
    set_whole,
    with_parameters,
    with_variable,
)
from tests.unit.relayctl.doctor.planted import FAULTS, FINE, KEY

BY_ID = {check.id: check for check in CHECKS}


def findings(snapshot):
    results = [check.examine(snapshot) for check in CHECKS]
    return {result.check.id: result for result in results if result.state is not State.FINE}


def test_nothing_is_wrong_with_a_healthy_stack():
    assert findings(healthy()) == {}


@pytest.mark.parametrize(("id_", "fault", "evidence"), FAULTS, ids=[one[0] for one in FAULTS])
def test_a_fault_is_found_by_its_check(id_, fault, evidence):
    result = BY_ID[id_].examine(fault(healthy()))
    assert (result.state, list(result.evidence)) == (State.FINDING, evidence)


@pytest.mark.parametrize(("id_", "fault", "evidence"), FAULTS, ids=[one[0] for one in FAULTS])
def test_no_other_check_calls_it_a_finding(id_, fault, evidence):
    found = findings(fault(healthy()))
    assert {one for one, result in found.items() if result.state is State.FINDING} == {id_}


def test_every_check_has_a_fault_here():
    assert {id_ for id_, _, _ in FAULTS} == set(BY_ID)


@pytest.mark.parametrize("name", FINE)
def test_what_is_allowed_is_no_finding(name):
    assert findings(FINE[name](healthy())) == {}


LOCAL = with_parameters(DeployTarget="local")


@pytest.mark.parametrize(
    ("id_", "fault"),
    [
        ("queue-tls", of_part("queues", "EmailQueue", statements=())),
        ("table-recovery", set_whole("table_recovery", False)),
        ("table-encryption", of_whole("table", encrypted=False)),
    ],
)
def test_what_the_local_stack_cannot_have_is_not_asked_of_it_and_is_said_so(id_, fault):
    result = BY_ID[id_].examine(both(LOCAL, fault)(healthy()))
    assert result.state is State.NOT_APPLICABLE
    assert result.remark == BY_ID[id_].not_locally != ""


def test_all_else_is_asked_of_the_local_stack_too():
    exempt = {id_ for id_, result in findings(LOCAL(healthy())).items()}
    assert exempt == {"queue-tls", "table-recovery", "table-encryption"}


def test_the_local_stack_may_call_the_sandbox_on_its_own_machine():
    url = with_variable("SendEmailFunction", "FORMALOO_API_URL", "http://127.0.0.1:8000")
    assert BY_ID["provider-https"].examine(both(LOCAL, url)(healthy())).state is State.FINE


@pytest.mark.parametrize(
    "value",
    [
        KEY,
        "AKIA" + "ABCDEFGHIJKLMNOP",
        "eyJ" + "hbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.x",
        "-----BEGIN PRIVATE KEY-----",
        "https://user:pass@example.com/",
        "{{resolve:secretsmanager:x}}",
    ],
)
def test_what_looks_like_a_secret_is_found_and_not_shown(value):
    result = BY_ID["function-secrets"].examine(
        with_variable("SendEmailFunction", "NOTE", value)(healthy())
    )
    assert result.state is State.FINDING
    assert value not in str(result)


def test_a_service_that_may_invoke_for_every_account_is_found():
    open_ = Statement(
        allows=True,
        actions=("lambda:InvokeFunction",),
        principals=("events.amazonaws.com",),
        conditions={"StringEquals": {"aws:PrincipalOrgID": ("o",)}},
    )
    snapshot = set_part("function_policies", "SendEmailFunction", (open_,))(healthy())
    assert BY_ID["function-callers"].examine(snapshot).evidence == (
        "events.amazonaws.com of every account may invoke SendEmailFunction",
    )


def test_secrets_manager_of_every_account_may_not_start_a_rotation():
    (statement,) = healthy().function_policies["RotateKeysFunction"].seen()
    open_ = replace(statement, conditions={})
    snapshot = set_part("function_policies", "RotateKeysFunction", (open_,))(healthy())
    assert BY_ID["rotation-permission"].examine(snapshot).evidence == (
        "Secrets Manager of every account may invoke RotateKeysFunction",
    )


def test_every_id_is_a_word_of_its_own_and_every_text_is_there():
    assert len(BY_ID) == len(CHECKS) >= 28
    for check in CHECKS:
        assert re.fullmatch(r"[a-z]+(-[a-z]+)+", check.id)
        assert len(check.id) <= 22
        for text in (check.reason, check.fix):
            assert text.endswith(".")
        assert not check.title.endswith(".")

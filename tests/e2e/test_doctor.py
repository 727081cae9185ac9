"""The doctor on the deployed stack: silent as it is, and right about what is planted in it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from botocore.client import BaseClient

from tests.e2e.doctor_alarm_faults import ALARM_FAULTS
from tests.e2e.doctor_faults import FAULTS
from tests.e2e.patient import Patient

ONLY_ON_AWS = {"dynamodb:DescribeContinuousBackups"}
ALL = FAULTS | ALARM_FAULTS


@pytest.fixture(scope="module")
def patient(running_stack, tmp_path_factory):
    """The stack as deployed: what other tests left in queues and table is cleared away."""
    running_stack.clear()
    patient = Patient(running_stack, folder=tmp_path_factory.mktemp("doctor"))
    patient.forget_window()
    return patient


@pytest.fixture(scope="module")
def as_deployed(patient):
    """The report before anything is planted."""
    return patient.report()


def test_nothing_is_wrong_with_the_stack_as_deployed(as_deployed):
    status, report = as_deployed
    wrong = [one for one in report["checks"] if one["state"] not in ("fine", "not applicable")]
    assert wrong == []
    assert status == 0


def test_only_what_the_emulator_cannot_have_is_not_asked_of_it(as_deployed):
    _, report = as_deployed
    exempt = [one["id"] for one in report["checks"] if one["state"] == "not applicable"]
    assert exempt == ["queue-tls", "table-recovery", "table-encryption"]
    assert report["counts"]["fine"] == len(report["checks"]) - len(exempt) >= 50


def test_it_needs_the_permissions_of_the_docs_and_all_of_them_only_read(
    patient, as_deployed, monkeypatch
):
    asked = set()
    original = BaseClient._make_api_call

    def note(client, operation, arguments):
        asked.add(f"{client.meta.service_model.service_name}:{operation}")
        return original(client, operation, arguments)

    monkeypatch.setattr(BaseClient, "_make_api_call", note)
    patient.report()
    assert asked <= documented_permissions()
    # What the local stack does not have, or cannot have, is not asked for.
    assert documented_permissions() - asked == ONLY_ON_AWS
    for permission in documented_permissions():
        assert re.match(r"[a-z]+:(Describe|Get|List)[A-Z]", permission)


def documented_permissions():
    text = (Path(__file__).parents[2] / "docs" / "doctor.md").read_text()
    section = text.split("## What it needs")[1].split("```")[1]
    return set(section.split())


@pytest.mark.parametrize("name", ALL)
def test_a_planted_fault_is_found_and_gone_when_it_is_taken_back(patient, as_deployed, name):
    fault = ALL[name]
    with fault.plant(patient):
        status, report = patient.report("--only", fault.check)
    (check,) = report["checks"]
    assert (status, check["state"]) == (1, "finding")
    assert fault.says in " ".join(check["evidence"])


def test_at_least_25_faults_of_as_many_kinds_are_planted():
    assert len({fault.check for fault in ALL.values()}) >= 25


def test_in_the_end_all_is_well_but_that_somebody_changed_the_function(patient, as_deployed):
    findings = patient.findings()
    ringing = {line.split(" has been ringing")[0] for line in findings.pop("alarm-state", [])}
    # A figure of a planted message may have been taken, and stays for the rest of its period.
    assert set(findings) <= {"function-by-hand", "oldest-message"}
    stack_name = patient.values["STACK_NAME"]
    assert ringing <= {f"{stack_name}-dead-letters"}

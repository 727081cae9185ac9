"""What a batch counts as, and that names of metrics stay few and known."""

from __future__ import annotations

import ast
import json
from pathlib import Path

import pytest
from aws_lambda_powertools.metrics import EphemeralMetrics, MetricUnit

from formarelay.errors import (
    ConnectionFailedError,
    CredentialError,
    PermissionDeniedError,
    QuotaExhaustedError,
    RateLimitedError,
    SecretUnavailableError,
    ServerError,
    TransientError,
)
from send_email import measures
from send_email.measures import GATE_REASONS, REASONS, Measure, gate_reason, handed_back
from send_email.outcome import Expired, HandedBack, Sent, SetAside
from send_email.record import QueueRecord, Result
from send_email.stored_files import NoRoomError, files_verdict
from send_email.verdict import failed_verdict, variables_verdict

NOW = 1_800_000_000.0
PACKAGE = Path(measures.__file__).parent


def sent(how, **facts):
    return Sent(email_id="em_1", attempts=1, how=how, **facts)


def back(reason, error=""):
    return HandedBack(reason=reason, wait_seconds=1.0, error=error)


def measured(*outcomes, sent_at=None):
    """All metrics of a batch of these outcomes, whose messages are m-0, m-1, …"""
    results = [
        Result(
            record=QueueRecord(message_id=f"m-{number}", receipt_handle="r", body="{}"),
            outcome=outcome,
        )
        for number, outcome in enumerate(outcomes)
    ]
    found = measures.measures_of(results, sent_at=sent_at or {}, now=NOW)
    assert len({measure.name for measure in found}) == len(found)
    return {measure.name: measure.values for measure in found}


@pytest.mark.parametrize(
    ("outcome", "names"),
    [
        (sent("call"), {"Accepted"}),
        (sent("call", blocked_recipients=2), {"Accepted"}),
        (sent("lookup"), {"Accepted", "Reconciled"}),
        (sent("ledger"), {"AlreadySent"}),
        (Expired(), {"Expired"}),
        (SetAside(reason="not_json", detail=""), {"Refused"}),
        (SetAside(reason="outcome_unknown", detail="", attempts=1), {"Held"}),
        (back("no_time"), {"HandedBack", "HandedBackNoTime"}),
        (back("in_flight"), {"HandedBack", "HandedBackInFlight"}),
        (
            back("outcome_unknown", "timed out"),
            {"HandedBack", "HandedBackOutcomeUnknown", "Unknown"},
        ),
        (back("outcome_unknown"), {"HandedBack", "HandedBackOutcomeUnknown"}),
        (back("whatever_a_store_says"), {"HandedBack", "HandedBackOther"}),
    ],
)
def test_what_one_record_counts_as(outcome, names):
    assert measured(outcome) == {name: [1.0] for name in names} | {"GateClosed": [0.0]}


@pytest.mark.parametrize("reason", sorted(GATE_REASONS))
def test_a_record_that_the_gate_holds_back_says_that_it_is_closed(reason):
    assert measured(back(reason)) == {
        "HandedBack": [1.0],
        handed_back(reason): [1.0],
        "GateClosed": [1.0],
    }
    assert gate_reason(back(reason)) == reason


def test_only_a_429_of_its_own_counts_as_throttled():
    assert measured(back("throttled", "429"), back("throttled"), back("throttled")) == {
        "HandedBack": [3.0],
        "HandedBackThrottled": [3.0],
        "Throttled": [1.0],
        "GateClosed": [1.0],
    }


def test_a_batch_is_counted_together():
    assert measured(
        sent("call"),
        sent("lookup"),
        sent("ledger"),
        SetAside(reason="not_json", detail=""),
        SetAside(reason="status_404", detail="", attempts=1),
        back("rate_limited"),
    ) == {
        "Accepted": [2.0],
        "Reconciled": [1.0],
        "AlreadySent": [1.0],
        "Refused": [2.0],
        "HandedBack": [1.0],
        "HandedBackRateLimited": [1.0],
        "GateClosed": [0.0],
    }


def test_a_batch_without_records_measures_nothing():
    assert measures.measures_of([], sent_at={}, now=NOW) == []


def test_each_accepted_mail_has_its_time_from_the_queue():
    assert measured(
        sent("call"),
        sent("ledger"),
        sent("lookup"),
        back("no_time"),
        sent("call"),
        sent("call"),
        sent_at={
            "m-0": NOW - 2.5,
            "m-1": NOW - 900.0,
            "m-2": NOW - 60.0,
            "m-3": NOW - 5.0,
            "m-5": NOW + 0.2,
        },
    )["QueueToAcceptSeconds"] == [2.5, 60.0, 0.0]


def test_without_times_there_is_no_latency():
    assert "QueueToAcceptSeconds" not in measured(sent("call"))


@pytest.mark.parametrize("outcome", [sent("call"), Expired(), back("no_time")])
def test_only_the_gates_reasons_are_the_gates(outcome):
    assert gate_reason(outcome) == ""


def constants():
    return {
        value
        for name, value in vars(measures).items()
        if name.isupper() and isinstance(value, str) and not name.startswith("_")
    } - {measures.COUNT, measures.SECONDS}


def documented():
    rows = [line.split("|") for line in measures.__doc__.splitlines() if line.startswith("|")]
    return {row[1].strip(): (row[2].strip(), row[4].strip()) for row in rows[2:]}


def test_every_metric_is_documented_and_no_other():
    assert set(documented()) == constants() | {"HandedBack..."}


def test_every_metric_has_the_unit_and_the_zeros_that_are_documented():
    outcomes = [sent("call"), sent("lookup"), sent("ledger"), Expired()]
    outcomes += [SetAside(reason=reason, detail="") for reason in ("not_json", "outcome_unknown")]
    outcomes += [back(reason, "error") for reason in REASONS]
    results = [
        Result(record=QueueRecord(message_id="m", receipt_handle="r", body=""), outcome=outcome)
        for outcome in outcomes
    ]
    found = measures.measures_of(results, sent_at={"m": NOW}, now=NOW)
    reasons = {handed_back(reason) for reason in REASONS}
    assert {measure.name for measure in found} == reasons | constants() - {"OutcomeEventsLost"}
    for measure in found:
        name = "HandedBack..." if measure.name in reasons else measure.name
        assert measure.unit == documented()[name][0]
    zeros = {name for name, (_, zero) in documented().items() if zero == "yes"}
    assert {
        measure.name
        for measure in measures.measures_of(results[:1], sent_at={}, now=NOW)
        if measure.values == [0.0]
    } == zeros


def test_powertools_takes_every_metric(capsys):
    metrics = EphemeralMetrics(namespace="formarelay", service="send_email")
    batch = [Measure("GateClosed", "Count", [0.0]), Measure("X", "Seconds", [0.5, 1.5])]
    for name, unit, values in batch:
        for value in values:
            metrics.add_metric(name=name, unit=unit, value=value)
    metrics.flush_metrics()
    line = json.loads(capsys.readouterr().out)
    assert (line["GateClosed"], line["X"]) == ([0.0], [0.5, 1.5])
    assert {unit for _, unit, _ in batch} <= {unit.value for unit in MetricUnit}


def test_names_are_made_from_the_list_of_reasons_alone():
    names = {handed_back(reason) for reason in REASONS}
    assert len(names) == len(REASONS)
    assert handed_back("ada@example.com") == "HandedBackOther"
    assert handed_back("key_refused") == "HandedBackKeyRefused"


def reasons_in_code():
    """Every literal reason for which a message is handed back."""
    for path in PACKAGE.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "HandedBack":
                for keyword in node.keywords:
                    if keyword.arg == "reason" and isinstance(keyword.value, ast.Constant):
                        yield keyword.value.value


def test_every_reason_of_the_code_is_on_the_list():
    found = set(reasons_in_code())
    assert found >= {"no_time", "in_flight", "internal_error"}
    assert found - REASONS == set(), "say them in measures.REASONS"


def verdicts():
    transient = TransientError("x")
    for error in (
        RateLimitedError("x", retry_after_seconds=1),
        CredentialError("x"),
        SecretUnavailableError("x"),
        PermissionDeniedError("x"),
        QuotaExhaustedError("x"),
        ConnectionFailedError("x"),
        ServerError("x"),
        transient,
    ):
        yield failed_verdict(error, attempts=1, settle_delay_seconds=1, jitter=0)
    yield variables_verdict(transient)
    for error in (transient, NoRoomError("x"), PermissionDeniedError("x")):
        yield files_verdict(error)


def test_every_reason_of_a_verdict_is_on_the_list_and_the_gates_are_the_gates():
    for verdict in verdicts():
        assert verdict.outcome.reason in REASONS
        assert (verdict.gate_seconds > 0) == (verdict.outcome.reason in GATE_REASONS)

"""What a round answers, logs and measures, through Lambda's door."""

from __future__ import annotations

import json
from io import StringIO
from types import SimpleNamespace

import pytest

from formarelay.claims import MailState, OnUnknown
from formarelay.errors import PermissionDeniedError, SettingsError, TransientError
from settle_unknown import handler, measures
from settle_unknown.service import Round
from tests.support.sweeping import START, Sweeping, mail


class FakeEvents:
    def __init__(self):
        self.published = []
        self.lost = 0

    def publish(self, events, *, remaining_seconds):
        assert remaining_seconds() > 0
        self.published += events
        return self.lost


class LambdaContext:
    function_name = "settle_unknown"
    memory_limit_in_mb = 256
    invoked_function_arn = "arn:aws:lambda:us-east-1:000000000000:function:settle_unknown"
    aws_request_id = "request-1"

    def get_remaining_time_in_millis(self):
        return 300_000


class Function(Sweeping):
    """The handler over a sweep among fakes."""

    def __init__(self, on_unknown=OnUnknown.RESEND):
        super().__init__(on_unknown)
        self.events = FakeEvents()
        self.log = StringIO()

    def invoke(self):
        return handler.lambda_handler({}, LambdaContext())

    def lines(self):
        return [json.loads(line) for line in self.log.getvalue().splitlines()]


@pytest.fixture
def function(monkeypatch):
    function = Function()
    application = SimpleNamespace(
        sweep=function.sweep, events=function.events, clock=function.clock
    )
    monkeypatch.setattr(handler.metrics.provider, "namespace", "formarelay")
    monkeypatch.setattr(handler.metrics.provider, "service", "settle_unknown")
    monkeypatch.setattr(handler, "_application", lambda: application)
    monkeypatch.setattr(handler.logger.registered_handler, "stream", function.log)
    function.application = application
    return function


def emitted(capsys):
    """The metrics that were written, by name."""
    (line,) = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    (definition,) = line["_aws"]["CloudWatchMetrics"]
    assert definition["Dimensions"] == [["service"]]
    units = {each["Name"]: each["Unit"] for each in definition["Metrics"]}
    return {name: (unit, line[name]) for name, unit in units.items()}


def documented():
    rows = [line.split("|") for line in measures.__doc__.splitlines() if line.startswith("|")]
    return {row[1].strip(): row[2].strip() for row in rows[2:]}


def test_a_round_without_work_writes_every_metric_as_zero(function, capsys):
    answer = function.invoke()
    metrics = emitted(capsys)
    assert {name: unit for name, (unit, _) in metrics.items()} == documented()
    assert {tuple(values) for _, values in metrics.values()} == {(0.0,)}
    assert answer == {**dict.fromkeys(documented(), 0.0), "stopped": ""}
    assert [line["level"] for line in function.lines()] == ["INFO"]


def test_what_was_found_is_announced_and_logged_by_ids_alone(function, capsys):
    function.call(1)
    function.list.accept(1, at=START)
    function.clock.advance(7200)
    answer = function.invoke()
    ((kind, detail),) = function.events.published
    assert (kind, detail["relayId"], detail["emailId"], detail["attempts"]) == (
        "Email Accepted",
        mail(1).relay_id,
        "em_1",
        1,
    )
    found, swept = function.lines()
    assert (found["message"], found["relay_id"], found["email_id"]) == (
        "found sent",
        mail(1).relay_id,
        "em_1",
    )
    assert (swept["message"], swept["level"]) == ("swept", "INFO")
    assert (answer["SweepFound"], answer["SweepSettledSent"]) == (1.0, 1.0)
    assert emitted(capsys)["SweepSettledSent"] == ("Count", [1.0])


def test_without_a_bus_nothing_is_announced(function):
    function.application.events = None
    function.call(1)
    function.list.accept(1, at=START)
    function.clock.advance(7200)
    assert function.invoke()["OutcomeEventsLost"] == 0.0
    assert function.state(1) is MailState.SENT


def test_lost_events_are_counted(function):
    function.events.lost = 1
    assert function.invoke()["OutcomeEventsLost"] == 1.0


def test_a_round_that_was_stopped_says_why_and_how_old_the_oldest_is(function, capsys):
    function.call(1)
    function.clock.advance(7200)
    function.list.errors = [PermissionDeniedError("no", status=403)]
    answer = function.invoke()
    assert (answer["SweepUnprovable"], answer["SweepUnsettled"], answer["SweepStopped"]) == (
        1.0,
        1.0,
        1.0,
    )
    (line,) = function.lines()
    assert (line["level"], line["stopped"]) == ("WARNING", answer["stopped"])
    unit, (age,) = emitted(capsys)["OldestUnknownAgeSeconds"]
    assert (unit, age) == ("Seconds", pytest.approx(7200, abs=1))


def test_a_ledger_that_cannot_be_read_fails_the_invocation_and_claims_no_number(function, capsys):
    function.mails.failing = {"page"}
    with pytest.raises(TransientError, match="the ledger cannot be reached"):
        function.invoke()
    assert emitted(capsys) == {"SweepStopped": ("Count", [1.0])}


def test_what_is_left_counts_those_that_are_held():
    result = Round(found=5, opened=1, held=2, overtaken=1, unprovable=1)
    numbers = {
        measure.name: measure.value for measure in measures.measures_of(result, events_lost=0)
    }
    assert (numbers["SweepHeld"], numbers["SweepUnprovable"], numbers["SweepUnsettled"]) == (
        2.0,
        1.0,
        3.0,
    )


def test_a_wrong_environment_is_named(monkeypatch):
    monkeypatch.setenv("RATE_LIMIT_CALLS", "0")
    monkeypatch.delenv("STATE_TABLE", raising=False)
    handler._application.cache_clear()
    with pytest.raises(SettingsError, match="STATE_TABLE"):
        handler._application()

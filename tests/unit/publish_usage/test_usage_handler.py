"""What the handler gives back and writes into the log."""

from __future__ import annotations

import json
from io import StringIO

import pytest

from formarelay.errors import CredentialError, SettingsError, TransientError
from publish_usage import handler
from tests.support.publishing import Publisher

# The logger is one for the process.
pytestmark = pytest.mark.disable_socket


class LambdaContext:
    function_name = "publish_usage"
    memory_limit_in_mb = 256
    invoked_function_arn = "arn:aws:lambda:us-east-1:000000000000:function:publish_usage"
    aws_request_id = "request-1"
    remaining_ms = 90_000

    def get_remaining_time_in_millis(self):
        return self.remaining_ms


class Function(Publisher):
    def __init__(self, executor):
        super().__init__(executor)
        self.log = StringIO()
        self.context = LambdaContext()
        self.given_seconds = []

    def publish(self, *, within_seconds=5.0):
        self.given_seconds.append(within_seconds)
        return super().publish(within_seconds=within_seconds)

    def invoke(self):
        return handler.lambda_handler({"source": "aws.events"}, self.context)

    def lines(self, message):
        lines = [json.loads(line) for line in self.log.getvalue().splitlines()]
        return [line for line in lines if line["message"] == message]


@pytest.fixture
def function(executor, monkeypatch):
    function = Function(executor)
    monkeypatch.setattr(handler, "_service", lambda: function)
    monkeypatch.setattr(handler.logger.registered_handler, "stream", function.log)
    return function


def test_a_good_round_is_one_line_with_its_figures(function):
    assert function.invoke() == {"failures": {}}
    (line,) = function.lines("published")
    assert line["figures"]["forma-mail email QuotaUsedPercent"] == 15.0
    assert line["figures"]["publish_usage UsagePublished"] == 1.0
    assert line["metrics"] == len(line["figures"])
    assert json.loads(line["formaloo_usage"]) == function.form_usage


def test_what_was_not_answered_is_said_with_its_reason(function):
    function.mail_usage = CredentialError("the credential was refused", status=401)
    function.form_usage = ZeroDivisionError("row of ada@example.com")
    assert function.invoke() == {
        "failures": {"forma-mail usage": "credential_refused", "formaloo usage": "internal_error"}
    }
    said = {line["question"]: line for line in function.lines("not answered")}
    assert said["forma-mail usage"]["detail"] == "401: the credential was refused"
    assert said["formaloo usage"]["trace"][-1].endswith(" ask")
    assert "example.com" not in function.log.getvalue()


def test_figures_that_are_not_believed_are_named(function):
    function.mails(-5)
    function.invoke()
    said = [(line["resource"], line["reason"]) for line in function.lines("not believed")]
    assert said == [("email", "absurd"), ("attachment", "missing")]


def test_a_long_answer_with_a_key_in_it_is_cut_and_masked(function):
    function.form_usage = {"key": "fm_sk_0123456789abcdef", "more": "x" * 100_000}
    function.invoke()
    (line,) = function.lines("published")
    assert len(line["formaloo_usage"]) == 4000
    assert "fm_sk_0123" not in function.log.getvalue()


@pytest.mark.parametrize(("remaining_ms", "seconds"), [(90_000, 60.0), (31_500, 1.5), (9_000, 1.0)])
def test_the_providers_have_what_the_end_of_a_round_does_not_need(function, remaining_ms, seconds):
    function.context.remaining_ms = remaining_ms
    function.invoke()
    assert function.given_seconds == [seconds]


def test_numbers_that_cannot_be_published_fail_the_invocation(function):
    function.metrics.failing = True
    with pytest.raises(TransientError) as caught:
        function.invoke()
    assert type(caught.value) is TransientError


def test_a_wrong_environment_names_every_fault(monkeypatch):
    for name in ("FORMA_MAIL_API_URL", "STATE_TABLE", "POWERTOOLS_METRICS_NAMESPACE"):
        monkeypatch.delenv(name, raising=False)
    handler._service.cache_clear()
    with pytest.raises(SettingsError) as caught:
        handler._service()
    for name in ("FORMA_MAIL_API_URL", "STATE_TABLE", "POWERTOOLS_METRICS_NAMESPACE"):
        assert f"{name} is missing" in str(caught.value)

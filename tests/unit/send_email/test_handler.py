"""The handler's answer to SQS, and what it writes into the log."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from io import StringIO
from types import SimpleNamespace

import pytest

from formarelay.errors import NotFoundError, RateLimitedError, ServerError, SettingsError
from formarelay.formamail.models import Accepted
from send_email import handler
from send_email.service import BatchService
from tests.support.fake_provider import FakeDeadLetters
from tests.support.sending import World


class FakeReturns:
    def __init__(self):
        self.waits = []
        self.queued = []

    def delay(self, waits, *, longer=None):
        self.waits += waits
        self.queued += [(handle, longer(1000)) for handle, _ in waits if longer]
        return 0


class FakeEvents:
    def __init__(self):
        self.published = []
        self.lost = 0

    def publish(self, events, *, remaining_seconds):
        assert remaining_seconds() > 0
        self.published += events
        return self.lost


class LambdaContext:
    function_name = "send_email"
    memory_limit_in_mb = 256
    invoked_function_arn = "arn:aws:lambda:us-east-1:000000000000:function:send_email"
    aws_request_id = "request-1"

    def __init__(self, world):
        self._world = world

    def get_remaining_time_in_millis(self):
        return int(self._world.remaining_seconds * 1000)


class Function(World):
    """The handler over a service among fakes."""

    def __init__(self, executor):
        super().__init__()
        self.returns = FakeReturns()
        self.events = FakeEvents()
        self.log = StringIO()
        self.dead_letters = FakeDeadLetters()
        self.service = BatchService(
            delivery=self.delivery,
            provider=self.provider,
            limiter=self.limiter,
            policy=self.policy,
            clock=self.clock,
            sleep=self.clock.advance,
            dead_letters=self.dead_letters,
            executor=executor,
        )

    def log_of(self, message_id):
        lines = [json.loads(line) for line in self.log.getvalue().splitlines()]
        (line,) = [line for line in lines if line["message_id"] == message_id]
        return line

    def invoke(self, *bodies):
        records = [
            {
                "messageId": f"m-{number}",
                "receiptHandle": f"r-{number}",
                "body": body,
                "attributes": {"SentTimestamp": str(int((self.clock.wall() - number) * 1000))},
            }
            for number, body in enumerate(bodies, start=1)
        ]
        return handler.lambda_handler({"Records": records}, LambdaContext(self))


@pytest.fixture
def function(monkeypatch):
    monkeypatch.setattr(handler.metrics.provider, "namespace", "formarelay")
    # One thread, so that records meet the provider's scripted answers in order.
    with ThreadPoolExecutor(max_workers=1) as executor:
        function = Function(executor)
        application = SimpleNamespace(
            service=function.service,
            returns=function.returns,
            later_turn=lambda waiting: waiting / 10,
            events=function.events,
            clock=function.clock,
        )
        monkeypatch.setattr(handler, "_application", lambda: application)
        monkeypatch.setattr(handler.logger.registered_handler, "stream", function.log)
        yield function


def body(number, **fields):
    document = {
        "templateId": "welcome",
        "to": [{"email": f"user{number}@example.com", "name": "Ada Secretname"}],
        "idempotencyKey": f"order-{number}",
    }
    return json.dumps(document | fields)


def test_a_batch_that_went_well_leaves_nothing_on_the_queue(function):
    assert function.invoke(body(1), body(2)) == {"batchItemFailures": []}
    assert function.returns.waits == []


def test_only_what_is_handed_back_stays_on_the_queue_for_as_long_as_it_should(function):
    function.provider.answers += [
        NotFoundError("not found", status=404),
        Accepted(email_id="em_1"),
        RateLimitedError("slow", status=429, retry_after_seconds=45),
    ]
    answer = function.invoke(body(1), "{broken", body(3), body(4))
    assert answer == {"batchItemFailures": [{"itemIdentifier": "m-4"}]}
    assert function.returns.waits == [("r-4", 45.0)]
    assert sorted(facts["reason"] for _, facts in function.dead_letters.letters) == [
        "not_json",
        "status_404",
    ]
    assert len(function.provider.accepted) == 1


def test_a_whole_batch_can_be_handed_back(function):
    function.limiter.close(reason="throttled", seconds=30)
    answer = function.invoke(body(1), body(2))
    assert answer == {"batchItemFailures": [{"itemIdentifier": "m-1"}, {"itemIdentifier": "m-2"}]}


def test_every_message_gets_one_line_of_ids_and_reasons(function):
    function.provider.answers += [
        Accepted(email_id="em_1"),
        RateLimitedError("slow", status=429, retry_after_seconds=45),
    ]
    function.invoke(body(1), body(2), "{broken")
    said = {key: function.log_of(key) for key in ("m-1", "m-2", "m-3")}
    assert {key: line["message"] for key, line in said.items()} == {
        "m-1": "sent",
        "m-2": "handed back",
        "m-3": "set aside",
    }
    assert (said["m-2"]["reason"], said["m-2"]["wait_seconds"]) == ("throttled", 45.0)
    assert said["m-2"]["level"] == "WARNING"
    assert (said["m-1"]["email_id"], said["m-1"]["attempts"]) == ("em_1", 1)
    assert said["m-3"]["reason"] == "not_json"


def test_outcomes_are_counted_in_one_metric_line(function, capsys):
    function.invoke(body(1), body(2), "{broken")
    line = json.loads(capsys.readouterr().out)
    assert (line["Accepted"], line["Refused"], line["GateClosed"]) == ([2.0], [1.0], [0.0])
    assert line["QueueToAcceptSeconds"] == [1.0, 2.0]


def test_what_has_ended_is_announced_with_ids_alone_and_what_stays_is_not(function):
    function.provider.answers += [ServerError("down", status=503)]
    function.invoke(body(1), body(2), "{broken")
    said = sorted(
        (kind, detail["messageId"], detail.get("idempotencyKey"))
        for kind, detail in function.events.published
    )
    assert said == [("Email Accepted", "m-2", "order-2"), ("Email Refused", "m-3", None)]
    assert "example.com" not in str(function.events.published)


def test_events_that_are_lost_are_counted_and_change_no_answer(function, capsys):
    function.events.lost = 1
    assert function.invoke(body(1)) == {"batchItemFailures": []}
    assert json.loads(capsys.readouterr().out)["OutcomeEventsLost"] == [1.0]


def test_without_a_bus_nothing_is_announced(function, monkeypatch):
    application = handler._application()
    application.events = None
    assert function.invoke(body(1)) == {"batchItemFailures": []}
    assert function.events.published == []


def test_no_address_name_or_content_is_logged(function):
    function.invoke(
        body(1, variables={"code": "secret-variable"}), body(2, subject="secret-subject")
    )
    text = function.log.getvalue()
    assert len(text.splitlines()) == 2
    assert "example.com" not in text
    assert "Secretname" not in text
    assert "secret-" not in text


def test_a_programming_error_is_logged_with_its_trace_but_not_its_text(function):
    def explode(*_, **__):
        raise ZeroDivisionError("user1@example.com")

    function.provider.send = explode
    answer = function.invoke(body(1))
    assert answer == {"batchItemFailures": [{"itemIdentifier": "m-1"}]}
    line = function.log_of("m-1")
    assert (line["level"], line["failure"]) == ("ERROR", "ZeroDivisionError")
    assert line["trace"][-1].endswith(" explode")
    assert "example.com" not in function.log.getvalue()


def test_a_wrong_environment_fails_the_batch_and_names_every_fault(monkeypatch):
    for name in ("FORMA_MAIL_API_URL", "STATE_TABLE", "ON_UNKNOWN"):
        monkeypatch.delenv(name, raising=False)
    handler._application.cache_clear()
    with pytest.raises(SettingsError) as caught:
        handler._application()
    assert type(caught.value) is SettingsError
    for name in ("FORMA_MAIL_API_URL is missing", "STATE_TABLE is missing"):
        assert name in str(caught.value)


def test_only_mail_that_waits_for_a_slot_waits_the_longer_the_longer_the_queue_is(function):
    function.limiter.room = 1
    function.provider.answers += [ServerError("down", status=503)]
    answer = function.invoke(body(1), body(2), body(3))
    assert len(answer["batchItemFailures"]) == 3
    assert [handle for handle, _ in function.returns.waits] == ["r-1", "r-2", "r-3"]
    assert function.returns.queued == [("r-2", 100.0), ("r-3", 100.0)]


def test_all_messages_that_wait_for_a_slot_share_one_line(function):
    function.limiter.room = 1
    function.invoke(body(1), body(2), body(3))
    lines = [json.loads(line) for line in function.log.getvalue().splitlines()]
    (waiting,) = [line for line in lines if line["message"] == "handed back"]
    assert (waiting["reason"], waiting["message_ids"]) == ("rate_limited", ["m-2", "m-3"])
    assert waiting["level"] == "WARNING"

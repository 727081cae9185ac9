"""A replay that is cut off, refused or half done: no letter is lost, and what happened is said."""

from __future__ import annotations

import os
import signal
from typing import Any

import pytest
from botocore.client import BaseClient
from botocore.exceptions import ClientError, ConnectTimeoutError, ReadTimeoutError

from formarelay.claims import MailState
from tests.integration.relayctl.station import bodies_of, body

SEND, DELETE = "SendMessageBatch", "DeleteMessageBatch"
KEYED = "another replay does no harm, the ledger recognises its key"
KEYLESS = "it has no idempotency key, so another replay would send it twice"


def refusal(code: str, operation: str, status: int = 400) -> ClientError:
    response: Any = {
        "Error": {"Code": code, "Message": "refused for ada@example.com"},
        "ResponseMetadata": {"HTTPStatusCode": status},
    }
    return ClientError(response, operation)


@pytest.fixture
def failing(monkeypatch):
    """Makes one operation fail from its n-th call on, before or after it has taken effect."""
    call = BaseClient._make_api_call

    def fail(
        operation: str, error: BaseException, *, from_call: int = 1, done: bool = False
    ) -> None:
        calls = 0

        def make(client: Any, name: str, arguments: dict[str, Any]) -> Any:
            nonlocal calls
            if name != operation:
                return call(client, name, arguments)
            calls += 1
            if calls < from_call:
                return call(client, name, arguments)
            if done:
                call(client, name, arguments)
            raise error

        monkeypatch.setattr(BaseClient, "_make_api_call", make)

    return fail


@pytest.fixture
def partial(monkeypatch):
    """Makes SQS refuse the second entry of each batch of one operation."""
    call = BaseClient._make_api_call

    def refuse(operation: str) -> None:
        def make(client: Any, name: str, arguments: dict[str, Any]) -> Any:
            if name != operation:
                return call(client, name, arguments)
            entries = [entry for entry in arguments["Entries"] if entry["Id"] != "1"]
            answer = call(client, name, {**arguments, "Entries": entries})
            failed = {"Id": "1", "SenderFault": False, "Code": "InternalError"}
            return {**answer, "Failed": [failed]}

        monkeypatch.setattr(BaseClient, "_make_api_call", make)

    return refuse


def everywhere(station) -> list[str]:
    return bodies_of([*station.letters(), *station.queued()])


def test_cut_off_between_sending_and_deleting_loses_nothing(station, failing):
    bodies = [body(f"order-{number}") for number in range(15)]
    station.set_many_aside(bodies, reason="status_400")
    failing(DELETE, KeyboardInterrupt(), from_call=2)
    shown = station.run("replay")
    assert shown.status == 130
    assert shown.output.splitlines() == ["replayed 10 (10 would send)", "deleted 0", "left 0"]
    assert shown.messages.splitlines()[-1] == "interrupted; what was held is given back"
    assert len(station.letters()) == 5
    assert bodies_of(station.queued()) == sorted(bodies)


def test_what_was_doubled_so_is_recognised_when_it_is_replayed_again(station, failing, monkeypatch):
    station.set_aside(body())
    failing(DELETE, KeyboardInterrupt())
    station.run("replay")
    monkeypatch.undo()
    # send_email takes the first copy and sends it.
    station.record(body(), MailState.SENT)
    shown = station.run("replay", "--delete-settled")
    assert shown.output.splitlines()[:2] == ["replayed 0", "deleted 1 (1 already sent)"]
    assert bodies_of(station.queued()) == [body()]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_between_sending_and_deleting_waits_until_both_are_done(
    station, monkeypatch, number
):
    station.set_many_aside([body(f"order-{n}") for n in range(12)], reason="status_400")
    call = BaseClient._make_api_call

    def make(client: Any, name: str, arguments: dict[str, Any]) -> Any:
        answer = call(client, name, arguments)
        if name == SEND:
            os.kill(os.getpid(), number)
        return answer

    monkeypatch.setattr(BaseClient, "_make_api_call", make)
    shown = station.run("replay")
    monkeypatch.undo()
    assert shown.status == 130
    assert shown.output.splitlines()[0] == "replayed 10 (10 would send)"
    assert (len(station.letters()), len(station.queued())) == (2, 10)


def test_sigterm_while_letters_are_read_gives_them_back(station, monkeypatch):
    station.set_aside(body())
    call = BaseClient._make_api_call
    received: list[Any] = []

    def make(client: Any, name: str, arguments: dict[str, Any]) -> Any:
        answer = call(client, name, arguments)
        if name == "ReceiveMessage" and answer.get("Messages") and not received:
            received.append(answer)
        elif name == "ReceiveMessage" and len(received) == 1:
            received.append(answer)
            os.kill(os.getpid(), signal.SIGTERM)
        return answer

    monkeypatch.setattr(BaseClient, "_make_api_call", make)
    assert station.run("list").status == 130
    assert len(received) == 2
    assert len(station.letters()) == 1


def test_a_letter_that_sqs_does_not_take_stays(station, partial):
    bodies = [body(f"order-{number}") for number in range(3)]
    station.set_many_aside(bodies, reason="status_400")
    refused = station.letters()[1]["MessageId"]
    partial(SEND)
    shown = station.run("replay")
    assert shown.status == 1
    assert shown.output.splitlines() == [
        "replayed 2 (2 would send)",
        "deleted 0",
        "left 0",
        "failed 1",
        f"  {refused}: SQS did not take it; it stays",
    ]
    assert [letter["MessageId"] for letter in station.letters()] == [refused]
    assert everywhere(station) == sorted(bodies)


def test_a_letter_that_is_sent_and_not_removed_is_said_to_be_in_both(station, partial):
    station.set_many_aside([body(f"order-{number}") for number in range(2)], reason="status_400")
    left = station.letters()[1]["MessageId"]
    partial(DELETE)
    shown = station.run("replay")
    assert shown.status == 1
    assert shown.output.splitlines()[-1] == (
        f"  {left}: it is on the queue, and it is still here too: {KEYED}"
    )
    assert [letter["MessageId"] for letter in station.letters()] == [left]


def test_a_settled_letter_that_is_not_removed_stays(station, partial):
    station.set_many_aside([body("order-1"), body("order-2")], reason="outcome_unknown")
    for key in ("order-1", "order-2"):
        station.record(body(key), MailState.SENT)
    partial(DELETE)
    shown = station.run("replay", "--delete-settled")
    assert shown.status == 1
    assert shown.output.splitlines()[1] == "deleted 1 (1 already sent)"
    assert shown.output.splitlines()[-1].endswith(": SQS did not remove it; it stays")


@pytest.mark.parametrize(("key", "means"), [("order-1", KEYED), (None, KEYLESS)])
@pytest.mark.parametrize(
    "error",
    [ReadTimeoutError(endpoint_url="https://sqs"), refusal("InternalFailure", SEND, 500)],
    ids=["no answer", "500"],
)
def test_an_unanswered_call_may_have_put_the_letter_on_the_queue(
    station, failing, error, key, means
):
    message_id = station.set_aside(body(key), reason="status_400")
    failing(SEND, error, done=True)
    shown = station.run("replay")
    assert shown.status == 1
    assert shown.output.splitlines()[-1] == (
        f"  {message_id}: it stays, and it may be on the queue too: {means}"
    )
    assert shown.messages.splitlines()[-1].startswith("error: ")
    assert "example.com" not in shown.messages
    assert (len(station.letters()), len(station.queued())) == (1, 1)


@pytest.mark.parametrize(
    "error",
    [refusal("AccessDenied", SEND), ConnectTimeoutError(endpoint_url="https://sqs")],
    ids=["refused", "not connected"],
)
def test_a_call_that_certainly_failed_leaves_the_letter_where_it_is(station, failing, error):
    station.set_aside(body(None), reason="status_400")
    failing(SEND, error)
    shown = station.run("replay")
    assert shown.status == 1
    assert shown.output.splitlines() == ["replayed 0", "deleted 0", "left 0"]
    assert (len(station.letters()), len(station.queued())) == (1, 0)


def test_a_removal_that_fails_as_a_whole_is_said_of_each_letter(station, failing):
    station.set_many_aside([body("order-1"), body("order-2")], reason="status_400")
    failing(DELETE, refusal("AccessDenied", DELETE))
    shown = station.run("replay")
    assert shown.status == 1
    assert shown.output.splitlines()[3] == "failed 2"
    assert shown.output.count(f"it is still here too: {KEYED}\n") == 2
    assert shown.messages.splitlines()[-1] == (
        "error: these credentials may not do sqs:DeleteMessage. "
        "Use others, or have that permission granted"
    )


def test_letters_without_a_key_go_one_by_one(station, failing):
    for number in range(3):
        station.set_aside(body(None, variables={"n": number}), reason="status_400")
    failing(DELETE, refusal("AccessDenied", DELETE))
    shown = station.run("replay")
    # So that what goes wrong after a call can double one of them at most.
    assert shown.output.splitlines()[3] == "failed 1"
    assert shown.output.endswith(f"it is still here too: {KEYLESS}\n")
    assert len(station.queued()) == 1


def test_a_letter_that_is_delivered_again_after_its_removal_is_removed_again(station, monkeypatch):
    station.set_aside(body())
    call = BaseClient._make_api_call
    copies: list[Any] = []

    def make(client: Any, name: str, arguments: dict[str, Any]) -> Any:
        if name == DELETE:
            copies.append(arguments["Entries"])
            return {"Successful": [{"Id": "0"}]}
        answer = call(client, name, arguments)
        if name == "ReceiveMessage" and len(copies) == 1:
            # At-least-once delivery: the same message, though it was deleted.
            return first
        if name == "ReceiveMessage" and answer.get("Messages"):
            first.update(answer)
        return answer

    first: dict[str, Any] = {}
    monkeypatch.setattr(BaseClient, "_make_api_call", make)
    assert station.run("replay").output.splitlines()[0] == "replayed 1 (1 would send)"
    assert len(copies) == 2
    assert copies[0] == copies[1]


def test_a_queue_that_cannot_be_read_says_what_to_do(station, failing):
    failing("ReceiveMessage", refusal("AccessDenied", "ReceiveMessage"))
    shown = station.run("list")
    assert shown.status == 1
    assert shown.messages.splitlines()[-1] == (
        "error: these credentials may not do sqs:ReceiveMessage. "
        "Use others, or have that permission granted"
    )
    assert shown.output == ""

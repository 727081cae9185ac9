"""`dead-letters list`: what is there, without taking anything away."""

from __future__ import annotations

import pytest

from formarelay.claims import MailState
from tests.integration.relayctl.station import bodies_of, body


def test_reasons_are_counted_and_every_letter_has_its_line(station):
    first = station.set_aside(
        body(),
        reason="template_not_found",
        detail="no such template",
        attempts="2",
        idempotencyKey="order-1",
    )
    second = station.set_aside("{}", reason="missing_field", detail="message: to is required")
    station.set_aside(body("order-3"), reason="missing_field", detail="of another one")
    station.clock.advance(3 * 3600 + 60)
    shown = station.run("list")
    assert shown.status == 0
    assert shown.output.splitlines()[:2] == ["     2 missing_field", "     1 template_not_found"]
    rows = [row.split("  ") for row in shown.rows()]
    cells = [[cell.strip() for cell in row if cell.strip()] for row in rows]
    assert cells[0] == [
        "template_not_found",
        "no such template",
        "2",
        "order-1",
        "3 h 2 min",
        first,
    ]
    assert cells[1] == ["missing_field", "message: to is required", "3 h 2 min", second]
    assert len(cells) == 3


def test_nothing_is_consumed_and_all_is_visible_again_at_once(station):
    bodies = [body(f"order-{number}") for number in range(23)]
    station.set_many_aside(bodies, reason="not_json", attempts="0")
    before = {letter["MessageId"] for letter in station.letters()}
    assert len(station.run("list").rows()) == 23
    after = station.letters()
    assert {letter["MessageId"] for letter in after} == before
    assert bodies_of(after) == sorted(bodies)
    assert after[0]["MessageAttributes"]["reason"]["StringValue"] == "not_json"
    assert station.queued() == []


def test_bodies_that_are_not_shown_are_not_kept(station, monkeypatch):
    station.set_aside(body())
    kept = []
    monkeypatch.setattr(
        "relayctl.dead_letters.command.print_letters",
        lambda letters, *, view: kept.extend(letters),
    )
    station.run("list")
    station.run("list", "--show-body")
    assert [letter.body for letter in kept] == ["", body()]


def test_an_empty_queue_is_said_to_be_empty(station):
    assert station.run("list").output == "no letters\n"
    assert station.run("list", "--json").documents == []


@pytest.mark.parametrize(
    ("arguments", "keys"),
    [
        (["--reason", "not_json"], ["a", "c"]),
        (["--reason", "not_json", "--reason", "too_large"], ["a", "b", "c"]),
        (["--reason", "none"], [""]),
        (["--limit", "2"], ["a", "b"]),
        (["--reason", "not_json", "--limit", "1"], ["a"]),
        (["--reason", "unheard_of"], []),
    ],
)
def test_letters_are_chosen_by_reason_and_number(station, arguments, keys):
    station.set_aside("x", reason="not_json", idempotencyKey="a")
    station.set_aside("y", reason="too_large", idempotencyKey="b")
    station.set_aside("z", reason="not_json", idempotencyKey="c")
    station.put_raw(station.dead_letter_queue, ["w"])
    documents = station.run("list", "--json", *arguments).documents
    assert [document["idempotencyKey"] for document in documents] == keys
    assert len(station.letters()) == 4


def test_letters_are_chosen_by_id_and_a_missing_one_is_named(station):
    station.set_aside("x", reason="not_json")
    wanted = station.set_aside("y", reason="not_json")
    shown = station.run("list", "--json", "--id", wanted)
    assert (shown.status, [one["messageId"] for one in shown.documents]) == (0, [wanted])
    shown = station.run("list", "--json", "--id", wanted, "--id", "gone\x1b[2J")
    assert (shown.status, [one["messageId"] for one in shown.documents]) == (1, [wanted])
    assert "there is no letter with the id gone\\u001b[2J\n" in shown.messages


def test_json_tells_everything_but_the_content(station):
    message_id = station.set_aside(
        body(), reason="outcome_unknown", detail="held", attempts="3", idempotencyKey="order-1"
    )
    (document,) = station.run("list", "--json").documents
    assert 88 <= document.pop("ageSeconds") <= 92
    assert document.pop("sentAt").endswith("+00:00")
    assert document == {
        "messageId": message_id,
        "reason": "outcome_unknown",
        "detail": "held",
        "attempts": 3,
        "idempotencyKey": "order-1",
        "movedBySqs": False,
    }


@pytest.mark.parametrize("attempts", ["", "-1", "1.5", "many", "٣"])
def test_attempts_that_are_no_number_are_left_out(station, attempts):
    station.set_aside("x", reason="not_json", attempts=attempts)
    (document,) = station.run("list", "--json").documents
    assert document["attempts"] is None


@pytest.mark.parametrize("command", ["list", "explain"])
def test_addresses_and_bodies_are_shown_only_when_asked_for(station, command):
    station.set_aside(
        body(),
        reason="refused",
        detail="for <ada@example.com>, no",
        idempotencyKey="welcome:ada@example.com",
    )
    for hidden in (station.run(command), station.run(command, "--json")):
        assert "ada" not in hidden.output.lower()
        assert "templateId" not in hidden.output
        assert "welcome:<address>" in hidden.output
    shown = station.run(command, "--show-body").output
    assert body() in shown
    assert "welcome:ada@example.com" in shown
    (document,) = station.run(command, "--show-body", "--json").documents
    assert document["body"] == body()


def test_a_letter_that_sqs_itself_has_moved_is_known_as_such(station):
    arn = station.sqs.get_queue_attributes(
        QueueUrl=station.dead_letter_queue, AttributeNames=["QueueArn"]
    )["Attributes"]["QueueArn"]
    policy = f'{{"deadLetterTargetArn": "{arn}", "maxReceiveCount": "1"}}'
    station.sqs.set_queue_attributes(
        QueueUrl=station.email_queue, Attributes={"RedrivePolicy": policy}
    )
    station.put_raw(station.email_queue, [body(None)])
    (received,) = station.queued()
    assert station.queued() == []
    (letter,) = station.letters()
    # The identity of a mail without a key rests on this.
    assert letter["MessageId"] == received["MessageId"]
    station.record(body(None), MailState.SENT, message_id=letter["MessageId"])
    shown = station.run("list")
    assert shown.output.splitlines()[0] == "     1 none"
    (finding,) = station.run("explain", "--json").documents
    assert finding["replay"] == "already sent"


def test_letters_that_others_hold_are_mentioned(station):
    station.set_many_aside(["x", "y", "z"], reason="not_json")
    station.sqs.receive_message(
        QueueUrl=station.dead_letter_queue, MaxNumberOfMessages=2, VisibilityTimeout=600
    )
    shown = station.run("list")
    assert shown.messages.splitlines()[1] == (
        "about 2 letters are hidden at the moment and not looked at: another command reads them, "
        "or was killed in the last 15 minutes"
    )
    assert len(shown.rows()) == 1


def test_letters_that_cannot_be_given_back_are_mentioned(station, monkeypatch):
    station.set_aside("x", reason="not_json")
    monkeypatch.setattr("formarelay.aws.queue.QueueReturns.delay", lambda self, waits: len(waits))
    shown = station.run("list")
    assert shown.status == 0
    assert shown.messages.splitlines()[-1].startswith(
        "1 letters could not be given back at once (may these credentials do "
        "sqs:ChangeMessageVisibility?)"
    )

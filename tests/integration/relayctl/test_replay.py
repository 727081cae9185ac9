"""`dead-letters replay`: back on the email queue, unless that makes no sense."""

from __future__ import annotations

import hashlib

import pytest

from formarelay.claims import MailState
from formarelay.identity import identify
from formarelay.message import parse_message
from relayctl.dead_letters.email_queue import EmailQueue
from tests.integration.relayctl.station import Station, bodies_of, body


def remember_as_sent(station: Station, bodies: list[str]) -> None:
    """Copies of an entry that the ledger wrote itself: many at once."""
    station.record(body("model"), MailState.SENT)
    (model,) = station.table.scan(TableName="state")["Items"]
    for start in range(0, len(bodies), 25):
        mails = [
            identify(parse_message(text, message_id="m")) for text in bodies[start : start + 25]
        ]
        items = [
            {
                **model,
                "pk": {"S": f"mail#{hashlib.sha256(mail.key.encode()).hexdigest()}"},
                "fingerprint": {"S": mail.fingerprint},
            }
            for mail in mails
        ]
        requests = [{"PutRequest": {"Item": item}} for item in items]
        station.table.batch_write_item(RequestItems={"state": requests})


def test_of_a_thousand_letters_only_those_go_back_that_were_not_accepted(station):
    bodies = [body(f"order-{number}") for number in range(1000)]
    accepted, others = bodies[:700], bodies[700:]
    remember_as_sent(station, accepted)
    mixed = [text for number in range(100) for text in bodies[number::100]]
    station.set_many_aside(mixed, reason="status_400", attempts="1")
    shown = station.run("replay")
    assert shown.status == 0
    assert shown.output.splitlines() == [
        "replayed 300 (300 would send)",
        "deleted 0",
        "left 700 (700 already sent)",
    ]
    assert shown.messages.splitlines()[1:4] == [
        "letters gone through: 100 of about 1000",
        "letters gone through: 200 of about 1000",
        "letters gone through: 300 of about 1000",
    ]
    assert bodies_of(station.queued()) == sorted(others)
    assert bodies_of(station.letters()) == sorted(accepted)


def test_a_letter_goes_back_as_its_producer_wrote_it(station):
    written = (
        '  {"templateId":"wel\\u0063ome",\n"to":[{"email":"ada@example.com"}], '
        '"variables":{"note":"ä🙂"}}'
    )
    attributes = {
        "reason": {"DataType": "String", "StringValue": "status_400"},
        "detail": {"DataType": "String", "StringValue": "of the relay"},
        "attempts": {"DataType": "String", "StringValue": "1"},
        "idempotencyKey": {"DataType": "String", "StringValue": "order-1"},
        "tenant": {"DataType": "String.custom", "StringValue": "blue"},
        "number": {"DataType": "Number", "StringValue": "7"},
        "raw": {"DataType": "Binary", "BinaryValue": b"\x00\xff"},
    }
    station.put_raw(station.dead_letter_queue, [written], attributes)
    assert station.run("replay").status == 0
    (message,) = station.queued()
    assert message["Body"] == written
    assert message["MessageAttributes"] == {
        "tenant": {"DataType": "String.custom", "StringValue": "blue"},
        "number": {"DataType": "Number", "StringValue": "7"},
        "raw": {"DataType": "Binary", "BinaryValue": b"\x00\xff"},
    }
    assert station.letters() == []


def set_aside_one_of_each(station: Station) -> dict[str, str]:
    """Letters of every fate; message ids by what they are."""
    sent, expired = body("sent"), body("recorded")
    ids = {
        "malformed": station.set_aside("no json", reason="not_json"),
        "sent": station.set_aside(sent, reason="outcome_unknown"),
        "recorded as expired": station.set_aside(expired, reason="status_400"),
        "would expire": station.set_aside(body("late", expiresAt="2020-01-01T00:00:00Z")),
        "unknown": station.set_aside(body("unknown"), reason="outcome_unknown"),
        "free": station.set_aside(body("free"), reason="status_400"),
        "unprovable": station.set_aside(body(None), reason="outcome_unknown"),
        "in flight": station.set_aside(body("held")),
        "conflicting": station.set_aside(body("sent", templateId="other")),
    }
    station.record(sent, MailState.SENT)
    station.record(expired, MailState.EXPIRED)
    station.record(body("unknown"), MailState.UNKNOWN)
    station.record(body("held"), MailState.CLAIMED)
    return ids


def left_of(station: Station, ids: dict[str, str]) -> set[str]:
    here = {letter["MessageId"] for letter in station.letters()}
    return {what for what, message_id in ids.items() if message_id in here}


@pytest.mark.parametrize(
    ("arguments", "gone", "queued"),
    [
        ([], {"would expire", "unknown", "free"}, 3),
        (
            ["--delete-settled"],
            {"would expire", "unknown", "free", "sent", "recorded as expired"},
            3,
        ),
        (["--allow-duplicates"], {"would expire", "unknown", "free", "unprovable"}, 4),
        (["--reason", "status_400"], {"free"}, 1),
        (["--limit", "2"], {"would expire", "unknown"}, 2),
        (["--limit", "2", "--delete-settled"], {"sent", "recorded as expired"}, 0),
    ],
)
def test_only_what_may_go_back_does(station, arguments, gone, queued):
    ids = set_aside_one_of_each(station)
    shown = station.run("replay", *arguments)
    assert shown.status == 0
    assert set(ids) - left_of(station, ids) == gone
    assert len(station.queued()) == queued


def test_the_summary_tells_why_letters_are_left(station):
    set_aside_one_of_each(station)
    assert station.run("replay", "--delete-settled").output.splitlines() == [
        "replayed 3 (1 expired, 1 unknown, 1 would send)",
        "deleted 2 (1 already sent, 1 expired)",
        "left 4 (1 conflicting, 1 in flight, 1 still malformed, 1 unprovable)",
    ]


def test_a_rehearsal_tells_what_would_be_done_and_changes_nothing(station):
    ids = set_aside_one_of_each(station)
    before = station.table.scan(TableName="state")["Items"]
    shown = station.run("replay", "--dry-run", "--delete-settled")
    assert shown.status == 0
    actions = {row.split()[-1]: row.split()[0] for row in shown.rows()[:-1]}
    assert actions == {
        ids["malformed"]: "stay",
        ids["sent"]: "delete",
        ids["recorded as expired"]: "delete",
        ids["would expire"]: "replay",
        ids["unknown"]: "replay",
        ids["free"]: "replay",
        ids["unprovable"]: "stay",
        ids["in flight"]: "stay",
        ids["conflicting"]: "stay",
    }
    assert shown.output.splitlines()[-1] == "nothing was changed"
    assert left_of(station, ids) == set(ids)
    assert station.queued() == []
    assert station.table.scan(TableName="state")["Items"] == before


def test_a_rehearsal_ends_at_the_limit_as_the_replay_does(station):
    station.set_many_aside([body(f"order-{number}") for number in range(25)], reason="status_400")
    assert len(station.run("replay", "--dry-run", "--limit", "12").rows()) == 12 + 1
    assert station.run("replay", "--limit", "12").output.startswith("replayed 12 ")
    assert len(station.queued()) == 12
    assert len(station.letters()) == 13


def test_a_single_letter_can_be_replayed(station):
    station.set_aside(body("order-1"))
    wanted = station.set_aside(body("order-2"))
    assert station.run("replay", "--id", wanted).status == 0
    assert bodies_of(station.queued()) == [body("order-2")]
    assert bodies_of(station.letters()) == [body("order-1")]
    # It has a new id now: an id names a letter, not a mail.
    assert station.run("replay", "--id", wanted).status == 1


@pytest.mark.parametrize(
    ("command", "arguments", "looks"),
    [
        ("list", ["--limit", "11"], 2),
        ("explain", ["--limit", "10"], 1),
        ("replay", ["--dry-run", "--limit", "10"], 1),
        ("replay", ["--limit", "10"], 1),
        ("replay", ["--limit", "21"], 3),
    ],
)
def test_no_more_is_looked_at_than_needed(station, monkeypatch, command, arguments, looks):
    station.set_many_aside([body(f"order-{number}") for number in range(35)], reason="status_400")
    receive = station.sqs.receive_message
    calls = []

    def counted(**asked):
        calls.append(asked)
        return receive(**asked)

    monkeypatch.setattr(station.sqs, "receive_message", counted)
    assert station.run(command, *arguments).status == 0
    assert len(calls) == looks


def test_the_search_ends_when_all_ids_are_found(station, monkeypatch):
    station.set_many_aside([body(f"order-{number}") for number in range(35)], reason="status_400")
    wanted = station.letters()[12]["MessageId"]
    receive = station.sqs.receive_message
    calls = []

    def counted(**asked):
        calls.append(asked)
        return receive(**asked)

    monkeypatch.setattr(station.sqs, "receive_message", counted)
    assert len(station.run("list", "--id", wanted).rows()) == 1
    assert len(calls) == 2


def test_a_rate_spreads_the_letters(station):
    station.set_many_aside([body(f"order-{number}") for number in range(10)], reason="status_400")
    assert station.run("replay", "--rate", "4").status == 0
    # The clock of the test stands still, so each wait is that of all groups before.
    assert station.sleeps == [1.0, 2.0]
    assert len(station.queued()) == 10


def test_large_letters_go_in_calls_that_sqs_takes(station):
    bodies = [body(f"order-{number}", variables={"v": "x" * 400_000}) for number in range(5)]
    for text in bodies:
        station.sqs.send_message(QueueUrl=station.dead_letter_queue, MessageBody=text)
    assert station.run("replay").status == 0
    assert bodies_of(station.queued()) == sorted(bodies)
    assert station.letters() == []


def test_a_letter_that_comes_back_meanwhile_is_not_replayed_for_ever(station, monkeypatch):
    station.set_many_aside([body(f"order-{number}") for number in range(12)], reason="status_400")
    station.set_aside(body(None), reason="status_400")
    put = EmailQueue.put

    def put_and_set_aside_again(queue, letters, *, has_key):
        refused = put(queue, letters, has_key=has_key)
        station.set_many_aside([letter.body for letter in letters], reason="status_400")
        return refused

    monkeypatch.setattr(EmailQueue, "put", put_and_set_aside_again)
    shown = station.run("replay")
    assert shown.output.splitlines() == [
        "replayed 13 (13 would send)",
        "deleted 0",
        "left 13 (13 repeated)",
    ]
    assert len(station.letters()) == 13

"""How the demo judges what became of its messages."""

from __future__ import annotations

import dataclasses
from io import StringIO
from typing import Any

import pytest
from rich.console import Console

from local.demo.judgement import Judgement, everything_arrived, judge
from local.demo.messages import DemoMessage, Refusal
from local.demo.observation import DeadLetter, Observation
from local.demo.report import print_report

GOOD = [
    DemoMessage(number=number, kind="plain", body=f"good {number}", refusal=None)
    for number in (1, 2)
]
BAD = DemoMessage(number=3, kind="odd", body="bad", refusal=Refusal("not_json", "JSON"))
MESSAGES = [*GOOD, BAD]
LETTER = DeadLetter(body="bad", reason="not_json", detail="the body: is no JSON")


def _email(number: int, *, relay_id: str | None = None) -> dict[str, Any]:
    metadata = {"demo": str(number), "relayId": relay_id or f"relay-{number}"}
    return {"id": f"email-{number}", "metadata": metadata}


PERFECT = Observation(emails=(_email(1), _email(2)), dead_letters=(LETTER,), waiting=0)


def _broken(judgement: Judgement) -> list[str]:
    return [promise for promise, held in judgement.promises if not held]


def test_everything_as_promised_holds() -> None:
    judgement = judge(MESSAGES, PERFECT)

    assert judgement.held
    assert [(row.outcome, row.evidence, row.held) for row in judgement.rows] == [
        ("accepted", "email-1", True),
        ("accepted", "email-2", True),
        ("set aside", "not_json: the body: is no JSON", True),
    ]


def test_lost_message_breaks_the_promise() -> None:
    judgement = judge(MESSAGES, dataclasses.replace(PERFECT, emails=(_email(1),)))

    assert judgement.rows[1].outcome == "missing"
    assert _broken(judgement) == [
        "each of the 2 good messages was accepted once",
        "nothing else was sent",
    ]


def test_mail_sent_twice_breaks_the_promise() -> None:
    twice = (_email(1), _email(2), _email(2))

    judgement = judge(MESSAGES, dataclasses.replace(PERFECT, emails=twice))

    assert judgement.rows[1].outcome == "accepted 2 times"
    assert _broken(judgement) == [
        "each of the 2 good messages was accepted once",
        "nothing else was sent",
        "every mail carries a relayId, and none is repeated",
    ]


def test_repeated_relay_id_alone_breaks_the_promise() -> None:
    repeated = (_email(1, relay_id="same"), _email(2, relay_id="same"))

    judgement = judge(MESSAGES, dataclasses.replace(PERFECT, emails=repeated))

    assert _broken(judgement) == ["every mail carries a relayId, and none is repeated"]


@pytest.mark.parametrize("metadata", [{"demo": "2"}, {"demo": "2", "relayId": None}])
def test_mail_without_relay_id_breaks_the_promise(metadata: dict[str, Any]) -> None:
    emails = (_email(1), {"id": "email-2", "metadata": metadata})

    judgement = judge(MESSAGES, dataclasses.replace(PERFECT, emails=emails))

    assert _broken(judgement) == ["every mail carries a relayId, and none is repeated"]


@pytest.mark.parametrize(
    "letter",
    [
        dataclasses.replace(LETTER, reason="too_large"),
        dataclasses.replace(LETTER, reason=""),
        dataclasses.replace(LETTER, detail="something else"),
    ],
    ids=["another reason", "no reason", "detail names something else"],
)
def test_untrue_reason_breaks_the_promise(letter: DeadLetter) -> None:
    judgement = judge(MESSAGES, dataclasses.replace(PERFECT, dead_letters=(letter,)))

    assert _broken(judgement) == ["each of the 1 bad ones is set aside with a true reason"]


def test_providers_own_reason_is_true_when_the_detail_names_the_fact() -> None:
    unknown = dataclasses.replace(BAD, refusal=Refusal(None, "404"))
    letter = DeadLetter(body="bad", reason="template_not_found", detail="POST 404: no such one")

    assert judge([unknown], Observation(dead_letters=(letter,))).held
    without_reason = dataclasses.replace(letter, reason="")
    assert not judge([unknown], Observation(dead_letters=(without_reason,))).held


def test_good_message_set_aside_breaks_two_promises() -> None:
    letters = (LETTER, DeadLetter(body="good 2", reason="wrong_type", detail="to"))

    judgement = judge(
        MESSAGES, dataclasses.replace(PERFECT, emails=(_email(1),), dead_letters=letters)
    )

    assert judgement.rows[1].outcome == "set aside"
    assert _broken(judgement) == [
        "each of the 2 good messages was accepted once",
        "nothing else was sent",
        "nothing else is in the dead-letter queue",
    ]


def test_message_both_sent_and_set_aside_breaks_the_promise() -> None:
    letters = (LETTER, DeadLetter(body="good 2", reason="wrong_type", detail="to"))

    judgement = judge(MESSAGES, dataclasses.replace(PERFECT, dead_letters=letters))

    assert judgement.rows[1].outcome == "accepted and set aside"
    assert not judgement.rows[1].held


def test_bad_message_that_was_sent_breaks_the_promise() -> None:
    emails = (_email(1), _email(2), _email(3))

    judgement = judge(MESSAGES, dataclasses.replace(PERFECT, emails=emails, dead_letters=()))

    assert not judgement.rows[2].held
    assert "nothing else was sent" in _broken(judgement)


def test_message_left_on_the_queue_breaks_the_promise() -> None:
    judgement = judge(MESSAGES, dataclasses.replace(PERFECT, waiting=1))

    assert _broken(judgement) == ["the queue is empty"]


@pytest.mark.parametrize(
    ("seen", "arrived"),
    [
        (PERFECT, True),
        (dataclasses.replace(PERFECT, emails=(_email(1),)), False),
        (dataclasses.replace(PERFECT, dead_letters=()), False),
        (dataclasses.replace(PERFECT, waiting=1), False),
    ],
    ids=["all", "mail outstanding", "dead letter outstanding", "queue not empty"],
)
def test_waiting_ends_when_all_have_arrived(seen: Observation, arrived: bool) -> None:
    assert everything_arrived(MESSAGES, seen) is arrived


def test_report_shows_each_message_and_each_promise() -> None:
    letter = dataclasses.replace(LETTER, detail="JSON [bold]in[/bold] field")
    output = StringIO()
    judgement = judge(MESSAGES, dataclasses.replace(PERFECT, dead_letters=(letter,), waiting=1))

    print_report(judgement, console=Console(file=output))

    text = output.getvalue()
    assert "email-1" in text
    # What a producer wrote is shown as it is, not taken for formatting.
    assert "not_json: JSON [bold]in[/bold] field" in text
    assert "BROKEN  the queue is empty" in text
    assert "held    nothing else was sent" in text

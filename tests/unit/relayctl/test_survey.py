"""Going through letters in batches."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from formarelay.aws.ledger_reader import LedgerEntry
from formarelay.claims import MailIdentity, MailState
from formarelay.errors import TransientError
from relayctl.dead_letters.explanation import Fate
from relayctl.dead_letters.survey import Survey, Wanted
from tests.support.clock import ManualClock
from tests.unit.relayctl.letters import NOW, body, entry, letter


class FakeLedger:
    def __init__(self) -> None:
        self.known: dict[str, LedgerEntry] = {}
        self.asked: list[list[str]] = []
        self.down = False

    def entries(self, mails: Iterable[MailIdentity]) -> dict[str, LedgerEntry]:
        if self.down:
            raise TransientError("the ledger cannot be read")
        keys = [mail.key for mail in mails]
        self.asked.append(keys)
        return {key: self.known[key] for key in keys if key in self.known}


@pytest.fixture
def ledger():
    return FakeLedger()


@pytest.fixture
def survey(ledger):
    return Survey(ledger=ledger, clock=ManualClock(wall=NOW))


def fates(findings):
    return [finding.explanation.fate for finding in findings]


def test_a_batch_is_one_question_to_the_ledger(ledger, survey):
    ledger.known["key:b"] = entry(letter(body("b")), MailState.SENT)
    batch = [
        letter(body("a"), message_id="m-1"),
        letter("no json", message_id="m-2"),
        letter(body("b"), message_id="m-3"),
        letter(body(None), message_id="m-4"),
    ]
    findings = survey.findings(batch)
    assert ledger.asked == [["key:a", "key:b", "message:m-4"]]
    assert fates(findings) == [
        Fate.WOULD_SEND,
        Fate.MALFORMED,
        Fate.ALREADY_SENT,
        Fate.WOULD_SEND,
    ]
    assert [finding.letter for finding in findings] == batch
    assert findings[1].mail is None


def test_a_key_goes_once_a_run_whatever_the_content(survey):
    survey.findings([letter(body("a"), message_id="m-1")])
    (again,) = survey.findings([letter(body("a", templateId="other"), message_id="m-2")])
    assert again.explanation.fate is Fate.REPEATED
    assert again.explanation.because == "the same key as letter m-1, which goes first"


def test_a_body_without_a_key_goes_once_a_run(survey):
    first = letter(body(None), message_id="m-1")
    second = letter(body(None), message_id="m-2")
    other = letter(body(None, templateId="other"), message_id="m-3")
    findings = survey.findings([first, second, other])
    assert fates(findings) == [Fate.WOULD_SEND, Fate.REPEATED, Fate.WOULD_SEND]
    assert findings[1].explanation.because == (
        "the same body as letter m-1, and no key to tell whether it is the same mail; "
        "a later run takes it"
    )


@pytest.mark.parametrize(
    ("state", "fate"),
    [(MailState.SENT, Fate.ALREADY_SENT), (MailState.EXPIRED, Fate.EXPIRED)],
)
def test_what_has_ended_is_not_called_a_repetition(ledger, survey, state, fate):
    ledger.known["key:a"] = entry(letter(body("a")), state)
    both = [letter(body("a"), message_id="m-1"), letter(body("a"), message_id="m-2")]
    assert fates(survey.findings(both)) == [fate, fate]


def test_a_ledger_that_is_down_is_not_an_empty_one(ledger, survey):
    ledger.down = True
    with pytest.raises(TransientError) as caught:
        survey.findings([letter()])
    assert type(caught.value) is TransientError


@pytest.mark.parametrize(
    ("wanted", "includes"),
    [
        (Wanted(), True),
        (Wanted(reasons=["template_not_found"]), True),
        (Wanted(reasons=["template_not"]), False),
        (Wanted(message_ids=["m-1"]), True),
        (Wanted(message_ids=["m-2"]), False),
        (Wanted(reasons=["other"], message_ids=["m-1"]), False),
    ],
)
def test_what_is_wanted(wanted, includes):
    assert wanted.includes(letter()) is includes


def test_none_stands_for_no_reason():
    assert Wanted(reasons=["none"]).includes(letter(reason=""))
    assert not Wanted(reasons=["none"]).includes(letter())

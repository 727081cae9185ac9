"""What a replay would do: one decision over the body, the facts beside it and the ledger."""

from __future__ import annotations

import pytest

from formarelay.claims import MailState
from relayctl.dead_letters.explanation import Explanation, Fate, explain, read
from relayctl.dead_letters.letter import DeadLetter
from tests.unit.relayctl.letters import NOW, body, entry, letter, mail

LATE = {"expiresAt": "2020-01-01T00:00:00Z"}


def fate_of(one: DeadLetter, state: MailState | None = None, **fields) -> Fate:
    found = entry(one, state, **fields) if state else None
    return explain(one, mail(one), found, now=NOW).fate


KEYED = {
    None: Fate.WOULD_SEND,
    MailState.OPEN: Fate.WOULD_SEND,
    MailState.REFUSED: Fate.WOULD_SEND,
    MailState.CLAIMED: Fate.UNKNOWN,
    MailState.UNKNOWN: Fate.UNKNOWN,
    MailState.SENT: Fate.ALREADY_SENT,
    MailState.EXPIRED: Fate.EXPIRED,
}


@pytest.mark.parametrize("state", [None, *MailState])
def test_the_ledger_decides_over_a_mail_with_a_key(state):
    assert fate_of(letter(), state) is KEYED[state]


@pytest.mark.parametrize("state", [None, *MailState])
def test_without_a_key_an_unanswered_call_cannot_be_looked_up_by_a_replay(state):
    one = letter(body(None), moved_by_sqs=True, reason="")
    expected = Fate.UNPROVABLE if KEYED[state] is Fate.UNKNOWN else KEYED[state]
    assert fate_of(one, state) is expected


@pytest.mark.parametrize("state", [None, *MailState])
def test_an_expired_mail_is_still_looked_up_but_never_sent(state):
    one = letter(body(**LATE))
    would = KEYED[state]
    assert fate_of(one, state) is (Fate.EXPIRED if would is Fate.WOULD_SEND else would)


def test_it_expires_at_the_very_instant():
    one = letter(body(expiresAt="2027-01-15T08:00:00Z"))
    assert explain(one, mail(one), None, now=NOW).fate is Fate.EXPIRED
    assert explain(one, mail(one), None, now=NOW - 0.001).fate is Fate.WOULD_SEND


@pytest.mark.parametrize("state", list(MailState))
def test_other_content_under_the_same_key_conflicts_unless_it_was_refused(state):
    found = fate_of(letter(), state, fingerprint="f" * 64)
    assert found is (Fate.WOULD_SEND if state is MailState.REFUSED else Fate.CONFLICTING)


def test_a_claim_holds_until_its_lease_ends():
    one = letter()
    assert fate_of(one, MailState.CLAIMED, lease_until=NOW + 0.1) is Fate.IN_FLIGHT
    assert fate_of(one, MailState.CLAIMED, lease_until=NOW) is Fate.UNKNOWN
    # What was settled is not held, whatever its times.
    assert fate_of(one, MailState.UNKNOWN, lease_until=NOW + 9) is Fate.UNKNOWN


@pytest.mark.parametrize("key", ["order-1", None])
def test_what_may_have_been_sent_and_has_no_entry_is_not_taken_for_unsent(key):
    one = letter(body(key), reason="outcome_unknown")
    found = explain(one, mail(one), None, now=NOW)
    assert found.fate is Fate.UNPROVABLE
    assert found.because == (
        "it may have been sent, and the ledger has no entry for its key: another table, or older "
        "than its memory"
        if key
        else "it may have been sent, and it has no idempotency key to be recognised by"
    )


def test_an_unknown_outcome_stays_so_when_sqs_moved_it_here_later():
    # As after a redrive by hand: the reason is of the first time, the id is not.
    one = letter(body(None), reason="outcome_unknown", moved_by_sqs=True)
    assert fate_of(one) is Fate.UNPROVABLE


@pytest.mark.parametrize(
    ("spare_bytes", "fate"), [(16 * 1024 - 1, Fate.UNPROVABLE), (16 * 1024, Fate.WOULD_SEND)]
)
def test_a_body_that_left_no_room_for_a_reason_may_have_had_one(spare_bytes, fate):
    empty = body(None, variables={"v": ""})
    text = body(None, variables={"v": "x" * (1024 * 1024 - spare_bytes - len(empty))})
    assert fate_of(letter(text, reason="")) is fate
    # SQS moves without writing anything, and the ledger would know of a call.
    assert fate_of(letter(text, reason="", moved_by_sqs=True)) is Fate.WOULD_SEND


def test_only_what_the_ledger_has_recorded_counts_as_settled():
    assert explain(letter(), mail(letter()), entry(letter(), MailState.SENT), now=NOW) == (
        Explanation(fate=Fate.ALREADY_SENT, because="as em_1", email_id="em_1", settled=True)
    )
    found = explain(letter(), mail(letter()), entry(letter(), MailState.EXPIRED), now=NOW)
    assert found.settled
    one = letter(body(**LATE))
    assert not explain(one, mail(one), None, now=NOW).settled


def test_an_id_that_was_not_learned_is_said_so():
    found = entry(letter(), MailState.SENT, email_id="")
    assert explain(letter(), mail(letter()), found, now=NOW).because == "its id was not learned"


def test_a_letter_without_a_key_says_what_is_not_promised():
    one = letter(body(None), reason="")
    assert explain(one, mail(one), None, now=NOW).because == (
        "no call is recorded; no idempotency key: not recognised as sent before"
    )


def test_a_malformed_body_is_explained_without_being_quoted():
    found = read(letter('{"templateId": "t", "to": [{"email": "ada"}]}'))
    assert type(found) is Explanation
    assert found.fate is Fate.MALFORMED
    assert found.because.startswith("invalid_value: to[")
    assert "ada" not in found.because


def test_a_letter_shows_no_content():
    one = letter(detail="d@example.com", idempotency_key="k@example.com", receipt_handle="rh")
    assert repr(one) == (
        f"DeadLetter(message_id='m-1', sent_at={NOW - 60}, attempts=None, moved_by_sqs=False)"
    )

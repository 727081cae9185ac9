from __future__ import annotations

import json

import pytest

from formarelay.identity import identify
from formarelay.message import parse_message
from tests.crash.messages import Kind, Materials, produce
from tests.crash.oracle import Evidence, judge

NOW = 1_800_000_000.0
KEY = "fm_sk_canary"
MATERIALS = Materials(
    row="row-1",
    file={"bucket": "files", "key": "a.pdf", "versionId": "v1", "sha256": "0" * 64},
)


def mails(*kinds):
    return produce("run1", list(kinds), materials=MATERIALS, now=NOW)


def relay_id(mail):
    return identify(parse_message(mail.bodies[0], message_id="m-1")).relay_id


def accepted(mail, *, at=NOW, relay=None):
    metadata = {"number": mail.number, "relayId": relay or relay_id(mail)}
    return {"metadata": metadata, "acceptedAt": at}


def letter(mail, reason):
    facts = {"reason": {"DataType": "String", "StringValue": reason}} if reason else {}
    return {"Body": mail.bodies[0], "MessageAttributes": facts}


def judged(produced, *, may_hold=False, ledger_fails=False, kills=0, **found):
    evidence = {
        "accepted": [],
        "dead_letters": [],
        "queued": [],
        "announced": [],
        "ledger": [],
        "outputs": [],
    }
    return judge(
        Evidence(run="run1", produced=produced, **(evidence | found)),
        may_hold=may_hold,
        ledger_fails=ledger_fails,
        kills=kills,
        canaries=[KEY],
    )


def test_every_kind_of_message_is_read_as_the_sender_would_read_it():
    produced = mails(*Kind)
    assert [mail.number for mail in produced] == list(range(1, len(Kind) + 2))
    good = [mail for mail in produced if mail.kind is not Kind.MALFORMED]
    twins = {relay_id(mail) for mail in good}
    # A rival has the key, and so the relay id, of the other one.
    assert len(twins) == len(good) - 1


def test_a_mail_that_was_accepted_once_is_well():
    (mail,) = mails(Kind.PLAIN)
    judgement = judged([mail], accepted=[accepted(mail)])
    assert judgement.violations == []
    assert judgement.endings == {"sent": 1}


def test_a_mail_that_was_accepted_twice_is_a_violation():
    (mail,) = mails(Kind.PLAIN)
    judgement = judged([mail], accepted=[accepted(mail), accepted(mail)])
    assert judgement.violations == [
        f"sent 2 times: relayId {relay_id(mail)}",
        "sent 2 times: number 1",
    ]


def test_a_mail_that_was_accepted_under_two_ids_is_a_violation():
    (mail,) = mails(Kind.KEYLESS)
    found = [accepted(mail, relay="a"), accepted(mail, relay="b")]
    assert judged([mail], accepted=found).violations == ["sent 2 times: number 1"]


def test_a_mail_that_is_nowhere_is_lost():
    (mail,) = mails(Kind.PLAIN)
    assert judged([mail]).violations == ["lost: mail 1 (plain)"]


def test_a_mail_that_never_comes_to_rest_is_stuck():
    (mail,) = mails(Kind.PLAIN)
    judgement = judged([mail], queued=[{"Body": mail.bodies[0]}])
    assert judgement.violations == ["stuck: mail 1 (plain) is still on the queue, beside []"]


@pytest.mark.parametrize(
    ("kind", "reason"),
    [
        (Kind.UNKNOWN_TEMPLATE, "template_not_found"),
        (Kind.UNKNOWN_TEMPLATE, "status_404"),
        (Kind.MALFORMED, "not_json"),
    ],
)
def test_a_refusal_for_the_right_reason_is_well(kind, reason):
    (mail,) = mails(kind)
    judgement = judged([mail], dead_letters=[letter(mail, reason)])
    assert judgement.violations == []
    assert judgement.endings == {"refused": 1}


@pytest.mark.parametrize("reason", ["not_json", ""])
def test_a_good_mail_may_not_be_refused(reason):
    (mail,) = mails(Kind.PLAIN)
    assert judged([mail], dead_letters=[letter(mail, reason)]).violations == [
        f"ended wrongly: mail 1 (plain) as ['refused:{reason}'], allowed are ['sent']"
    ]


def test_a_malformed_mail_may_not_be_refused_for_another_reason():
    (mail,) = mails(Kind.MALFORMED)
    (violation,) = judged([mail], dead_letters=[letter(mail, "too_large")]).violations
    assert violation == (
        "ended wrongly: mail 1 (malformed) as ['refused:too_large'], "
        "allowed are ['refused:not_json']"
    )


def test_a_mail_may_be_held_only_where_nobody_can_know():
    (mail,) = mails(Kind.PLAIN)
    held = [letter(mail, "outcome_unknown")]
    assert judged([mail], dead_letters=held, may_hold=True).violations == []
    assert judged([mail], dead_letters=held).violations == [
        "ended wrongly: mail 1 (plain) as ['held'], allowed are ['sent']"
    ]


def test_a_held_mail_may_have_been_accepted():
    (mail,) = mails(Kind.PLAIN)
    judgement = judged(
        [mail],
        accepted=[accepted(mail)],
        dead_letters=[letter(mail, "outcome_unknown")],
        may_hold=True,
    )
    assert judgement.violations == []


def test_a_mail_ends_in_one_way_only():
    first, second = mails(Kind.RIVAL)
    judgement = judged(
        [first, second],
        accepted=[accepted(first)],
        dead_letters=[
            letter(first, "idempotency_key_reused"),
            letter(second, "idempotency_key_reused"),
        ],
    )
    assert judgement.violations == [
        "ended in several ways: mail 1 (rival) as ['refused:idempotency_key_reused', 'sent']"
    ]


def test_an_expired_mail_is_known_by_the_ledger_alone():
    (mail,) = mails(Kind.EXPIRED)
    expired = [{"pk": "mail#1", "state": "EXPIRED", "relay_id": relay_id(mail)}]
    judgement = judged([mail], ledger=expired)
    assert judgement.violations == []
    assert judgement.endings == {"expired": 1}
    open_ = [{"pk": "mail#1", "state": "OPEN", "relay_id": relay_id(mail)}]
    assert judged([mail], ledger=open_).violations == ["lost: mail 1 (expired)"]


def test_a_mail_without_an_expiry_cannot_expire():
    (mail,) = mails(Kind.PLAIN)
    expired = [{"pk": "mail#1", "state": "EXPIRED", "relay_id": relay_id(mail)}]
    assert judged([mail], ledger=expired).violations == ["lost: mail 1 (plain)"]


def test_where_the_ledger_fails_an_expired_mail_is_known_by_the_log_beside_its_claim():
    (mail,) = mails(Kind.EXPIRED)
    line = json.dumps({"message": "expired", "relay_id": relay_id(mail)})
    claimed = [{"pk": "mail#1", "state": "CLAIMED", "relay_id": relay_id(mail)}]
    found = {"ledger": claimed, "outputs": [f"{line}\n"]}
    assert judged([mail], ledger_fails=True, **found).endings == {"expired": 1}
    lost = ["lost: mail 1 (expired)"]
    assert judged([mail], **found).violations == lost
    assert judged([mail], ledger_fails=True, ledger=claimed).violations == lost
    assert judged([mail], ledger_fails=True, outputs=[line]).violations == lost


def test_a_mail_that_was_refused_and_then_left_in_doubt_may_be_held_when_a_process_died():
    (mail,) = mails(Kind.UNKNOWN_TEMPLATE)
    letters = [letter(mail, "template_not_found"), letter(mail, "outcome_unknown")]
    judgement = judged([mail], dead_letters=letters, may_hold=True, kills=1)
    assert (judgement.violations, judgement.repeated_dead_letters) == ([], 1)
    assert judged([mail], dead_letters=letters, may_hold=True, kills=0).violations == [
        "ended in several ways: mail 1 (unknown-template) as ['held', 'refused:template_not_found']"
    ]
    assert len(judged([mail], dead_letters=letters, kills=1).violations) == 1


def test_a_mail_that_was_accepted_after_it_expired_is_a_violation():
    (mail,) = mails(Kind.BRIEF)
    in_time = [accepted(mail, at=mail.expires_at + 0.9)]
    assert judged([mail], accepted=in_time).violations == []
    late = [accepted(mail, at=mail.expires_at + 2.0)]
    assert judged([mail], accepted=late).violations == ["sent 2.0 s after it expired: 1"]


def test_the_same_dead_letter_twice_is_counted_and_allowed():
    (mail,) = mails(Kind.MALFORMED)
    judgement = judged([mail], dead_letters=[letter(mail, "not_json")] * 3)
    assert judgement.violations == []
    assert judgement.repeated_dead_letters == 2


@pytest.mark.parametrize(
    ("found", "place"),
    [
        ({"outputs": ["fine", f"Bearer {KEY}"]}, "the output"),
        ({"announced": [{"Body": KEY}]}, "an outcome event"),
        ({"ledger": [{"pk": "mail#1", "error": KEY}]}, "the ledger"),
    ],
)
def test_a_key_in_any_output_is_a_violation(found, place):
    (mail,) = mails(Kind.PLAIN)
    judgement = judged([mail], accepted=[accepted(mail)], **found)
    assert judgement.violations == [f"a key stands in {place}"]


def test_a_mail_may_be_refused_again_in_other_words():
    (mail,) = mails(Kind.UNKNOWN_TEMPLATE)
    letters = [letter(mail, "status_404"), letter(mail, "template_not_found")]
    judgement = judged([mail], dead_letters=letters)
    assert judgement.violations == []
    assert judgement.endings == {"refused": 1}


def test_a_key_in_a_dead_letter_is_a_violation():
    (mail,) = mails(Kind.MALFORMED)
    leaking = letter(mail, "not_json")
    leaking["MessageAttributes"]["detail"] = {"DataType": "String", "StringValue": KEY}
    assert judged([mail], dead_letters=[leaking]).violations == ["a key stands in a dead letter"]


def test_a_programming_error_in_the_log_is_a_violation():
    (mail,) = mails(Kind.PLAIN)
    line = '{"level":"ERROR","message":"handed back","failure":"TypeError"}'
    judgement = judged([mail], accepted=[accepted(mail)], outputs=[line])
    assert judgement.violations == ["a programming error was logged"]


def test_a_message_of_nobody_stops_the_judgement():
    (mail,) = mails(Kind.PLAIN)
    stranger = {"Body": "{}", "MessageAttributes": {}}
    with pytest.raises(AssertionError, match=r"^a message of no producer: \{\}$"):
        judged([mail], dead_letters=[stranger])

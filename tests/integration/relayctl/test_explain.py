"""`dead-letters explain`: what a replay would do, from the body and the real ledger."""

from __future__ import annotations

import pytest

from formarelay.claims import MailState
from tests.integration.relayctl.station import body


@pytest.mark.parametrize(
    ("state", "fate", "because"),
    [
        (None, "would send", "set aside as template_not_found"),
        (MailState.OPEN, "would send", "its last call was not accepted"),
        (MailState.REFUSED, "would send", "it was refused before"),
        (MailState.SENT, "already sent", "as em_1"),
        (MailState.EXPIRED, "expired", "recorded as not sent in time"),
        (MailState.CLAIMED, "in flight", "a worker holds it for 50 s at most"),
        (
            MailState.UNKNOWN,
            "unknown",
            "called without an answer: looked up at the provider before it is sent again",
        ),
    ],
)
def test_each_state_of_the_ledger_has_its_fate(station, state, fate, because):
    station.set_aside(body(), reason="template_not_found", idempotencyKey="order-1")
    if state is not None:
        station.record(body(), state)
    (document,) = station.run("explain", "--json").documents
    assert (document["replay"], document["because"]) == (fate, because)
    assert document["emailId"] == ("em_1" if state is MailState.SENT else "")
    assert document["settled"] is (state in (MailState.SENT, MailState.EXPIRED))


def test_a_claim_that_nobody_holds_any_more_is_an_unknown_outcome(station):
    station.set_aside(body())
    station.record(body(), MailState.CLAIMED)
    station.clock.advance(51)
    (document,) = station.run("explain", "--json").documents
    assert document["replay"] == "unknown"


def test_a_key_that_was_used_for_other_content_conflicts(station):
    station.set_aside(body(templateId="other"), reason="idempotency_key_reused")
    station.record(body(), MailState.SENT)
    (document,) = station.run("explain", "--json").documents
    assert document["replay"] == "conflicting"


def test_a_body_that_still_breaks_the_contract_says_where(station):
    station.set_aside('{"templateId": 7, "to": [{"email": "ada@example.com"}]}', reason="x")
    (document,) = station.run("explain", "--json").documents
    assert (document["replay"], document["because"]) == (
        "still malformed",
        "wrong_type: templateId: must be str, not int",
    )
    assert document["relayId"] == ""


def test_an_expired_mail_is_not_sent_any_more(station):
    station.set_aside(body(expiresAt="2020-01-01T00:00:00Z"))
    (document,) = station.run("explain", "--json").documents
    assert (document["replay"], document["settled"]) == ("expired", False)


def test_the_relay_id_is_the_one_that_the_provider_stores(station):
    station.set_aside(body())
    mail = station.record(body(), MailState.UNKNOWN)
    (document,) = station.run("explain", "--json").documents
    assert document["relayId"] == mail.relay_id
    # Not written beside this letter: read from its body.
    assert document["idempotencyKey"] == "order-1"


def test_a_letter_without_a_key_is_told_what_is_not_promised(station):
    station.set_aside(body(None), reason="template_not_found")
    (document,) = station.run("explain", "--json").documents
    assert (document["replay"], document["because"]) == (
        "would send",
        "set aside as template_not_found; no idempotency key: not recognised as sent before",
    )


def test_the_table_counts_fates_first(station):
    station.set_aside("no json", reason="not_json")
    station.set_aside(body("order-1"))
    station.set_aside(body("order-2"))
    station.record(body("order-2"), MailState.SENT)
    station.set_aside(body("order-3"))
    shown = station.run("explain")
    assert shown.status == 0
    assert sorted(shown.output.split("\n\n")[0].splitlines()) == [
        "     1 already sent",
        "     1 still malformed",
        "     2 would send",
    ]
    (row,) = [row for row in shown.rows() if row.startswith("already sent")]
    assert [cell.strip() for cell in row.split("  ") if cell.strip()][:4] == [
        "already sent",
        "as em_1",
        "template_not_found",
        "1",
    ]


def test_letters_of_one_mail_are_told_from_letters_of_many(station):
    first = station.set_aside(body())
    station.set_aside(body(templateId="another"))
    station.set_aside(body(None))
    station.set_aside(body(None))
    documents = station.run("explain", "--json").documents
    assert [document["replay"] for document in documents] == [
        "would send",
        "repeated",
        "would send",
        "repeated",
    ]
    assert documents[1]["because"] == f"the same key as letter {first}, which goes first"


def test_as_many_are_explained_as_asked_for_and_nothing_is_changed(station):
    station.set_many_aside([body(f"order-{number}") for number in range(14)], reason="not_json")
    before = station.table.scan(TableName="state")["Items"]
    assert len(station.run("explain", "--json", "--limit", "12").documents) == 12
    assert len(station.letters()) == 14
    assert station.queued() == []
    assert station.table.scan(TableName="state")["Items"] == before


def test_a_ledger_that_cannot_be_read_ends_the_command_and_gives_all_back(station):
    station.set_aside(body())
    station.table.delete_table(TableName="state")
    shown = station.run("explain")
    assert shown.status == 1
    assert shown.messages.splitlines()[-1] == (
        "error: the ledger cannot be read: the state table does not exist. "
        "Is this the right account and region?"
    )
    assert len(station.letters()) == 1

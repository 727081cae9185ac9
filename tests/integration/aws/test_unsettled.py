"""One suite for both views of the open questions: the fake, and the one in DynamoDB."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import EndpointConnectionError
from botocore.stub import Stubber

from formarelay.aws.ledger import DynamoLedger
from formarelay.aws.ledger_entry import LIFE_SECONDS
from formarelay.aws.unsettled import DynamoUnsettled
from formarelay.claims import AlreadySettled, Claimed, MailIdentity, MailState, Uncertain
from formarelay.errors import TransientError, UnexpectedResponseError
from tests.support.aws import create_state_table, fake_aws
from tests.support.clock import ManualClock
from tests.support.fake_ledger import FakeLedger
from tests.support.fake_unsettled import FakeUnsettled

START = 1_800_000_000.0
LEASE = 50.0


def mail(number: int) -> MailIdentity:
    return MailIdentity(key=f"order-{number}", fingerprint="aa" * 32, relay_id=f"{number:032x}")


@pytest.fixture
def clock():
    return ManualClock(wall=START)


class Stores:
    """A ledger for workers, and the view of the sweep on it, two items a page."""

    def __init__(self, ledger: Any, unsettled: Any) -> None:
        self.ledger = ledger
        self.unsettled = unsettled

    def call(self, number: int, state: MailState | None = None) -> Claimed:
        claim = self.ledger.claim(mail(number), lease_seconds=LEASE)
        assert type(claim) is Claimed
        if state is not None:
            assert self.ledger.settle(mail(number), claim_id=claim.claim_id, state=state)
        return claim

    def all(self, *, quiet_since: float) -> list[Any]:
        found, position = [], ""
        while True:
            page = self.unsettled.page(position=position, quiet_since=quiet_since)
            found += page.mails
            position = page.position
            if not position:
                return sorted(found, key=lambda each: each.relay_id)


@pytest.fixture(params=["fake", "dynamodb"])
def stores(request, clock):
    if request.param == "fake":
        ledger = FakeLedger(clock)
        yield Stores(ledger, FakeUnsettled(ledger, page_items=2))
        return
    with fake_aws():
        client = create_state_table()
        yield Stores(
            DynamoLedger(client, table_name="state", clock=clock),
            DynamoUnsettled(client, table_name="state", clock=clock, page_items=2),
        )


def test_unknown_outcomes_and_stale_claims_are_found_over_all_pages_and_nothing_else(stores, clock):
    first = stores.call(1, MailState.UNKNOWN)
    second = stores.call(2)
    ended = (MailState.SENT, MailState.REFUSED, MailState.EXPIRED, MailState.OPEN)
    for number, state in enumerate(ended, start=3):
        stores.call(number, state)
    clock.advance(1000)
    stores.call(7, MailState.UNKNOWN)
    stores.call(8)
    found = stores.all(quiet_since=START + 100)
    assert [(each.relay_id, each.claim_id) for each in found] == [
        (mail(1).relay_id, first.claim_id),
        (mail(2).relay_id, second.claim_id),
    ]
    assert [(each.first_call_at, each.last_call_at) for each in found] == [
        (START, START),
        (START, START + LEASE),
    ]
    assert [(each.attempts, each.is_absent) for each in found] == [(1, False), (1, False)]


def test_a_call_is_quiet_only_after_the_given_time(stores):
    stores.call(1, MailState.UNKNOWN)
    assert stores.all(quiet_since=START) == []
    assert len(stores.all(quiet_since=START + 0.001)) == 1


def test_a_live_claim_is_left_alone(stores):
    stores.call(1)
    assert stores.all(quiet_since=START + LEASE) == []


def test_a_mail_that_was_found_is_sent_for_every_worker(stores):
    stores.call(1, MailState.UNKNOWN)
    (found,) = stores.all(quiet_since=START + 1)
    assert stores.unsettled.settle(found, state=MailState.SENT, email_id="em_1") is True
    assert stores.ledger.claim(mail(1), lease_seconds=LEASE) == AlreadySettled(
        state=MailState.SENT, email_id="em_1", attempts=1
    )
    assert stores.all(quiet_since=START + 1e6) == []


def test_a_mail_that_is_proven_absent_is_free_for_the_next_delivery(stores):
    stores.call(1)
    (found,) = stores.all(quiet_since=START + LEASE + 1)
    assert stores.unsettled.settle(found, state=MailState.OPEN) is True
    claim = stores.call(1)
    assert claim.attempts == 2


@pytest.mark.parametrize("state", [MailState.SENT, MailState.OPEN, MailState.REFUSED])
def test_a_worker_that_settled_first_wins(stores, state):
    claim = stores.call(1)
    (found,) = stores.all(quiet_since=START + LEASE + 1)
    assert stores.ledger.settle(mail(1), claim_id=claim.claim_id, state=state, email_id="em_w")
    assert stores.unsettled.settle(found, state=MailState.SENT, email_id="em_s") is False
    assert stores.unsettled.note_absence(found) is False
    if state is MailState.SENT:
        assert stores.ledger.claim(mail(1), lease_seconds=LEASE) == AlreadySettled(
            state=MailState.SENT, email_id="em_w", attempts=1
        )


def test_a_worker_that_claimed_anew_wins_and_keeps_its_claim(stores):
    claim = stores.call(1, MailState.UNKNOWN)
    (found,) = stores.all(quiet_since=START + 1)
    assert stores.ledger.settle(mail(1), claim_id=claim.claim_id, state=MailState.OPEN)
    anew = stores.call(1)
    assert stores.unsettled.settle(found, state=MailState.OPEN) is False
    assert stores.unsettled.note_absence(found) is False
    assert stores.ledger.settle(mail(1), claim_id=anew.claim_id, state=MailState.SENT) is True


def test_the_sweep_that_settled_first_is_not_undone_by_a_worker(stores):
    claim = stores.call(1, MailState.UNKNOWN)
    (found,) = stores.all(quiet_since=START + 1)
    stores.unsettled.settle(found, state=MailState.SENT, email_id="em_1")
    opened = stores.ledger.settle(mail(1), claim_id=claim.claim_id, state=MailState.OPEN)
    assert opened is False


def test_noted_absence_stays_unknown_for_workers_and_holds_for_one_call_alone(stores, clock):
    stores.call(1)
    (found,) = stores.all(quiet_since=START + LEASE + 1)
    assert stores.unsettled.note_absence(found) is True
    (noted,) = stores.all(quiet_since=START + LEASE + 1)
    assert noted.is_absent is True
    assert noted.last_call_at == START + LEASE
    assert type(stores.ledger.claim(mail(1), lease_seconds=LEASE)) is Uncertain
    # A person lets it be sent, and that call has no answer, either.
    assert stores.unsettled.settle(noted, state=MailState.OPEN) is True
    stores.call(1, MailState.UNKNOWN)
    (again,) = stores.all(quiet_since=START + LEASE + 1)
    assert again.is_absent is False


def test_the_position_is_kept_and_is_no_mail(stores):
    assert stores.unsettled.position() == ""
    stores.call(1, MailState.UNKNOWN)
    stores.unsettled.save_position("mail#5")
    assert stores.unsettled.position() == "mail#5"
    stores.unsettled.save_position("")
    assert stores.unsettled.position() == ""
    assert len(stores.all(quiet_since=START + 1)) == 1


def test_what_the_sweep_settles_lives_as_long_as_what_a_worker_does(clock):
    with fake_aws():
        client = create_state_table()
        stores = Stores(
            DynamoLedger(client, table_name="state", clock=clock),
            DynamoUnsettled(client, table_name="state", clock=clock),
        )
        stores.call(1, MailState.UNKNOWN)
        clock.advance(10_000)
        (found,) = stores.all(quiet_since=START + 1)
        stores.unsettled.settle(found, state=MailState.SENT, email_id="em_1")
        (item,) = client.scan(TableName="state")["Items"]
        assert item["expires_at"] == {"N": str(int(START) + 10_000 + LIFE_SECONDS)}


def test_an_entry_of_another_form_is_an_error_that_quotes_nothing(clock):
    with fake_aws():
        client = create_state_table()
        client.put_item(
            TableName="state",
            Item={"pk": {"S": "mail#1"}, "state": {"S": "UNKNOWN"}, "lease_until": {"N": "1"}},
        )
        unsettled = DynamoUnsettled(client, table_name="state", clock=clock)
        with pytest.raises(UnexpectedResponseError) as caught:
            unsettled.page(position="", quiet_since=START)
        assert str(caught.value) == (
            "dynamodb Scan: the ledger holds an entry that this version cannot read"
        )


@pytest.mark.parametrize(
    ("operation", "call"),
    [
        ("scan", lambda store, _: store.page(position="", quiet_since=START)),
        ("update_item", lambda store, found: store.settle(found, state=MailState.SENT)),
        ("update_item", lambda store, found: store.note_absence(found)),
        ("get_item", lambda store, _: store.position()),
        ("update_item", lambda store, _: store.save_position("")),
    ],
)
@pytest.mark.parametrize("answered", [True, False])
def test_a_store_that_cannot_answer_is_a_transient_error(clock, operation, call, answered):
    with fake_aws():
        client = create_state_table()
        stores = Stores(
            DynamoLedger(client, table_name="state", clock=clock),
            DynamoUnsettled(client, table_name="state", clock=clock),
        )
        stores.call(1, MailState.UNKNOWN)
        (found,) = stores.all(quiet_since=START + 1)
        with Stubber(client) as stubber:
            if answered:
                stubber.add_client_error(operation, "ProvisionedThroughputExceededException")
            else:
                # Before the request, as when the host is not reached.
                def unreachable(**_: Any) -> None:
                    raise EndpointConnectionError(endpoint_url="https://dynamodb")

                client.meta.events.register(
                    f"before-parameter-build.dynamodb.{_name(operation)}", unreachable
                )
            with pytest.raises(TransientError, match="the ledger cannot be reached"):
                call(stores.unsettled, found)


def _name(operation: str) -> str:
    return "".join(word.capitalize() for word in operation.split("_"))

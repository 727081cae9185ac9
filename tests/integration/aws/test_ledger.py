"""One suite for the ledgers: the fake that unit tests trust, and the one in DynamoDB, whose writes
go by themselves or with others."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from botocore.exceptions import EndpointConnectionError
from botocore.stub import Stubber

from formarelay.aws.grouping import GroupedWrites
from formarelay.aws.ledger import DynamoLedger
from formarelay.aws.ledger_entry import LIFE_SECONDS
from formarelay.claims import (
    AlreadySettled,
    Claimed,
    Conflicting,
    InFlight,
    MailIdentity,
    MailState,
    Uncertain,
)
from formarelay.errors import TransientError
from tests.support.aws import create_state_table, fake_aws
from tests.support.clock import ManualClock
from tests.support.fake_ledger import FakeLedger

START = 1_800_000_000.0
MAIL = MailIdentity(key="order-1", fingerprint="aa" * 32, relay_id="11" * 16)
CHANGED = MailIdentity(key="order-1", fingerprint="bb" * 32, relay_id="11" * 16)


@pytest.fixture
def clock():
    return ManualClock(wall=START)


class NeverAlone(GroupedWrites):
    """Asks for every write as for one of a group, even if it is the only one."""

    def write(self, statement, parameters, *, written, alone):
        answer = self._client.batch_execute_statement(
            Statements=[{"Statement": statement, "Parameters": parameters}]
        )
        return alone() if "Error" in answer["Responses"][0] else written


@pytest.fixture(params=["fake", "alone", "grouped"])
def ledger(request, clock, monkeypatch):
    if request.param == "fake":
        yield FakeLedger(clock)
    elif request.param == "alone":
        with fake_aws():
            yield DynamoLedger(create_state_table(), table_name="state", clock=clock)
    else:
        monkeypatch.setattr("formarelay.aws.ledger.GroupedWrites", NeverAlone)
        client = request.getfixturevalue("emulated_dynamodb")
        table_name = request.getfixturevalue("emulated_table")
        yield DynamoLedger(client, table_name=table_name, clock=clock)


def claimed(ledger: Any, mail: MailIdentity = MAIL) -> Claimed:
    result = ledger.claim(mail, lease_seconds=50)
    assert type(result) is Claimed
    return result


def test_a_free_mail_is_claimed_as_its_first_attempt_until_the_lease_ends(ledger):
    claim = claimed(ledger)
    assert (claim.attempts, claim.lease_until) == (1, START + 50)


def test_a_live_claim_keeps_others_away_until_its_lease_ends(ledger, clock):
    claimed(ledger)
    clock.advance(20)
    assert ledger.claim(MAIL, lease_seconds=50) == InFlight(lease_seconds=30.0)


def test_a_sent_mail_is_never_claimed_again(ledger, clock):
    first = claimed(ledger)
    assert ledger.settle(MAIL, claim_id=first.claim_id, state=MailState.SENT, email_id="em_1")
    clock.advance(30 * 24 * 3600)
    assert ledger.claim(MAIL, lease_seconds=50) == AlreadySettled(
        state=MailState.SENT, email_id="em_1", attempts=1
    )


def test_an_expired_mail_is_never_claimed_again(ledger):
    first = claimed(ledger)
    ledger.settle(MAIL, claim_id=first.claim_id, state=MailState.EXPIRED, attempt_counts=False)
    assert ledger.claim(MAIL, lease_seconds=50) == AlreadySettled(
        state=MailState.EXPIRED, email_id="", attempts=0
    )


def test_a_stale_claim_is_uncertain_since_its_first_call(ledger, clock):
    first = claimed(ledger)
    clock.advance(51)
    assert ledger.claim(MAIL, lease_seconds=50) == Uncertain(
        claim_id=first.claim_id, first_call_at=START, last_call_at=START + 50, attempts=1
    )


def test_an_unknown_outcome_is_uncertain_since_the_call_ended(ledger, clock):
    first = claimed(ledger)
    clock.advance(10)
    ledger.settle(MAIL, claim_id=first.claim_id, state=MailState.UNKNOWN)
    clock.advance(5)
    assert ledger.claim(MAIL, lease_seconds=50) == Uncertain(
        claim_id=first.claim_id, first_call_at=START, last_call_at=START + 10, attempts=1
    )


def test_an_uncertain_mail_that_is_proven_absent_can_be_claimed_again(ledger, clock):
    first = claimed(ledger)
    clock.advance(60)
    assert ledger.settle(MAIL, claim_id=first.claim_id, state=MailState.OPEN)
    assert claimed(ledger).attempts == 2


def test_an_unknown_outcome_can_be_settled_by_a_look_up(ledger):
    first = claimed(ledger)
    ledger.settle(MAIL, claim_id=first.claim_id, state=MailState.UNKNOWN)
    assert ledger.settle(MAIL, claim_id=first.claim_id, state=MailState.SENT, email_id="em_1")
    assert ledger.claim(MAIL, lease_seconds=50) == AlreadySettled(
        state=MailState.SENT, email_id="em_1", attempts=1
    )


@pytest.mark.parametrize("state", [MailState.SENT, MailState.EXPIRED, MailState.REFUSED])
def test_a_known_outcome_is_not_overwritten_by_a_look_up_that_came_late(ledger, state):
    first = claimed(ledger)
    ledger.settle(MAIL, claim_id=first.claim_id, state=state, email_id="em_1")
    assert not ledger.settle(MAIL, claim_id=first.claim_id, state=MailState.OPEN)
    if state is not MailState.REFUSED:
        assert type(ledger.claim(MAIL, lease_seconds=50)) is AlreadySettled


def test_a_worker_that_lost_its_claim_cannot_settle(ledger, clock):
    slow = claimed(ledger)
    clock.advance(60)
    ledger.settle(MAIL, claim_id=slow.claim_id, state=MailState.OPEN)
    claimed(ledger)
    assert not ledger.settle(MAIL, claim_id=slow.claim_id, state=MailState.SENT)
    assert type(ledger.claim(MAIL, lease_seconds=50)) is InFlight


def test_settling_what_was_never_claimed_changes_nothing(ledger):
    assert not ledger.settle(MAIL, claim_id="nobody", state=MailState.SENT)
    assert claimed(ledger).attempts == 1


def test_an_open_mail_can_be_claimed_again_and_counts_its_attempts(ledger):
    first = claimed(ledger)
    ledger.settle(MAIL, claim_id=first.claim_id, state=MailState.OPEN)
    assert claimed(ledger).attempts == 2


def test_a_throttled_call_costs_no_attempt(ledger):
    first = claimed(ledger)
    ledger.settle(MAIL, claim_id=first.claim_id, state=MailState.OPEN, attempt_counts=False)
    assert claimed(ledger).attempts == 1


@pytest.mark.parametrize("state", [MailState.OPEN, MailState.SENT, MailState.UNKNOWN])
def test_the_same_key_with_other_content_conflicts(ledger, state):
    first = claimed(ledger)
    ledger.settle(MAIL, claim_id=first.claim_id, state=state)
    assert ledger.claim(CHANGED, lease_seconds=50) == Conflicting()


def test_the_same_key_with_other_content_conflicts_with_a_live_claim(ledger):
    claimed(ledger)
    assert ledger.claim(CHANGED, lease_seconds=50) == Conflicting()


def test_a_refused_mail_may_come_back_corrected(ledger):
    first = claimed(ledger)
    ledger.settle(MAIL, claim_id=first.claim_id, state=MailState.REFUSED)
    assert claimed(ledger, CHANGED).attempts == 2


def of_claim_a(client: Any, table_name: str, clock: ManualClock) -> DynamoLedger:
    return DynamoLedger(client, table_name=table_name, clock=clock, new_claim_id=lambda: "claim-a")


def item_of_a_sent_mail(client: Any, table_name: str, clock: ManualClock) -> dict[str, Any]:
    ledger = of_claim_a(client, table_name, clock)
    claimed(ledger)
    assert ledger.settle(MAIL, claim_id="claim-a", state=MailState.SENT, email_id="em_1")
    (item,) = client.scan(TableName=table_name)["Items"]
    return item


ITEM = {
    "pk": {"S": "mail#0bafe22156d2698c143b86040446d366ead863ba600d5c924f3d15c786ef4057"},
    "state": {"S": "SENT"},
    "claim_id": {"S": "claim-a"},
    "fingerprint": {"S": "aa" * 32},
    "relay_id": {"S": "11" * 16},
    "attempts": {"N": "1"},
    "first_call_at": {"N": "1800000000.000"},
    "lease_until": {"N": "1800000000.000"},
    "email_id": {"S": "em_1"},
    "expires_at": {"N": str(int(START) + LIFE_SECONDS)},
}


def test_the_item_holds_hashes_and_ids_and_lives_45_days(clock):
    with fake_aws():
        assert item_of_a_sent_mail(create_state_table(), "state", clock) == ITEM


def test_a_group_writes_the_same_item_and_needs_no_request_of_its_own(
    clock, monkeypatch, emulated_dynamodb, emulated_table
):
    monkeypatch.setattr("formarelay.aws.ledger.GroupedWrites", NeverAlone)
    monkeypatch.delattr(emulated_dynamodb.__class__, "update_item")
    assert item_of_a_sent_mail(emulated_dynamodb, emulated_table, clock) == ITEM


def test_a_claim_of_a_group_whose_answer_was_lost_is_ours(
    clock, monkeypatch, emulated_dynamodb, emulated_table
):
    monkeypatch.setattr("formarelay.aws.ledger.GroupedWrites", NeverAlone)
    ledger = of_claim_a(emulated_dynamodb, emulated_table, clock)
    ledger.claim(MAIL, lease_seconds=50)
    # As botocore repeats it: the statement is refused now, and what it meets is ours.
    assert ledger.claim(MAIL, lease_seconds=50) == Claimed(
        claim_id="claim-a", attempts=1, lease_until=START + 50
    )


def test_many_threads_share_requests_and_each_mail_is_claimed_once(
    clock, emulated_dynamodb, emulated_table
):
    requests: list[str] = []
    emulated_dynamodb.meta.events.register(
        "before-call.dynamodb", lambda model, **_: requests.append(model.name)
    )
    ledger = DynamoLedger(emulated_dynamodb, table_name=emulated_table, clock=clock)
    mails = [
        MailIdentity(key=f"order-{number}", fingerprint="aa" * 32, relay_id="11" * 16)
        for number in range(40)
    ]
    start = threading.Barrier(2 * len(mails))

    def send(mail: MailIdentity) -> Any:
        start.wait(10)
        claim = ledger.claim(mail, lease_seconds=50)
        if type(claim) is Claimed:
            assert ledger.settle(mail, claim_id=claim.claim_id, state=MailState.SENT)
        return claim

    with ThreadPoolExecutor(2 * len(mails)) as pool:
        found = list(pool.map(send, mails * 2))
    winners = {each.claim_id for each in found if type(each) is Claimed}
    losers = {type(each) for each in found if type(each) is not Claimed}
    assert len(winners) == len(mails)
    assert losers <= {InFlight, AlreadySettled}
    items = emulated_dynamodb.scan(TableName=emulated_table)["Items"]
    assert {item["claim_id"]["S"] for item in items} == winners
    assert {item["state"]["S"] for item in items} == {"SENT"}
    # One each for 80 claims and 40 settlements, if they did not.
    assert len(requests) < 120
    assert "BatchExecuteStatement" in requests


def test_a_claim_that_meets_its_own_repeated_write_is_ours(clock):
    with fake_aws():
        ledger = of_claim_a(create_state_table(), "state", clock)
        ledger.claim(MAIL, lease_seconds=50)
        assert ledger.claim(MAIL, lease_seconds=50) == Claimed(
            claim_id="claim-a", attempts=1, lease_until=START + 50
        )


@pytest.mark.parametrize("code", ["ProvisionedThroughputExceededException", "InternalServerError"])
def test_a_store_that_answers_with_an_error_is_transient(clock, code):
    with fake_aws():
        client = create_state_table()
        ledger = DynamoLedger(client, table_name="state", clock=clock)
        with Stubber(client) as stub:
            stub.add_client_error("update_item", code)
            stub.add_client_error("update_item", code)
            with pytest.raises(TransientError) as caught:
                ledger.claim(MAIL, lease_seconds=50)
            assert type(caught.value) is TransientError
            assert str(caught.value) == "dynamodb claim: the ledger cannot be reached"
            with pytest.raises(TransientError) as caught:
                ledger.settle(MAIL, claim_id="claim-a", state=MailState.SENT)
            assert type(caught.value) is TransientError


def test_a_store_that_cannot_be_reached_is_transient(clock, monkeypatch):
    with fake_aws():
        client = create_state_table()
        ledger = DynamoLedger(client, table_name="state", clock=clock)

        def unreachable(**_: Any) -> None:
            raise EndpointConnectionError(endpoint_url="https://dynamodb")

        monkeypatch.setattr(client, "update_item", unreachable)
        with pytest.raises(TransientError) as caught:
            ledger.claim(MAIL, lease_seconds=50)
        assert type(caught.value) is TransientError

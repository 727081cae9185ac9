"""The reader sees what the ledger wrote, and changes nothing."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError
from botocore.stub import Stubber

from formarelay.aws.ledger import DynamoLedger
from formarelay.aws.ledger_reader import LedgerEntry, LedgerReader
from formarelay.claims import MailIdentity, MailState
from formarelay.errors import TransientError, UnexpectedResponseError
from tests.support.aws import create_state_table, fake_aws
from tests.support.clock import ManualClock

START = 1_800_000_000.0


def mail(number: int = 1) -> MailIdentity:
    return MailIdentity(key=f"key:order-{number}", fingerprint="aa" * 32, relay_id="11" * 16)


@pytest.fixture
def client():
    with fake_aws():
        yield create_state_table()


@pytest.fixture
def clock():
    return ManualClock(wall=START)


@pytest.fixture
def ledger(client, clock):
    return DynamoLedger(client, table_name="state", clock=clock)


@pytest.fixture
def pauses():
    return []


@pytest.fixture
def reader(client, pauses):
    return LedgerReader(client, table_name="state", sleep=pauses.append)


def test_a_claim_is_seen_as_the_ledger_wrote_it(ledger, reader):
    ledger.claim(mail(), lease_seconds=50)
    assert reader.entries([mail()]) == {
        "key:order-1": LedgerEntry(
            state=MailState.CLAIMED,
            fingerprint="aa" * 32,
            attempts=1,
            first_call_at=START,
            lease_until=START + 50,
        )
    }


@pytest.mark.parametrize(
    "state",
    [
        MailState.OPEN,
        MailState.SENT,
        MailState.REFUSED,
        MailState.EXPIRED,
        MailState.UNKNOWN,
    ],
)
def test_a_settled_mail_is_seen_with_its_email_id(ledger, reader, clock, state):
    claim = ledger.claim(mail(), lease_seconds=50)
    clock.advance(10.5)
    ledger.settle(mail(), claim_id=claim.claim_id, state=state, email_id="em_1")
    assert reader.entries([mail()])["key:order-1"] == LedgerEntry(
        state=state,
        fingerprint="aa" * 32,
        attempts=1,
        first_call_at=START,
        lease_until=START + 10.5,
        email_id="em_1",
    )


def test_a_mail_that_was_never_claimed_has_no_entry(ledger, reader):
    ledger.claim(mail(1), lease_seconds=50)
    assert reader.entries([mail(2)]) == {}
    assert reader.entries([]) == {}


def test_reading_changes_nothing(client, ledger, reader):
    ledger.claim(mail(), lease_seconds=50)
    before = client.scan(TableName="state")["Items"]
    reader.entries([mail(), mail(2)])
    assert client.scan(TableName="state")["Items"] == before


def test_many_mails_are_read_in_batches_and_none_is_missed(ledger, reader):
    for number in range(0, 230, 2):
        ledger.claim(mail(number), lease_seconds=50)
    # Two messages may stand for one mail, and DynamoDB refuses a key that is asked for twice.
    found = reader.entries([mail(number) for number in [*range(230), 0, 2]])
    assert set(found) == {f"key:order-{number}" for number in range(0, 230, 2)}


def test_every_read_is_consistent(client, reader):
    with Stubber(client) as stub:
        keys = {
            "pk": {"S": "mail#0e7323f1936d743e71760cb68c9bb6362aceb2ac4247a3a1c8290b4a14d3ecd4"}
        }
        asked = {"RequestItems": {"state": {"Keys": [keys], "ConsistentRead": True}}}
        stub.add_response("batch_get_item", {"Responses": {"state": []}}, asked)
        assert reader.entries([mail()]) == {}
        stub.assert_no_pending_responses()


def test_keys_that_were_left_out_are_asked_for_again(client, ledger, reader, pauses, monkeypatch):
    ledger.claim(mail(1), lease_seconds=50)
    ledger.claim(mail(2), lease_seconds=50)
    asked: list[int] = []
    answer = client.batch_get_item

    def one_at_a_time(*, RequestItems: dict[str, Any]) -> dict[str, Any]:  # noqa: N803 (boto3's)
        request = RequestItems["state"]
        asked.append(len(request["Keys"]))
        first, rest = request["Keys"][:1], request["Keys"][1:]
        found = answer(RequestItems={"state": {**request, "Keys": first}})
        left = {"state": {**request, "Keys": rest}} if rest else {}
        return {**found, "UnprocessedKeys": left}

    monkeypatch.setattr(client, "batch_get_item", one_at_a_time)
    assert set(reader.entries([mail(1), mail(2)])) == {"key:order-1", "key:order-2"}
    assert asked == [2, 1]
    assert pauses == [0.1]


def test_a_table_that_never_answers_whole_is_given_up(client, reader, pauses, monkeypatch):
    def nothing(*, RequestItems: dict[str, Any]) -> dict[str, Any]:  # noqa: N803 (boto3's)
        return {"Responses": {}, "UnprocessedKeys": RequestItems}

    monkeypatch.setattr(client, "batch_get_item", nothing)
    with pytest.raises(TransientError) as caught:
        reader.entries([mail()])
    assert type(caught.value) is TransientError
    assert caught.value.code == "UnprocessedKeys"
    assert pauses == [0.1, 0.2, 0.4, 0.8, 1.6]


@pytest.mark.parametrize("code", ["AccessDeniedException", "ResourceNotFoundException"])
def test_a_refusal_says_its_code_and_keeps_its_cause(client, reader, code):
    with Stubber(client) as stub:
        stub.add_client_error("batch_get_item", code)
        with pytest.raises(TransientError) as caught:
            reader.entries([mail()])
    assert type(caught.value) is TransientError
    assert str(caught.value) == f"dynamodb BatchGetItem {code}: the ledger cannot be read"
    assert isinstance(caught.value.__cause__, ClientError)


def test_a_store_that_cannot_be_reached_is_transient(client, reader, monkeypatch):
    def unreachable(**_: Any) -> None:
        raise EndpointConnectionError(endpoint_url="https://dynamodb")

    monkeypatch.setattr(client, "batch_get_item", unreachable)
    with pytest.raises(TransientError) as caught:
        reader.entries([mail()])
    assert type(caught.value) is TransientError
    assert type(caught.value.__cause__) is EndpointConnectionError


@pytest.mark.parametrize(
    ("field", "value"),
    [("state", {"S": "FLYING"}), ("attempts", {"N": "1.5"}), ("fingerprint", {"N": "1"})],
)
def test_an_entry_of_another_version_is_said_to_be_unreadable(client, ledger, reader, field, value):
    ledger.claim(mail(), lease_seconds=50)
    (item,) = client.scan(TableName="state")["Items"]
    client.put_item(TableName="state", Item={**item, field: value})
    with pytest.raises(UnexpectedResponseError) as caught:
        reader.entries([mail()])
    assert type(caught.value) is UnexpectedResponseError
    assert caught.value.detail == "the ledger holds an entry that this version cannot read"

"""One suite for both journals of rotations: the fake, and the one in DynamoDB."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from formarelay.aws.rotation_journal import HISTORY_SECONDS, DynamoRotationJournal
from formarelay.errors import LeaseLostError, TransientError
from formarelay.rotation import Ending, RotationEntry, Stage
from tests.support.aws import create_state_table, fake_aws
from tests.support.clock import ManualClock
from tests.support.fake_journal import FakeJournal

ENTRY = RotationEntry(
    token="token-1",
    stage=Stage.MINTED,
    key_name="formarelay test ab12cd 00000001",
    old_version_id="version-0",
    old_key_id="key-1",
    started_at=1_800_000_000.125,
    changed_at=1_800_000_001.5,
    key_id="key-2",
    permissions=("emails:send", "emails:read"),
    promoted_at=None,
    swapped_at=1_800_000_001.25,
)


@pytest.fixture
def clock():
    return ManualClock()


@pytest.fixture
def table():
    with fake_aws():
        yield create_state_table()


@pytest.fixture(params=["fake", "dynamodb"])
def journal(request, clock):
    if request.param == "fake":
        return FakeJournal(clock)
    client = request.getfixturevalue("table")
    return DynamoRotationJournal(client, table_name="state", clock=clock)


def take(journal, provider="forma-mail", lease_seconds=60.0):
    lease = journal.take(provider, lease_seconds=lease_seconds)
    assert lease is not None
    return lease


def test_a_new_journal_has_no_open_rotation(journal):
    lease = take(journal)
    assert (lease.provider, lease.fence, lease.entry) == ("forma-mail", 1, None)


def test_an_entry_comes_back_as_it_was_written(journal):
    lease = take(journal)
    journal.write(lease, ENTRY)
    journal.release(lease)
    assert take(journal).entry == ENTRY


def test_a_later_entry_leaves_nothing_of_the_one_before(journal):
    lease = take(journal)
    journal.write(lease, ENTRY)
    later = replace(ENTRY, token="token-2", key_id="", permissions=(), swapped_at=None)
    journal.write(lease, later)
    journal.release(lease)
    assert take(journal).entry == later


def test_one_worker_at_a_time_and_each_provider_by_itself(journal):
    take(journal)
    assert journal.take("forma-mail", lease_seconds=60.0) is None
    assert take(journal, "formaloo").fence == 1


def test_a_lease_lapses(journal, clock):
    take(journal, lease_seconds=60.0)
    clock.advance(60)
    assert journal.take("forma-mail", lease_seconds=60.0) is None
    clock.advance(0.002)
    assert take(journal).fence == 2


def test_who_was_overtaken_writes_and_ends_nothing(journal, clock):
    overtaken = take(journal)
    journal.write(overtaken, ENTRY)
    clock.advance(61)
    successor = take(journal)
    with pytest.raises(LeaseLostError):
        journal.write(overtaken, replace(ENTRY, stage=Stage.STORED))
    with pytest.raises(LeaseLostError):
        journal.end(overtaken, ENTRY, ending=Ending.ABANDONED)
    journal.release(overtaken)
    assert journal.take("forma-mail", lease_seconds=60.0) is None
    journal.release(successor)
    assert take(journal).entry == ENTRY


def test_an_ended_rotation_is_open_no_more(journal):
    lease = take(journal)
    journal.write(lease, ENTRY)
    journal.end(lease, ENTRY, ending=Ending.RETIRED)
    journal.release(lease)
    assert take(journal).entry is None


def test_an_ended_rotation_is_filed_for_more_than_a_year_without_any_key(table, clock):
    journal = DynamoRotationJournal(table, table_name="state", clock=clock)
    lease = take(journal)
    journal.write(lease, ENTRY)
    journal.end(lease, ENTRY, ending=Ending.RETIRED)
    item = table.get_item(TableName="state", Key={"pk": {"S": "rotation#forma-mail#token-1"}})
    filed = item["Item"]
    assert filed["ending"] == {"S": "retired"}
    assert float(filed["ended_at"]["N"]) == clock.wall()
    assert int(filed["expires_at"]["N"]) == int(clock.wall()) + HISTORY_SECONDS
    assert HISTORY_SECONDS > 366 * 24 * 3600
    assert filed["old_key_id"] == {"S": "key-1"}


def test_ending_again_after_a_death_files_it_once(table, clock):
    journal = DynamoRotationJournal(table, table_name="state", clock=clock)
    lease = take(journal)
    for _ in range(2):
        journal.write(lease, ENTRY)
        journal.end(lease, ENTRY, ending=Ending.RETIRED)
    assert table.scan(TableName="state")["Count"] == 2


@pytest.mark.parametrize("call", ["take", "write", "end", "release"])
def test_a_table_that_cannot_be_reached_is_said(table, clock, call):
    lease = take(DynamoRotationJournal(table, table_name="state", clock=clock))
    journal = DynamoRotationJournal(table, table_name="gone", clock=clock)
    calls = {
        "take": lambda: journal.take("forma-mail", lease_seconds=1.0),
        "write": lambda: journal.write(lease, ENTRY),
        "end": lambda: journal.end(lease, ENTRY, ending=Ending.RETIRED),
        "release": lambda: journal.release(lease),
    }
    with pytest.raises(TransientError, match="journal of rotations cannot be reached"):
        calls[call]()

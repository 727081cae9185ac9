"""Which letters move, which are removed, which stay; and how fast."""

from __future__ import annotations

import pytest

from relayctl.dead_letters.explanation import Fate
from relayctl.dead_letters.pace import Pace
from relayctl.dead_letters.plan import Action, Choices, action_for, planned
from relayctl.dead_letters.replay import groups
from tests.unit.relayctl.letters import body, finding, letter

REPLAYED = {Fate.WOULD_SEND, Fate.UNKNOWN, Fate.EXPIRED}


@pytest.mark.parametrize("fate", list(Fate))
def test_by_default_only_what_makes_sense_is_replayed_and_nothing_deleted(fate):
    expected = Action.REPLAY if fate in REPLAYED else Action.STAY
    assert action_for(finding(fate), Choices()) is expected


@pytest.mark.parametrize("fate", [Fate.ALREADY_SENT, Fate.EXPIRED])
def test_what_has_ended_is_deleted_only_when_asked_for(fate):
    settled = finding(fate, settled=True)
    assert action_for(settled, Choices()) is Action.STAY
    assert action_for(settled, Choices(delete_settled=True)) is Action.DELETE


@pytest.mark.parametrize("fate", list(Fate))
def test_nothing_is_deleted_that_the_ledger_has_not_recorded_as_ended(fate):
    everything = Choices(delete_settled=True, allow_duplicates=True)
    expected = Action.REPLAY if fate in REPLAYED | {Fate.UNPROVABLE} else Action.STAY
    assert action_for(finding(fate), everything) is expected


def test_a_limit_counts_changes_and_not_what_stays():
    fates = [Fate.MALFORMED, Fate.WOULD_SEND, Fate.MALFORMED, Fate.WOULD_SEND, Fate.WOULD_SEND]
    findings = [finding(fate, number=number) for number, fate in enumerate(fates)]
    plan = list(planned(findings, Choices(limit=5), changed=3))
    assert [action for _, action in plan] == ["stay", "replay", "stay", "replay"]
    assert list(planned(findings, Choices(limit=5), changed=5)) == []
    assert len(list(planned(findings, Choices(), changed=10**6))) == 5


class Time:
    def __init__(self) -> None:
        self.now = 100.0
        self.sleeps: list[float] = []

    def sleep(self, seconds: float) -> None:
        self.sleeps.append(seconds)
        self.now += seconds


@pytest.fixture
def time():
    return Time()


def pace(time: Time, rate: float | None) -> Pace:
    return Pace(rate, now=lambda: time.now, sleep=time.sleep)


def test_a_pace_holds_its_rate_on_the_average(time):
    slow = pace(time, 2.0)
    for _ in range(4):
        slow.wait(3)
    assert time.sleeps == [1.5, 1.5, 1.5]


def test_time_that_was_not_used_is_not_saved_up(time):
    slow = pace(time, 1.0)
    slow.wait(1)
    time.now += 60
    slow.wait(1)
    slow.wait(1)
    assert time.sleeps == [1.0]


def test_without_a_rate_nothing_waits(time):
    fast = pace(time, None)
    fast.wait(10)
    fast.wait(10)
    assert time.sleeps == []


@pytest.mark.parametrize(
    ("rate", "entries"), [(None, 10), (0.5, 1), (1.0, 1), (7.9, 7), (10.0, 10), (5000.0, 10)]
)
def test_a_slow_rate_is_no_series_of_bursts(time, rate, entries):
    assert pace(time, rate).group_entries == entries


def sizes(findings, entries=10):
    return [len(group) for group in groups(findings, entries=entries)]


def test_letters_go_in_groups_of_what_sqs_takes():
    many = [finding(Fate.WOULD_SEND, number=number) for number in range(23)]
    assert sizes(many) == [10, 10, 3]
    assert sizes(many, entries=7) == [7, 7, 7, 2]
    assert sizes([]) == []
    flat = [one for group in groups(many, entries=10) for one in group]
    assert flat == many


def test_letters_without_a_key_go_alone():
    keys = [True, False, False, True, True, False, True]
    many = [finding(Fate.WOULD_SEND, number=n, key=key) for n, key in enumerate(keys)]
    assert sizes(many) == [1, 1, 1, 2, 1, 1]


def test_a_group_fits_into_one_call_by_its_bytes_and_not_its_characters():
    def big(number: int, value: str, attribute: bytes = b""):
        one = finding(Fate.WOULD_SEND, number=number)
        text = body(f"order-{number}", variables={"v": value})
        attributes = {"a": {"DataType": "Binary", "BinaryValue": attribute}} if attribute else {}
        bigger = letter(text, message_id=f"m-{number}", other_attributes=attributes)
        return type(one)(letter=bigger, explanation=one.explanation, mail=one.mail)

    half = "x" * (512 * 1024 - 200)
    assert sizes([big(1, half), big(2, half)]) == [2]
    assert sizes([big(1, half), big(2, half), big(3, "")]) == [3]
    assert sizes([big(1, half), big(2, half), big(3, "x" * 300)]) == [2, 1]
    assert sizes([big(1, half, b"y" * 500), big(2, half)]) == [1, 1]

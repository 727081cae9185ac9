"""Rows are not read while a pair of keys is being swapped; the message comes back for them."""

from __future__ import annotations

import pytest

from formarelay.errors import TransientError
from formarelay.formaloo.models import Row
from send_email.delivery import Delivery
from send_email.gated_rows import GatedRows, RowsPausedError
from send_email.outcome import HandedBack, Sent
from send_email.stored_files import StoredFiles
from tests.support.fake_limiter import FakeLimiter
from tests.support.sending import World

FROM_ROW = {
    "variables": {},
    "variablesFrom": {"formaloo": {"row": "row-1", "fields": {"name": "full_name"}}},
}


class GatedWorld(World):
    def __init__(self) -> None:
        super().__init__()
        self.gate = FakeLimiter(self.clock)
        self.rows.rows["row-1"] = Row(slug="row-1", data={"full_name": "Ada"})
        self.asked = 0
        self.rows.before_answer = self._count
        self.delivery = Delivery(
            ledger=self.ledger,
            rows=GatedRows(lambda: self.rows, gate=self.gate),
            files=StoredFiles(self.objects),
            limiter=self.limiter,
            policy=self.policy,
            clock=self.clock,
            jitter=lambda: 0.0,
        )

    def _count(self) -> None:
        self.asked += 1


@pytest.fixture
def world():
    return GatedWorld()


def test_an_open_gate_lets_rows_be_read(world):
    assert isinstance(world.deliver(**FROM_ROW), Sent)


@pytest.mark.parametrize(("seconds", "wait_seconds"), [(120, 5.0), (2, 2.0)])
def test_a_closed_gate_hands_the_message_back_for_seconds_and_asks_for_no_row(
    world, seconds, wait_seconds
):
    world.gate.close(reason="rotating", seconds=seconds)
    outcome = world.deliver(**FROM_ROW)
    assert isinstance(outcome, HandedBack)
    assert (outcome.reason, outcome.wait_seconds) == ("rotating", wait_seconds)
    assert world.asked == 0
    assert world.provider.accepted == []


def test_the_wait_costs_no_attempt_and_the_message_goes_out_after_the_swap(world):
    world.gate.close(reason="rotating", seconds=120)
    for _ in range(30):
        assert isinstance(world.deliver(**FROM_ROW), HandedBack)
        world.clock.advance(2)
    world.gate.reopen(reason="rotating")
    assert isinstance(world.deliver(**FROM_ROW), Sent)
    assert len(world.provider.accepted) == 1


def test_a_message_without_a_row_does_not_look_at_the_gate(world):
    world.gate.close(reason="rotating", seconds=120)
    world.gate.failing.add("closure")
    assert isinstance(world.deliver(), Sent)


def test_a_gate_that_cannot_be_asked_hands_the_message_back(world):
    world.gate.failing.add("closure")
    outcome = world.deliver(**FROM_ROW)
    assert isinstance(outcome, HandedBack)
    assert outcome.reason == "variables_unavailable"


def test_the_pause_is_an_error_that_passes():
    assert issubclass(RowsPausedError, TransientError)

"""What belongs together is not torn apart by Ctrl-C."""

from __future__ import annotations

import os
import signal

import pytest

from relayctl.interruption import ending_in_order, together

BOTH = [signal.SIGINT, signal.SIGTERM]


@pytest.mark.parametrize("number", BOTH)
def test_a_signal_takes_effect_after_the_block(number):
    done = []

    def two_effects() -> None:
        with together():
            os.kill(os.getpid(), number)
            done.append("first")
            os.kill(os.getpid(), number)
            done.append("second")

    with pytest.raises(KeyboardInterrupt):
        two_effects()
    assert done == ["first", "second"]


def test_an_error_of_the_block_is_not_hidden_by_a_signal():
    def fails() -> None:
        with together():
            os.kill(os.getpid(), signal.SIGINT)
            raise ValueError("of the block")

    with pytest.raises(ValueError, match="of the block"):
        fails()


def test_handlers_are_as_before_after_it():
    before = [signal.getsignal(number) for number in BOTH]
    with together():
        pass
    with ending_in_order(), together():
        pass
    assert [signal.getsignal(number) for number in BOTH] == before


def test_sigterm_ends_in_order():
    gone_through = []

    def holds_something() -> None:
        with ending_in_order():
            try:
                os.kill(os.getpid(), signal.SIGTERM)
            finally:
                gone_through.append("given back")

    with pytest.raises(KeyboardInterrupt):
        holds_something()
    assert gone_through == ["given back"]

"""What the bench charges for what it counted."""

from __future__ import annotations

import pytest

from bench.fleet.lane import Asked
from bench.fleet.workers import Invocation
from bench.money.bill import bill, function_dollars, task_dollars


def invocation(seconds, cpu_seconds=0.0):
    return Invocation(seconds=seconds, cpu_seconds=cpu_seconds, messages=10, failed=0)


def asked(requests, *, read_units=0.0, write_units=0.0):
    return Asked(requests=requests, read_units=read_units, write_units=write_units)


def test_an_invocation_costs_a_request_and_its_begun_milliseconds():
    # A second of 256 MB is a quarter of a GB-second.
    expected = 0.2e-6 + 0.25 * 0.0000133334
    assert function_dollars([invocation(1.0)]) == pytest.approx(expected)
    assert function_dollars([invocation(0.0001)]) == pytest.approx(0.2e-6 + 0.25e-3 * 0.0000133334)
    assert function_dollars([invocation(1.0)] * 3) == pytest.approx(3 * expected)
    assert function_dollars([]) == 0


def test_work_takes_as_much_longer_as_256_mb_have_less_than_a_processor():
    # 100 ms of work take 691.02 ms, and 900 ms of waiting as long as ever.
    expected = 0.2e-6 + 1.592 * 0.25 * 0.0000133334
    assert function_dollars([invocation(1.0, cpu_seconds=0.1)]) == pytest.approx(expected)


def test_a_task_costs_its_quarter_of_a_processor_and_its_gigabyte():
    assert task_dollars(3600) == pytest.approx(0.25 * 0.03238 + 0.00356)


def test_everything_that_was_asked_is_billed_a_million_mails():
    found = bill(
        asked(
            {
                "ReceiveMessage": 100,
                "ReceiveMessage, empty": 100,
                "UpdateItem": 9,
                "BatchExecuteStatement": 3,
                "GetSecretValue": 1,
            },
            read_units=4.0,
            write_units=2_200.0,
        ),
        compute=0.0001,
        log_bytes=1_000_000,
        mails=1_000,
    )
    assert found.queue == pytest.approx(200 * 0.4e-6 * 1_000)
    assert found.state == pytest.approx((2_200 * 0.625e-6 + 4 * 0.125e-6) * 1_000)
    assert found.compute == pytest.approx(0.1)
    assert found.logs == pytest.approx(0.001 * 0.5 * 1_000)
    assert found.secrets == pytest.approx(0.05 / 10_000 * 1_000)
    assert found.total == pytest.approx(
        found.queue + found.state + found.compute + found.logs + found.secrets
    )


def test_what_has_no_price_is_not_taken_for_free():
    with pytest.raises(ValueError, match="no price is known for PutEvents"):
        bill(asked({"PutEvents": 1}), compute=0, log_bytes=0, mails=1)


def test_without_an_accepted_mail_there_is_no_price():
    with pytest.raises(ValueError, match="no mail was accepted"):
        bill(asked({}), compute=0, log_bytes=0, mails=0)

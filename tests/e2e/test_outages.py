"""What the proofs show at full scale (`make proof`), within seconds."""

from __future__ import annotations

import time
import uuid

import pytest

from tests.support.arrivals import burst_and_probes, early_probes, gate_rules, probe_intervals
from tests.support.stack import message, repeated

OUTAGE_SECONDS = 4.0
EVERY = 5


@pytest.fixture
def run():
    return uuid.uuid4().hex[:12]


def assert_each_is_accepted_once(stack, run, *, mails):
    emails = stack.accepted(run)
    assert sorted(email["metadata"]["number"] for email in emails) == list(range(mails))
    assert repeated([email["metadata"]["relayId"] for email in emails]) == []
    assert stack.dead_letters() == []


def test_an_outage_loses_nothing_and_costs_one_call_a_probe(stack, run):
    before = stack.requests_count()
    for route in ("POST /emails/send", "GET /emails"):
        stack.sandbox(
            "POST", "/faults", json={"route": route, "fault": "status:503", "times": None}
        )
    stack.put(message(run, number) for number in range(50))
    # A worker may have to start first.
    stack.wait_until(lambda: stack.requests_count() > before, seconds=20)
    time.sleep(OUTAGE_SECONDS)
    stack.sandbox("DELETE", "/faults")
    stack.wait_until(lambda: stack.waiting() == 0, seconds=60)
    requests = stack.requests(since=before)
    failed = [each["at"] for each in requests if each["status"] == 503]
    intervals = probe_intervals(gate_rules())
    burst, probes = burst_and_probes(failed, first_interval=next(intervals))
    assert 1 <= len(burst) <= 50
    assert early_probes(probes, intervals) == []
    # The gate was closed for 2 s, and then for 4.
    assert len(probes) <= 2
    assert_each_is_accepted_once(stack, run, mails=50)


def test_every_fifth_answer_lost_repeats_no_mail(stack, run):
    before = stack.requests_count()
    rule = {"route": "POST /emails/send", "fault": "accept_then_drop", "times": None}
    stack.sandbox("POST", "/faults", json=rule | {"every": EVERY})
    stack.put(message(run, number) for number in range(50))
    stack.wait_until(lambda: stack.waiting() == 0, seconds=60)
    requests = stack.requests(since=before)
    assert sum(each["fault"] is not None for each in requests) == 50 // EVERY
    assert sum(each["method"] == "POST" for each in requests) == 50
    assert_each_is_accepted_once(stack, run, mails=50)

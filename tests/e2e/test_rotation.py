"""Keys rotated by Secrets Manager while mail flows, judged by what the providers saw."""

from __future__ import annotations

import json
import subprocess
import sys
import time
import uuid

import pytest

from tests.support.rotating_stack import RotatingStack
from tests.support.stack import message, repeated

MESSAGES = 210


@pytest.fixture
def run():
    return uuid.uuid4().hex[:12]


@pytest.fixture
def rotating(stack):
    rotating = RotatingStack(stack)
    # What an earlier test put into the secret by hand has no overlap to wait for.
    rotating.retire()
    return rotating


def test_three_rotations_under_mail_fail_no_mail_and_leave_one_live_key(stack, rotating, run):
    since = stack.requests_count()
    first = rotating.key_id()
    replaced = []
    for third in range(3):
        stack.put(message(run, number) for number in range(third * 70, third * 70 + 70))
        replaced.append(rotating.key_id())
        stack.wait_until(lambda: rotating.sends_mail(run, replaced[-1]), seconds=60)
        rotating.rotate("FORMA_MAIL_SECRET_ARN")
        rotating.retire("FORMA_MAIL_SECRET_ARN", overlap_seconds=0)
    stack.put(message(run, number) for number in range(MESSAGES, MESSAGES + 10))
    stack.wait_until(lambda: stack.waiting() == 0, seconds=60)

    emails = stack.accepted(run)
    assert sorted(email["metadata"]["number"] for email in emails) == list(range(MESSAGES + 10))
    assert repeated([email["metadata"]["relayId"] for email in emails]) == []
    assert stack.dead_letters() == []
    assert replaced[0] == first
    assert len({*replaced, rotating.key_id()}) == 4
    keys = rotating.keys()
    assert [keys[key_id]["status"] for key_id in replaced] == ["revoked"] * 3
    ours = [key for key in keys.values() if key["name"].startswith("formarelay ")]
    assert [key["id"] for key in ours if key["status"] == "active"] == [rotating.key_id()]
    for key_id in replaced:
        assert rotating.last_used_at(key_id) <= rotating.revoked_at(key_id, since=since)
    assert {email["keyId"] for email in emails} == {*replaced, rotating.key_id()}


def test_a_pair_is_swapped_under_mail_that_reads_rows_and_the_gap_is_seen(stack, rotating, run):
    form = stack.sandbox("GET", "/formaloo")["forms"][0]
    source = {"formaloo": {"row": form["rows"][0], "fields": {"firstName": "name"}}}
    before = rotating.value("FORMALOO_SECRET_ARN")
    fields = {"variables": {}, "variablesFrom": source}
    stack.put(message(run, number, **fields) for number in range(40))
    rotating.rotate("FORMALOO_SECRET_ARN")
    stack.put(message(run, number, **fields) for number in range(40, 80))
    stack.wait_until(lambda: stack.waiting() == 0, seconds=90)

    emails = stack.accepted(run)
    assert sorted(email["metadata"]["number"] for email in emails) == list(range(80))
    assert stack.dead_letters() == []
    state = stack.sandbox("GET", "/formaloo")
    assert rotating.value("FORMALOO_SECRET_ARN") == {
        "api_key": state["api_key"],
        "secret_key": state["secret_key"],
    }
    assert rotating.value("FORMALOO_SECRET_ARN") != before
    gap_seconds = rotating.gap_seconds()
    print(f"the pair was away for {gap_seconds:.1f} s")  # noqa: T201 (it is a measurement)
    assert 0 <= gap_seconds < 30


def test_an_emergency_ends_the_old_key_within_a_minute_and_mail_flows(stack, rotating, run):
    before = rotating.key_id()
    stack.put(message(run, number) for number in range(60))
    began_at = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-m", "relayctl", "rotate", "--now", "--yes", "--env-file", stack.file],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    seconds = time.monotonic() - began_at
    assert (done.returncode, done.stdout) == (
        0,
        "forma-mail: the key is replaced and the old one dead\n",
    ), done.stderr
    assert seconds < 60
    assert rotating.keys()[before]["status"] == "revoked"
    stack.put(message(run, number) for number in range(60, 120))
    stack.wait_until(lambda: stack.waiting() == 0, seconds=60)
    numbers = [email["metadata"]["number"] for email in stack.accepted(run)]
    assert sorted(numbers) == list(range(120))
    assert stack.dead_letters() == []


def test_a_schedule_rotates_by_itself_when_its_day_comes(stack, rotating):
    before = rotating.key_id()
    described = stack.secrets.describe_secret(SecretId=stack.values["FORMA_MAIL_SECRET_ARN"])
    assert described["RotationEnabled"]
    assert described["RotationRules"]["AutomaticallyAfterDays"] == 30
    rotating.advance_schedules(31 * 24 * 3600)
    stack.wait_until(lambda: rotating.key_id() != before, seconds=60)
    rotating.retire(overlap_seconds=0)
    assert rotating.keys()[before]["status"] == "revoked"


def test_no_key_of_the_stack_is_in_the_logs_or_the_state_table(stack, rotating):
    """After all that the tests before it did; run alone, after one rotation."""
    values = [*rotating.value("FORMA_MAIL_SECRET_ARN").values()]
    rotating.rotate("FORMA_MAIL_SECRET_ARN")
    rotating.retire(overlap_seconds=0)
    values += rotating.value("FORMA_MAIL_SECRET_ARN").values()
    values += rotating.value("FORMALOO_SECRET_ARN").values()
    known = set(rotating.keys())
    secrets = [value for value in values if value not in known]
    assert len(secrets) == 4
    seen = stack.log_text() + json.dumps(rotating.state_items())
    assert "rotate_keys" in seen
    assert not [secret for secret in secrets if secret in seen]

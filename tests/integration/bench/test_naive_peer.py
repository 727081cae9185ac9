"""The peer that everything is measured beside does send."""

from __future__ import annotations

import json
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

from bench.mails import batch
from bench.results import NAIVE
from bench.subjects import PEERS, Subject
from bench.surroundings import Surroundings, surroundings

COLD = PEERS.parent / "cold_process.py"


@pytest.fixture(scope="module")
def around(tmp_path_factory):
    with surroundings(tmp_path_factory.mktemp("surroundings")) as running:
        yield running


def answer_of(around: Surroundings, event: object, report: Path) -> object:
    subject = Subject(
        name=NAIVE,
        handler="naive.handler",
        python=Path(sys.executable),
        path=(PEERS, Path(sysconfig.get_path("purelib"))),
    )
    subprocess.run(
        subject.command(COLD, str(report)),
        input=json.dumps(event),
        text=True,
        env=around.environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        check=True,
        timeout=60,
    )
    return json.loads(report.read_text())["answer"]


def test_it_sends_its_batch_and_hands_back_what_is_not_taken(around, tmp_path):
    event = batch(3)
    event["Records"][1]["body"] = "no JSON"
    bad = event["Records"][1]["messageId"]
    found = answer_of(around, event, tmp_path / "report")
    assert found == {"batchItemFailures": [{"itemIdentifier": bad}]}
    wanted = [json.loads(event["Records"][place]["body"])["to"][0]["email"] for place in (0, 2)]
    assert [mail["to"][0]["email"] for mail in around.sandbox.accepted()] == wanted

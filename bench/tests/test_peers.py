"""Every subject sends, or its figures mean nothing. Installs the peers: `pytest bench/tests`."""

from __future__ import annotations

import json
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from bench.mails import batch, message
from bench.results import CELERY, NAIVE, RECIPE
from bench.subjects import Subject, ours, peer
from bench.surroundings import Surroundings, surroundings

PROGRAMS = Path(__file__).parents[1]
SECONDS = 60.0


@pytest.fixture(scope="module")
def around(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Surroundings]:
    with surroundings(tmp_path_factory.mktemp("surroundings")) as running:
        yield running


def sent_to(around: Surroundings) -> list[str]:
    return sorted(mail["to"][0]["email"] for mail in around.sandbox.accepted())


def addresses(bodies: list[dict[str, object]]) -> list[str]:
    return sorted(body["to"][0]["email"] for body in bodies)  # type: ignore[index]


def handled(subject: Subject, event: object, around: Surroundings, report: Path) -> object:
    subprocess.run(
        subject.command(PROGRAMS / "cold_process.py", str(report)),
        input=json.dumps(event),
        text=True,
        env=around.environment,
        stdout=subprocess.DEVNULL,
        check=True,
        timeout=SECONDS,
    )
    return json.loads(report.read_text())["answer"]


@pytest.mark.parametrize("name", ["ours", NAIVE, RECIPE])
def test_a_handler_sends_its_batch(name: str, around: Surroundings, tmp_path: Path) -> None:
    subject = ours() if name == "ours" else peer(name)
    event = batch(3)
    before = sent_to(around)
    assert handled(subject, event, around, tmp_path / "report") == {"batchItemFailures": []}
    bodies = [json.loads(record["body"]) for record in event["Records"]]
    assert sorted(set(sent_to(around)) - set(before)) == addresses(bodies)


def test_the_celery_worker_sends_what_is_on_its_queue(around: Surroundings) -> None:
    subject = peer(CELERY, "worker")
    mails = [message() for _ in range(3)]
    before = sent_to(around)
    program = PROGRAMS / "celery_process.py"
    subprocess.run(
        subject.command(program, "put"),
        input=json.dumps(mails),
        text=True,
        env=around.environment,
        check=True,
        timeout=SECONDS,
    )
    worker = subprocess.Popen(
        subject.command(program, "worker", "--concurrency", "2", "--without-mingle"),
        env=around.environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        deadline = time.monotonic() + SECONDS
        while len(sent_to(around)) < len(before) + 3 and time.monotonic() < deadline:
            time.sleep(0.1)
    finally:
        worker.terminate()
        worker.wait(SECONDS)
    assert sorted(set(sent_to(around)) - set(before)) == addresses(mails)

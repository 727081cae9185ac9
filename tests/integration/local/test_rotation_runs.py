"""Repetitions of a rotation, without an emulator and without waiting."""

from __future__ import annotations

from typing import Any

import pytest

from local.emulator.secrets_manager import events, function, schedule, service, stages
from local.emulator.secrets_manager.refusals import not_found
from local.emulator.secrets_manager.runs import STEPS, Runs
from local.emulator.secrets_manager.ticker import Ticker
from tests.integration.local.stacks import eventually

ARN = "arn:aws:secretsmanager:us-east-1:000000000000:secret:key-a1b2c3"
TOKEN = "t" * 32
DAY_SECONDS = 86_400


class Rotation:
    """A secret with a rotation under way; `fail` says which invocations fail, by number."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.secret: dict[str, Any] = {
            "ARN": ARN,
            "RotationEnabled": True,
            "RotationLambdaARN": "arn:aws:lambda:us-east-1:000000000000:function:rotation",
            "Versions": {},
        }
        stages.put(self.secret, "first", {"SecretString": "first"}, None, now=0)
        stages.announce(self.secret, TOKEN, now=0, value={})
        self.is_deleted = False
        self.steps: list[str] = []
        self.events: list[str] = []
        self.sleeps: list[float] = []
        self.failing = 0
        monkeypatch.setattr(service, "usable", self._usable)
        monkeypatch.setattr(function, "invoke", self._invoke)
        monkeypatch.setattr(events, "publish", lambda name, *_, **__: self.events.append(name))
        self.runs = Runs(sleep=self._sleep)

    def _usable(self, arn: str) -> dict[str, Any]:
        if self.is_deleted:
            raise not_found(arn)
        return self.secret

    def _invoke(self, _arn: str, _secret: object, event: dict[str, str]) -> bool:
        self.steps.append(event["Step"])
        if self.failing:
            self.failing -= 1
            return False
        if event["Step"] == "finishSecret":
            self.secret["Versions"][TOKEN]["SecretString"] = "second"
            stages.move(self.secret, stages.CURRENT, to=TOKEN, origin="first")
        return True

    def _sleep(self, seconds: float) -> None:
        self.sleeps.append(seconds)

    def run(self) -> None:
        self.runs.rotate(self.secret, TOKEN)
        assert eventually(lambda: not self.runs.is_running(ARN))


@pytest.fixture
def rotation(monkeypatch: pytest.MonkeyPatch) -> Rotation:
    return Rotation(monkeypatch)


def test_successful_rotation_is_not_repeated(rotation: Rotation) -> None:
    rotation.run()

    assert rotation.steps == list(STEPS)
    assert rotation.events == ["RotationStarted", "RotationSucceeded"]
    assert rotation.sleeps == []


def test_failed_rotation_is_repeated_from_its_first_step(rotation: Rotation) -> None:
    rotation.failing = 1

    rotation.run()

    assert rotation.steps == ["createSecret", *STEPS]
    failed = ["RotationStarted", "RotationFailed"]
    assert rotation.events == [*failed, "RotationStarted", "RotationSucceeded"]
    assert rotation.sleeps == [1.0]


def test_repetitions_have_a_limit(rotation: Rotation) -> None:
    rotation.failing = 100

    rotation.run()

    assert rotation.steps == ["createSecret"] * 3
    assert rotation.events == ["RotationStarted", "RotationFailed"] * 3
    assert rotation.sleeps == [1.0, 2.0]


def test_rotation_cancelled_between_attempts_ends(rotation: Rotation) -> None:
    rotation.failing = 1

    def cancel(_: float) -> None:
        rotation.secret["RotationEnabled"] = False

    rotation.runs = Runs(sleep=cancel)
    rotation.run()

    assert rotation.steps == ["createSecret"]
    assert rotation.events == ["RotationStarted", "RotationFailed"]


def test_secret_deleted_between_attempts_ends_the_run(rotation: Rotation) -> None:
    rotation.failing = 1

    def delete(_: float) -> None:
        rotation.is_deleted = True

    rotation.runs = Runs(sleep=delete)
    rotation.run()

    assert rotation.steps == ["createSecret"]


def test_due_rotation_waits_for_the_one_under_way(rotation: Rotation) -> None:
    rotation.secret["RotationRules"] = {"AutomaticallyAfterDays": 1}
    schedule.plan(rotation.secret, after=0)
    during: list[float] = []
    rotation.failing = 1

    def tick(_: float) -> None:
        ticker.tick(now=DAY_SECONDS)
        during.append(rotation.secret[schedule.OPENS])

    rotation.runs = Runs(sleep=tick)
    ticker = Ticker(rotation.runs)
    ticker.watch(ARN)
    rotation.run()

    # Still due: the tick in the middle has neither started nor planned another one.
    assert during == [DAY_SECONDS]
    assert rotation.steps == ["createSecret", *STEPS]


def test_ticker_forgets_a_deleted_secret(rotation: Rotation) -> None:
    rotation.secret["RotationRules"] = {"AutomaticallyAfterDays": 1}
    schedule.plan(rotation.secret, after=0)
    ticker = Ticker(rotation.runs)
    ticker.watch(ARN)

    rotation.is_deleted = True
    ticker.tick(now=DAY_SECONDS)
    rotation.is_deleted = False
    ticker.tick(now=DAY_SECONDS)

    assert rotation.steps == []

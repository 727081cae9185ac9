"""Schedules come due, by a clock that can be moved."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
import requests

from local.emulator.secrets_manager.rotation import ADVANCE_CLOCK
from tests.integration.local.rotating import STEPS, Rotating
from tests.integration.local.stacks import Emulator, eventually

DAY_SECONDS = 86_400


def advance(emulator: Emulator, seconds: object) -> requests.Response:
    with requests.Session() as session:
        session.trust_env = False
        return session.post(
            emulator.endpoint_url,
            headers={"X-Amz-Target": f"secretsmanager.{ADVANCE_CLOCK}"},
            json={"Seconds": seconds},
            timeout=5,
        )


def test_secret_is_rotated_when_its_window_opens(rotating: Rotating, emulator: Emulator) -> None:
    rotating.rotate(RotateImmediately=False, RotationRules={"AutomaticallyAfterDays": 2})
    assert eventually(lambda: rotating.labels() == {rotating.first: ["AWSCURRENT"]})
    planned = rotating.described()["NextRotationDate"]

    advance(emulator, DAY_SECONDS)
    assert rotating.value() == "first"
    now = advance(emulator, DAY_SECONDS).json()["Now"]

    assert rotating.is_rotated()
    token = rotating.value().removeprefix("made by ")
    assert rotating.steps(token) == STEPS
    described = rotating.described()
    # "On or before this date", and by the clock that was moved.
    assert described["LastRotatedDate"] < planned
    assert abs(described["LastRotatedDate"].timestamp() - now) < 60
    assert (described["NextRotationDate"] - planned).days == 2


def test_incomplete_rotation_is_resumed_when_the_next_window_opens(
    rotating: Rotating, emulator: Emulator
) -> None:
    rotating.break_step("createSecret")
    token = rotating.rotate(RotationRules={"ScheduleExpression": "rate(1 day)"})
    assert eventually(lambda: len(rotating.steps(token)) == 3)
    rotating.break_step("no step")

    advance(emulator, DAY_SECONDS)

    assert rotating.is_rotated()
    assert rotating.value() == f"made by {token}"


def test_value_put_by_hand_counts_as_a_rotation(rotating: Rotating, emulator: Emulator) -> None:
    rotating.rotate(RotateImmediately=False, RotationRules={"AutomaticallyAfterDays": 30})
    planned = rotating.described()["NextRotationDate"]
    advance(emulator, 3 * DAY_SECONDS)

    rotating.secrets.put_secret_value(SecretId=rotating.arn, SecretString="by hand")

    assert (rotating.described()["NextRotationDate"] - planned).days == 3


def test_cancelled_schedule_never_comes_due(rotating: Rotating, emulator: Emulator) -> None:
    rotating.rotate(RotateImmediately=False, RotationRules={"AutomaticallyAfterDays": 1})
    rotating.secrets.cancel_rotate_secret(SecretId=rotating.arn)

    advance(emulator, 2 * DAY_SECONDS)

    # Longer than the ticker sleeps.
    assert not eventually(lambda: rotating.value() != "first", seconds=1.5)


@pytest.mark.parametrize("seconds", [-1, "1", None, True])
def test_clock_takes_seconds_forward_only(emulator: Emulator, seconds: object) -> None:
    answer = advance(emulator, seconds)

    assert answer.status_code == 400
    assert answer.json()["__type"] == "InvalidParameterException"
    ahead = advance(emulator, 0).json()["Now"] - datetime.now(UTC).timestamp()
    assert ahead >= -1

"""What Secrets Manager, the schedule and CloudWatch see of the function."""

from __future__ import annotations

import json

import pytest

from formarelay.errors import OperatorNeededError, ServerError
from rotate_keys.handler import RotationFailedError
from tests.support.rotate_keys_function import rotate_keys_function
from tests.support.rotating import OVERLAP


@pytest.fixture
def function(world):
    with rotate_keys_function(world) as function:
        yield function


@pytest.fixture
def numbers(capsys):
    """The metrics that were written since it was last asked."""

    def read():
        values = {}
        for line in capsys.readouterr().out.splitlines():
            document = json.loads(line)
            for directive in document.get("_aws", {}).get("CloudWatchMetrics", []):
                assert directive["Namespace"] == "formarelay"
                assert directive["Dimensions"] == [["service"]]
                values |= {
                    metric["Name"]: document[metric["Name"]] for metric in directive["Metrics"]
                }
        return values

    return read


def test_a_step_that_is_done_returns_nothing_and_says_so(function, numbers):
    assert function.step("createSecret", function.world.token()) is None
    assert numbers() == {"RotationFailed": [0.0]}
    (line,) = function.lines()
    assert (line["message"], line["level"], line["stage"]) == ("createSecret", "INFO", "stored")
    assert line["provider"] == "forma-mail"


def test_a_step_that_is_not_done_raises_for_secrets_manager(function, numbers):
    token = function.world.token()
    function.world.issuer.fail("create", ServerError("down", service="forma-mail", status=503))
    with pytest.raises(RotationFailedError, match="ServerError: forma-mail 503: down"):
        function.step("createSecret", token)
    (error,) = function.errors
    assert (error.__cause__, error.__context__) == (None, None)
    assert numbers() == {"RotationFailed": [1.0]}
    (line,) = function.lines()
    assert (line["level"], line["failure"]) == ("ERROR", "ServerError")


def test_a_rotation_that_needs_a_person_has_not_failed_and_alarms_by_itself(function, numbers):
    token = function.world.token()
    function.world.issuer.fail("create", OperatorNeededError("make a key"))
    with pytest.raises(RotationFailedError, match="OperatorNeededError"):
        function.step("createSecret", token)
    assert numbers() == {"RotationFailed": [0.0], "OperatorNeeded": [1.0]}


@pytest.mark.parametrize("event", [{}, {"Step": "x"}, [], {"action": "retire", "secretArn": "x"}])
def test_an_event_that_is_none_is_an_error_that_names_what_is_wrong(function, event):
    with pytest.raises(RotationFailedError, match="InvalidEventError"):
        function.invoke(event)


def test_a_quiet_round_writes_every_zero(function, numbers):
    answer = function.retire()
    assert [one["provider"] for one in answer["secrets"]] == ["forma-mail", "formaloo"]
    assert numbers() == {
        "RotationsFinished": [0.0],
        "RotationFailed": [0.0],
        "OperatorNeeded": [0.0],
        "RotationOpenSeconds": [0.0],
        "KeysAwaitingRevocation": [0.0],
        "OldestRevocationAgeSeconds": [0.0],
        "OldKeyInUse": [0.0],
        "OrphanKeys": [0.0],
    }


def test_a_round_tells_what_waits_and_what_is_finished(function, numbers):
    function.rotate(function.world.token())
    numbers()
    function.world.clock.advance(OVERLAP + 50)
    function.world.issuer.fail("revoke", ServerError("down", status=503))
    function.retire()
    told = numbers()
    assert told["KeysAwaitingRevocation"] == [1.0]
    assert told["OldestRevocationAgeSeconds"] == [50.0]
    assert told["RotationFailed"] == [1.0]
    function.retire()
    told = numbers()
    assert (told["RotationsFinished"], told["KeysAwaitingRevocation"]) == ([1.0], [0.0])


def test_an_open_rotation_is_told_by_its_age(function, numbers):
    function.step("createSecret", function.world.token())
    numbers()
    function.world.clock.advance(100)
    function.retire()
    assert numbers()["RotationOpenSeconds"] == [100.0]


def test_the_gap_of_a_pair_and_the_orphans_are_metrics(function, numbers):
    world = function.world
    world.issuer.seed(name=world.names.of("a rotation that died"))
    function.retire(secretArn=world.arn)
    assert numbers()["OrphanKeysRevoked"] == [1.0]
    token = world.token(arn=world.pair_arn)
    function.step("createSecret", token, world.pair_arn)
    function.step("testSecret", token, world.pair_arn)
    world.clock.advance(3)
    function.step("finishSecret", token, world.pair_arn)
    assert numbers()["SinglePairGapSeconds"] == [3.0]


def test_an_emergency_answers_with_what_became_of_the_old_key(function):
    world = function.world
    function.rotate(world.token())
    (told,) = function.retire(secretArn=world.arn, overlapSeconds=0)["secrets"]
    assert told["facts"]["finished"] == 1.0
    assert world.issuer.live() == ["key-2"]

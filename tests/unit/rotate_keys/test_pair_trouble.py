"""The pair that one call replaces: its answer is lost, late, unreadable, or was never given."""

from __future__ import annotations

import pytest

from formarelay.errors import (
    CredentialError,
    OperatorNeededError,
    OutcomeUnknownError,
    RateLimitedError,
    TransientError,
)
from formarelay.window import Closure
from rotate_keys.pair_rotation import REPLY
from tests.support.fake_keys import pair_number
from tests.support.rotating import PENDING, STEPS

LOST = OutcomeUnknownError("no answer came", service="formaloo")


@pytest.fixture
def token(world):
    return world.token(arn=world.pair_arn)


def rotate(world, token):
    return world.rotate(token, world.pair_arn)


def in_time(world, token):
    """As Secrets Manager and the schedule would: again and again."""
    for _ in range(4):
        world.clock.advance(600)
        report = world.retire(world.pair_arn)["formaloo"]
    return report


def test_readers_are_away_from_the_swap_until_the_new_pair_is_current(world, token):
    world.step("createSecret", token, world.pair_arn)
    assert world.gate.closure() == Closure("rotating", 120.0)
    for step in STEPS[1:3]:
        world.step(step, token, world.pair_arn)
        assert world.gate.closure() is not None
    world.step("finishSecret", token, world.pair_arn)
    assert world.gate.closure() is None


def test_the_gap_is_measured_from_the_swap_to_the_promotion(world, token):
    world.step("createSecret", token, world.pair_arn)
    for step in STEPS[1:3]:
        world.step(step, token, world.pair_arn)
    world.clock.advance(7)
    report = world.step("finishSecret", token, world.pair_arn)
    assert report.facts["gap_seconds"] == 7.0


def test_the_answer_is_stored_before_it_is_read_and_forgotten_afterwards(world, token):
    world.step("createSecret", token, world.pair_arn)
    reply = world.journal.entry("formaloo").key_name
    assert world.labels(reply, world.pair_arn) == {REPLY}
    for step in STEPS[1:]:
        world.step(step, token, world.pair_arn)
    assert world.labels(reply, world.pair_arn) == set()


def test_a_pair_that_gives_no_token_is_not_swapped(world, token):
    world.pairs.fail("prepare", CredentialError("refused", status=401))
    with pytest.raises(CredentialError):
        rotate(world, token)
    assert world.pairs.swaps == 0
    assert world.gate.closure() is None


def test_a_gate_that_cannot_be_closed_stops_the_swap(world, token):
    world.gate.failing.add("close")
    with pytest.raises(TransientError):
        rotate(world, token)
    assert world.pairs.swaps == 0


def test_a_swap_that_was_provably_not_made_opens_the_gate_and_may_be_made_later(world, token):
    refusal = RateLimitedError("slow down", retry_after_seconds=1, status=429)
    world.pairs.fail("swap", refusal)
    with pytest.raises(RateLimitedError):
        rotate(world, token)
    assert world.gate.closure() is None
    rotate(world, token)
    assert world.pairs.swaps == 1
    assert world.value(world.pair_arn) == pair_number(2)


def test_no_swap_begins_without_the_time_to_store_its_answer(world, token):
    world.remaining_seconds = 60.0
    with pytest.raises(TransientError, match="no time is left"):
        rotate(world, token)
    assert world.pairs.calls == []


@pytest.mark.parametrize("cold_start", [False, True])
def test_a_lost_answer_is_read_again_with_what_lives_of_the_old_pair(world, token, cold_start):
    world.pairs.lose("swap", LOST)
    if cold_start:
        world.pairs.grace = True
        world.pairs.fail("present", LOST)
        with pytest.raises(OutcomeUnknownError):
            rotate(world, token)
        world.new_process()
    rotate(world, token)
    assert world.pairs.swaps == 1
    assert world.value(world.pair_arn) == pair_number(2)


def test_an_answer_that_is_lost_for_good_asks_a_person_and_swaps_never_again(world, token):
    world.pairs.tokens_survive = False
    world.pairs.lose("swap", LOST)
    with pytest.raises(OperatorNeededError) as caught:
        rotate(world, token)
    assert "copy the present pair from the Formaloo dashboard" in str(caught.value)
    assert world.pair_arn in str(caught.value)
    for _ in range(3):
        report = in_time(world, token)
        assert report.operator_needed
        assert world.pairs.swaps == 1


def test_the_pair_that_a_person_stored_ends_the_trouble(world, token):
    world.pairs.tokens_survive = False
    world.pairs.lose("swap", LOST)
    with pytest.raises(OperatorNeededError):
        rotate(world, token)
    world.put(world.pairs.pair, world.pair_arn)
    report = in_time(world, token)
    assert (report.problem, report.stage) == ("", "")
    assert world.value(world.pair_arn) == pair_number(2)
    assert world.pairs.swaps == 1
    world.clock.advance(120)
    assert world.gate.closure() is None


def test_a_swap_that_may_still_come_is_not_repeated_and_ends_when_it_cannot(world, token):
    world.pairs.fail("swap", LOST)
    with pytest.raises(TransientError, match="it may still change"):
        rotate(world, token)
    assert world.pairs.swaps == 0
    world.clock.advance(60)
    with pytest.raises(TransientError, match="it may still change"):
        rotate(world, token)
    world.clock.advance(61)
    with pytest.raises(TransientError):
        rotate(world, token)
    assert world.pairs.calls.count("swap") == 1
    assert world.value(world.pair_arn) == pair_number(1)
    assert world.gate.closure() is None
    assert [ending for _, _, ending in world.journal.ended] == ["abandoned"]
    rotate(world, world.token(2, arn=world.pair_arn))
    assert world.value(world.pair_arn) == pair_number(2)


def test_an_answer_that_nobody_understands_is_kept_for_a_person(world, token):
    world.pairs.fields = ("mystery", "secret_key")
    with pytest.raises(OperatorNeededError) as caught:
        rotate(world, token)
    text = str(caught.value)
    reply = world.journal.entry("formaloo").key_name
    assert "no usable API key" in text
    assert f"--version-id {reply} --version-stage {REPLY}" in text
    assert "canary" not in text
    kept = world.secrets.client.get_secret_value(
        SecretId=world.pair_arn, VersionId=reply, VersionStage=REPLY
    )
    assert pair_number(2)["api_key"] in kept["SecretString"]
    world.put(world.pairs.pair, world.pair_arn, ClientRequestToken=token, VersionStages=[PENDING])
    rotate(world, token)
    assert world.value(world.pair_arn) == pair_number(2)
    assert world.pairs.swaps == 1


def test_a_store_that_fails_after_the_swap_loses_nothing(world, token):
    world.secrets.failing.add("PutSecretValue")
    with pytest.raises(TransientError):
        rotate(world, token)
    world.secrets.failing.clear()
    rotate(world, token)
    assert world.pairs.swaps == 1
    assert world.value(world.pair_arn) == pair_number(2)


def test_a_new_pair_that_is_not_taken_yet_is_not_promoted(world, token):
    world.step("createSecret", token, world.pair_arn)
    world.pairs.fail("test", CredentialError("refused", status=401))
    with pytest.raises(CredentialError):
        world.step("testSecret", token, world.pair_arn)
    assert world.value(world.pair_arn) == pair_number(1)
    rotate(world, token)
    assert world.value(world.pair_arn) == pair_number(2)


def test_a_cancelled_rotation_goes_on_under_the_next_token(world, token):
    world.step("createSecret", token, world.pair_arn)
    world.secrets.client.update_secret_version_stage(
        SecretId=world.pair_arn, VersionStage=PENDING, RemoveFromVersionId=token
    )
    rotate(world, world.token(2, arn=world.pair_arn))
    assert world.pairs.swaps == 1
    assert world.value(world.pair_arn) == pair_number(2)


def test_a_gate_that_does_not_reopen_reopens_by_itself(world, token):
    for step in STEPS[:3]:
        world.step(step, token, world.pair_arn)
    world.gate.failing.add("reopen")
    world.step("finishSecret", token, world.pair_arn)
    world.clock.advance(120)
    assert world.gate.closure() is None


def test_a_grace_of_the_providers_is_waited_for(world, token):
    world.pairs.grace = True
    rotate(world, token)
    world.clock.advance(60)
    report = world.retire()["formaloo"]
    assert (report.facts["awaiting"], report.facts["awaiting_seconds"]) == (1.0, 60.0)
    world.pairs.grace = False
    assert world.retire()["formaloo"].facts["finished"] == 1.0

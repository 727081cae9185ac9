"""The old key ends after its overlap, unused, and seen to be dead; and in an emergency at once."""

from __future__ import annotations

import pytest

from formarelay.errors import OperatorNeededError, ServerError
from formarelay.keys import KeyRequest
from tests.support.rotating import DAY, OVERLAP


@pytest.fixture
def rotated(world):
    world.rotate(world.token())
    return world


def test_a_key_that_somebody_still_uses_is_not_revoked_and_counted(rotated):
    rotated.clock.advance(OVERLAP)
    rotated.issuer.use("key-1")
    report = rotated.retire()["forma-mail"]
    assert report.facts["old_key_in_use"] == 1.0
    assert rotated.issuer.live() == ["key-1", "key-2"]
    rotated.clock.advance(OVERLAP / 4)
    assert "old_key_in_use" not in rotated.retire()["forma-mail"].facts
    assert rotated.issuer.live() == ["key-2"]


def test_a_key_that_is_never_left_alone_ends_all_the_same_in_the_end(rotated):
    for _ in range(24):
        assert "key-1" in rotated.issuer.live()
        rotated.clock.advance(OVERLAP)
        rotated.issuer.use("key-1")
        rotated.retire()
    assert rotated.issuer.live() == ["key-2"]


def test_in_an_emergency_the_old_key_ends_at_once_though_it_is_in_use(rotated):
    rotated.issuer.use("key-1")
    report = rotated.retire(rotated.arn, overlap=0.0)["forma-mail"]
    assert report.facts["finished"] == 1.0
    assert rotated.issuer.live() == ["key-2"]


def test_an_emergency_finishes_a_rotation_that_secrets_manager_still_drives(world):
    world.step("createSecret", world.token())
    world.retire(world.arn, overlap=0.0)
    assert world.value()["key_id"] == "key-2"
    assert world.issuer.live() == ["key-2"]


def test_a_revocation_that_fails_for_days_is_tried_again_and_its_age_told(rotated):
    rotated.clock.advance(OVERLAP)
    rotated.issuer.fail("revoke", ServerError("down", status=503), times=3)
    for day in range(3):
        report = rotated.retire()["forma-mail"]
        assert "503" in report.problem
        assert report.facts["awaiting_seconds"] == day * DAY
        assert report.facts["awaiting"] == 1.0
        rotated.clock.advance(DAY)
    assert rotated.retire()["forma-mail"].facts["finished"] == 1.0
    assert rotated.issuer.live() == ["key-2"]


def test_a_key_that_is_accepted_after_its_revocation_is_never_called_dead(rotated):
    rotated.issuer.undead.add("key-1")
    rotated.clock.advance(OVERLAP)
    report = rotated.retire()["forma-mail"]
    assert "key-1 is revoked and still accepted" in report.problem
    assert rotated.journal.ended == []
    rotated.issuer.undead.clear()
    assert rotated.retire()["forma-mail"].problem == ""
    assert [ending for _, _, ending in rotated.journal.ended] == ["retired"]


def test_whether_it_is_dead_is_not_guessed_while_nobody_can_say(rotated):
    rotated.clock.advance(OVERLAP)
    rotated.issuer.fail("is_refused", ServerError("down", status=503))
    assert rotated.retire()["forma-mail"].facts["awaiting"] == 1.0
    assert rotated.journal.ended == []
    assert rotated.retire()["forma-mail"].facts["finished"] == 1.0


def test_a_person_who_went_back_to_the_old_key_keeps_it(rotated):
    rotated.put({"api_key": rotated.first.value.reveal(), "key_id": "key-1"})
    rotated.clock.advance(OVERLAP)
    report = rotated.retire()["forma-mail"]
    assert report.problem == ""
    assert "key-1" in rotated.issuer.live()
    assert [ending for _, _, ending in rotated.journal.ended] == ["replaced"]


def test_an_orphan_is_revoked_by_one_round_and_counted(world):
    world.issuer.seed(name=world.names.of("a rotation that died"))
    report = world.retire()["forma-mail"]
    assert (report.facts["orphans"], report.facts["orphans_revoked"]) == (0.0, 1.0)
    assert world.issuer.live() == ["key-1"]


def test_a_key_that_was_in_use_lately_is_no_orphan_yet(world):
    lost = world.issuer.seed(name=world.names.of("a rotation that died")).key_id
    world.issuer.use(lost)
    assert world.retire()["forma-mail"].facts["orphans"] == 1.0
    world.clock.advance(OVERLAP)
    assert world.retire()["forma-mail"].facts["orphans"] == 0.0
    assert world.issuer.live() == ["key-1"]


def test_an_unreachable_list_revokes_nothing_and_is_told(world):
    world.issuer.fail("list_keys", ServerError("down", status=503))
    assert "503" in world.retire()["forma-mail"].problem
    assert world.issuer.live() == ["key-1"]


def test_a_provider_in_trouble_does_not_stop_the_round_of_the_other(world):
    world.issuer.fail("list_keys", ServerError("down", status=503))
    reports = world.retire()
    assert reports["formaloo"].problem == ""


def test_a_journal_that_cannot_be_reached_is_told_for_each(world):
    world.journal.failing.add("take")
    assert all("journal" in report.problem for report in world.retire().values())


class Person:
    """Wraps the issuer as one whose keys only a person makes, lists and revokes."""

    def __init__(self, issuer) -> None:
        self._issuer = issuer

    def create(self, request):
        raise OperatorNeededError(f'make a key named "{request.name}"', service="forma-mail")

    def list_keys(self):
        return []

    def revoke(self, key_id):
        raise OperatorNeededError(f"revoke the key {key_id}", service="forma-mail")

    def __getattr__(self, name):
        return getattr(self._issuer, name)


@pytest.fixture
def assisted(world):
    world.new_process(Person(world.issuer))
    return world


def test_without_an_account_a_rotation_asks_for_a_key_and_says_how_to_give_it(assisted):
    token = assisted.token()
    with pytest.raises(OperatorNeededError) as caught:
        assisted.rotate(token)
    text = str(caught.value)
    assert "make a key named" in text
    assert f"--client-request-token {token} --version-stages AWSPENDING" in text
    assert assisted.value()["key_id"] == "key-1"


def give(world, token):
    made = world.issuer.seed(name="by hand")
    value = {"api_key": made.value.reveal(), "key_id": made.key_id}
    world.put(value, ClientRequestToken=token, VersionStages=["AWSPENDING"])


def test_the_key_that_a_person_gave_is_tested_promoted_and_the_old_one_asked_for(assisted):
    token = assisted.token()
    with pytest.raises(OperatorNeededError):
        assisted.rotate(token)
    give(assisted, token)
    assisted.clock.advance(600)
    assert assisted.retire()["forma-mail"].stage == "promoted"
    assert assisted.value()["key_id"] == "key-2"
    assisted.clock.advance(OVERLAP)
    for _ in range(2):
        report = assisted.retire()["forma-mail"]
        assert report.operator_needed
        assert "revoke the key key-1" in report.problem
    assisted.issuer.revoke("key-1")
    assert assisted.retire()["forma-mail"].facts["finished"] == 1.0
    assert [ending for _, _, ending in assisted.journal.ended] == ["retired"]


def test_a_key_that_a_person_gave_without_being_asked_is_taken_too(assisted):
    token = "00000009-0000-4000-8000-000000000000"
    give(assisted, token)
    assert assisted.retire()["forma-mail"].stage == "promoted"
    assert assisted.value()["key_id"] == "key-2"


def test_a_key_of_a_persons_that_is_refused_is_not_promoted(assisted):
    token = assisted.token()
    give(assisted, token)
    assisted.issuer.revoke("key-2")
    assert "401" in assisted.retire()["forma-mail"].problem
    assert assisted.value()["key_id"] == "key-1"


def test_each_round_tells_when_the_key_in_use_ends(rotated):
    rotated.clock.advance(10 * DAY)
    # Somebody else's key, which ends sooner.
    rotated.issuer.create(
        KeyRequest(
            name="payroll",
            description="",
            permissions=("emails:send",),
            expires_at=rotated.clock.wall() + 5 * DAY,
        )
    )
    assert rotated.retire()["forma-mail"].facts["days_to_expiry"] == 110.0


def test_a_key_without_an_end_has_none_to_tell(world):
    assert "days_to_expiry" not in world.retire()["forma-mail"].facts

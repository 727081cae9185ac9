"""A key with overlap, when the provider, the network or another rotation stands in the way."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from formarelay.errors import (
    CredentialError,
    KeyLimitError,
    LeaseLostError,
    OutcomeUnknownError,
    PermissionDeniedError,
    ServerError,
    TransientError,
)
from rotate_keys.contract import Step, StepEvent
from rotate_keys.steps import RotationOpenError
from tests.support.rotating import DAY, OVERLAP, PENDING, World


def other_keys(world, count, *, name="of another system"):
    return [world.issuer.seed(name=name).key_id for _ in range(count)]


def test_the_new_key_has_the_rights_and_the_limit_of_the_old_an_expiry_and_a_name_of_ours(world):
    world.rotate(world.token())
    (request,) = world.issuer.requests
    assert request.permissions == world.issuer.keys["key-1"].permissions
    assert request.rate_limit == world.issuer.keys["key-1"].rate_limit
    assert request.expires_at == world.clock.wall() + 120 * DAY
    assert world.names.is_ours(request.name)
    assert "test" in request.name


def test_where_the_old_rights_are_not_shown_the_new_key_gets_those_of_the_policy(world):
    first = world.issuer.seed(permissions=())
    world.put({"api_key": first.value.reveal(), "key_id": first.key_id})
    world.rotate(world.token())
    assert world.issuer.requests[0].permissions == ("emails:send", "emails:read")


def test_the_providers_limit_of_keys_stops_a_rotation_before_a_key_is_made(world):
    others = other_keys(world, 9)
    with pytest.raises(KeyLimitError):
        world.rotate(world.token())
    assert world.issuer.live() == ["key-1", *others]
    assert world.value()["key_id"] == "key-1"


def test_a_limit_that_is_known_is_not_even_tried():
    world = World(key_limit=3)
    other_keys(world, 2)
    with pytest.raises(KeyLimitError, match="3 keys live, and the provider allows 3"):
        world.rotate(world.token())
    assert "create" not in world.issuer.calls


def test_room_is_made_by_revoking_what_a_dead_rotation_left(world):
    world.issuer.limit = 2
    other_keys(world, 1, name=world.names.of("a rotation long ago"))
    report = world.rotate(world.token())
    assert report.problem == ""
    assert world.issuer.live() == ["key-1", "key-3"]


def test_two_live_keys_of_ours_are_never_joined_by_a_third(world):
    (lost,) = other_keys(world, 1, name=world.names.of("a rotation long ago"))
    world.issuer.use(lost)
    with pytest.raises(KeyLimitError, match="2 keys of this stack live"):
        world.rotate(world.token())
    assert world.issuer.most_live == 2


def test_keys_of_others_are_never_revoked(world):
    strangers = other_keys(world, 3, name="formarelay other ab12cd 00000001")
    world.rotate(world.token())
    world.clock.advance(OVERLAP)
    world.retire()
    assert world.issuer.live() == [*strangers, "key-5"]


def test_a_key_whose_creation_was_not_answered_is_revoked_by_its_name(world):
    token = world.token()
    world.issuer.lose("create", OutcomeUnknownError("no answer"))
    with pytest.raises(OutcomeUnknownError):
        world.step("createSecret", token)
    assert world.issuer.live() == ["key-1", "key-2"]
    world.rotate(token)
    assert world.issuer.live() == ["key-1", "key-3"]
    assert world.value()["key_id"] == "key-3"
    assert world.issuer.most_live == 2


def test_a_key_whose_value_was_not_stored_is_revoked_and_made_anew(world):
    token = world.token()
    world.secrets.failing.add("PutSecretValue")
    with pytest.raises(TransientError):
        world.step("createSecret", token)
    world.secrets.failing.clear()
    world.rotate(token)
    assert world.issuer.live() == ["key-1", "key-3"]


def test_a_key_whose_value_was_not_stored_is_revoked_by_its_id_whatever_it_is_called(world):
    token = world.token()
    world.secrets.failing.add("PutSecretValue")
    with pytest.raises(TransientError):
        world.step("createSecret", token)
    world.secrets.failing.clear()
    world.issuer.keys["key-2"] = replace(world.issuer.keys["key-2"], name="renamed by a person")
    world.rotate(token)
    assert world.issuer.live() == ["key-1", "key-3"]


def test_a_store_whose_answer_was_lost_is_recognised(world):
    token = world.token()
    world.secrets.losing.add("PutSecretValue")
    with pytest.raises(TransientError):
        world.step("createSecret", token)
    world.secrets.losing.clear()
    world.rotate(token)
    assert world.issuer.live() == ["key-1", "key-2"]
    assert len(world.issuer.requests) == 1


def test_a_promotion_whose_answer_was_lost_is_recognised(world):
    token = world.token()
    world.secrets.losing.add("UpdateSecretVersionStage")
    with pytest.raises(TransientError):
        world.rotate(token)
    world.secrets.losing.clear()
    assert world.value()["key_id"] == "key-2"
    world.step("finishSecret", token)
    assert world.journal.stages[-1] == "promoted"


def test_a_key_that_is_not_active_yet_is_waited_for(world):
    world.issuer.activation_seconds = 20
    began_at = world.clock.wall()
    world.rotate(world.token())
    assert 20 <= world.clock.wall() - began_at <= 30
    assert world.value()["key_id"] == "key-2"


def test_a_key_that_does_not_become_active_is_not_promoted_until_it_does(world):
    world.issuer.activation_seconds = 300
    token = world.token()
    with pytest.raises(CredentialError):
        world.rotate(token)
    assert world.value()["key_id"] == "key-1"
    assert world.issuer.live() == ["key-1", "key-2"]
    world.clock.advance(300)
    world.rotate(token)
    assert world.value()["key_id"] == "key-2"
    assert len(world.issuer.requests) == 1


def test_a_wait_ends_before_the_invocation_does(world):
    world.issuer.activation_seconds = 300
    world.remaining_seconds = 90.0
    token = world.token()
    began_at = world.clock.wall()
    with pytest.raises(CredentialError):
        world.rotate(token)
    assert world.clock.wall() - began_at == 1 + 2 + 4


def test_no_key_is_made_without_the_time_to_store_it(world):
    world.remaining_seconds = 30.0
    with pytest.raises(TransientError, match="no time is left in this invocation"):
        world.rotate(world.token())
    assert world.issuer.live() == ["key-1"]


def test_a_key_that_lacks_a_right_is_not_promoted(world):
    token = world.token()
    world.step("createSecret", token)
    world.issuer.fail("test", PermissionDeniedError("the key lacks emails:send"))
    with pytest.raises(PermissionDeniedError, match="lacks emails:send"):
        world.step("testSecret", token)
    assert world.value()["key_id"] == "key-1"
    assert world.journal.stages[-1] == "stored"


def test_a_provider_that_is_down_is_no_refused_key(world):
    token = world.token()
    world.step("createSecret", token)
    world.issuer.fail("test", ServerError("down", status=503))
    with pytest.raises(ServerError):
        world.step("testSecret", token)
    world.rotate(token)
    assert len(world.issuer.requests) == 1


def test_two_workers_do_not_rotate_at_once(world):
    token = world.token()
    assert world.journal.take("forma-mail", lease_seconds=60.0) is not None
    with pytest.raises(LeaseLostError, match="another worker holds the rotation of forma-mail"):
        world.step("createSecret", token)
    assert world.issuer.calls == []
    assert world.retire()["forma-mail"].busy
    world.clock.advance(61)
    world.rotate(token)
    assert world.value()["key_id"] == "key-2"


def test_a_worker_that_was_overtaken_writes_nothing_more(world):
    token = world.token()
    overtaken, create = world.service, world.issuer.create

    def slow(request):
        world.issuer.create = create
        world.clock.advance(world.remaining_seconds + 6)
        world.new_process()
        world.step("createSecret", token)
        return create(request)

    world.issuer.create = slow
    event = StepEvent(step=Step.CREATE, secret_arn=world.arn, token=token)
    with pytest.raises(LeaseLostError):
        overtaken.step(event, remaining_seconds=lambda: world.remaining_seconds)
    world.rotate(token)
    assert world.value()["key_id"] == "key-2"
    world.clock.advance(OVERLAP)
    world.retire()
    assert world.issuer.live() == ["key-2"]


def test_no_rotation_begins_while_the_replaced_key_of_the_last_one_lives(world):
    world.rotate(world.token())
    second = world.token(2)
    with pytest.raises(RotationOpenError, match="invoke retire with overlapSeconds 0"):
        world.rotate(second)
    world.clock.advance(OVERLAP)
    world.retire()
    world.rotate(second)
    assert world.value()["key_id"] == "key-3"
    assert world.issuer.most_live == 2


def test_what_a_cancelled_rotation_left_pending_is_revoked_by_the_next(world):
    first = world.token()
    world.step("createSecret", first)
    client = world.secrets.client
    client.cancel_rotate_secret(SecretId=world.arn)
    client.update_secret_version_stage(
        SecretId=world.arn, VersionStage=PENDING, RemoveFromVersionId=first
    )
    world.rotate(world.token(2))
    assert world.issuer.live() == ["key-1", "key-3"]
    assert [ending for _, _, ending in world.journal.ended] == ["abandoned"]


def test_what_a_cancelled_rotation_left_is_revoked_by_the_round_when_none_follows(world):
    first = world.token()
    world.step("createSecret", first)
    world.secrets.client.update_secret_version_stage(
        SecretId=world.arn, VersionStage=PENDING, RemoveFromVersionId=first
    )
    world.clock.advance(600)
    assert world.retire()["forma-mail"].problem == ""
    assert world.issuer.live() == ["key-1"]


def test_the_round_leaves_a_rotation_alone_that_secrets_manager_still_drives(world):
    token = world.token()
    world.step("createSecret", token)
    world.clock.advance(60)
    report = world.retire()["forma-mail"]
    assert (report.stage, report.facts["open_seconds"]) == ("stored", 60.0)
    world.clock.advance(61)
    assert world.retire()["forma-mail"].stage == "promoted"
    assert world.value()["key_id"] == "key-2"

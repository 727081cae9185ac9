"""A key that may be known to others is replaced and dead within a minute, or it is said why not."""

from __future__ import annotations

import pytest
from botocore.exceptions import ClientError, ReadTimeoutError

from formarelay.errors import (
    CredentialError,
    KeyLimitError,
    OperatorNeededError,
    OutcomeUnknownError,
    ServerError,
)
from relayctl.cli import main
from tests.integration.relayctl.rotating_station import rotating_station
from tests.support.rotating import OVERLAP, PENDING


@pytest.fixture
def station(tmp_path):
    with rotating_station(tmp_path) as station:
        yield station


def refusal(code, operation):
    return ClientError({"Error": {"Code": code, "Message": "no"}}, operation)


def test_the_key_is_replaced_and_the_old_one_dead_within_a_minute(station):
    world = station.world
    began_at = world.clock.wall()
    shown = station.run("--yes")
    assert shown.status == 0
    assert shown.output == "forma-mail: the key is replaced and the old one dead\n"
    assert world.issuer.live() == ["key-2"]
    assert world.value()["key_id"] == "key-2"
    assert world.clock.wall() - began_at <= 60
    assert shown.messages.splitlines()[1:] == [
        "Secrets Manager rotates",
        "after 0.0 s the new key is tested and current",
        "after 0.0 s the old key is dead: the provider refuses it",
    ]
    # The other provider's keys are nobody's business now.
    assert world.pairs.swaps == 0


def test_the_pair_of_formaloo_is_replaced_when_it_is_named(station):
    shown = station.run("--yes", "--secret", "formaloo")
    assert shown.status == 0
    assert station.world.pairs.swaps == 1
    assert station.world.value(station.world.pair_arn) == station.world.pairs.pair
    assert station.world.issuer.live() == ["key-1"]


def test_no_key_is_shown(station):
    for secret in ("forma-mail", "formaloo"):
        shown = station.run("--yes", "--secret", secret)
        assert "canary" not in shown.output + shown.messages


@pytest.mark.parametrize(("answer", "status"), [("y", 0), ("YES", 0), ("", 1), ("n", 1)])
def test_a_person_is_asked_first(station, answer, status):
    station.answer = answer
    shown = station.run(terminal=True)
    assert shown.status == status
    assert (station.world.issuer.live() == ["key-2"]) == (status == 0)
    assert ("nothing was changed" in shown.messages) == (status == 1)


def test_where_nobody_can_be_asked_it_wants_to_be_told(station):
    shown = station.run()
    assert shown.status == 2
    assert "give --yes" in shown.messages
    assert station.functions.events == []


def test_it_is_never_begun_by_a_word_that_was_left_out(station, capsys):
    with pytest.raises(SystemExit) as left:
        main(["rotate", "--yes"])
    assert left.value.code == 2
    assert "--now" in capsys.readouterr().err


def test_a_replaced_key_in_its_overlap_ends_first_and_the_present_one_is_replaced(station):
    world = station.world
    world.secrets.client.rotate_secret(SecretId=world.arn)
    assert world.issuer.live() == ["key-1", "key-2"]
    assert station.run("--yes").status == 0
    assert world.issuer.live() == ["key-3"]
    assert world.issuer.most_live == 2


def test_a_rotation_that_is_pending_is_finished_instead_of_a_second_one(station):
    world = station.world
    world.issuer.fail("test", ServerError("down", status=503))
    world.secrets.client.rotate_secret(SecretId=world.arn)
    assert world.value()["key_id"] == "key-1"
    assert station.run("--yes").status == 0
    assert world.issuer.live() == ["key-2"]


def test_a_rotation_that_is_under_way_is_not_disturbed(station):
    station.world.journal.take("forma-mail", lease_seconds=60.0)
    shown = station.run("--yes")
    assert shown.status == 1
    assert "a rotation of this secret is under way right now" in shown.messages
    assert station.world.issuer.live() == ["key-1"]


def test_a_pending_rotation_that_cannot_go_on_says_why(station):
    world = station.world
    world.issuer.fail("create", KeyLimitError("as many as there may be"), times=9)
    world.secrets.client.rotate_secret(SecretId=world.arn)
    shown = station.run("--yes")
    assert shown.status == 1
    assert "the key is as it was: as many as there may be" in shown.messages
    assert world.issuer.live() == ["key-1"]


def test_a_pending_version_that_nobody_journaled_is_said(station):
    world = station.world
    world.secrets._invoke = lambda event: None
    world.secrets.client.rotate_secret(SecretId=world.arn)
    shown = station.run("--yes")
    assert shown.status == 1
    assert "another rotation of this secret is pending" in shown.messages
    assert world.issuer.live() == ["key-1"]


def test_a_step_that_fails_is_finished_by_the_round_after_some_patience(station):
    world = station.world
    world.issuer.fail("test", ServerError("down", status=503))
    began_at = world.clock.wall()
    assert station.run("--yes").status == 0
    assert world.issuer.live() == ["key-2"]
    assert world.clock.wall() - began_at <= 60


def test_a_provider_that_is_down_is_given_up_with_its_reason_and_the_key_as_it_was(station):
    world = station.world
    world.issuer.fail("create", ServerError("down", service="forma-mail", status=503), times=999)
    shown = station.run("--yes")
    assert shown.status == 1
    assert "the key is as it was: forma-mail 503: down. The schedule goes on" in shown.messages
    assert world.value()["key_id"] == "key-1"


def test_an_old_key_that_does_not_die_is_said(station):
    station.world.issuer.undead.add("key-1")
    shown = station.run("--yes")
    assert shown.status == 1
    assert "the new key is in use, and the old one is not dead: the key key-1" in shown.messages
    assert station.world.value()["key_id"] == "key-2"


def test_a_pair_with_a_grace_of_the_providers_is_waited_for_and_then_told(station):
    station.world.pairs.grace = True
    shown = station.run("--yes", "--secret", "formaloo")
    assert shown.status == 1
    assert "the old one is not dead: the provider still accepts it" in shown.messages


def test_a_grace_that_ends_in_time_ends_it(station):
    station.world.pairs.grace = True

    def end() -> None:
        station.world.pairs.grace = False

    station.meanwhile = end
    assert station.run("--yes", "--secret", "formaloo").status == 0


def test_a_person_who_must_make_the_key_is_told_so_and_then_it_goes_on(station):
    world = station.world
    world.issuer.fail("create", OperatorNeededError("make a key named x"), times=99)
    shown = station.run("--yes")
    assert shown.status == 1
    assert "a person is needed, and the key is as it was: make a key named x" in shown.messages
    made = world.issuer.seed()
    (token,) = [
        version
        for version, labels in world.secrets.client.describe_secret(SecretId=world.arn)[
            "VersionIdsToStages"
        ].items()
        if labels == [PENDING]
    ]
    world.put(
        {"api_key": made.value.reveal(), "key_id": made.key_id},
        ClientRequestToken=token,
        VersionStages=[PENDING],
    )
    assert station.run("--yes").status == 0
    assert world.issuer.live() == [made.key_id]


def test_a_person_who_must_revoke_the_old_key_is_told_its_name(station):
    world = station.world
    world.issuer.fail("revoke", OperatorNeededError("revoke the key key-1"), times=99)
    shown = station.run("--yes")
    assert shown.status == 1
    assert "a person must end the old one: revoke the key key-1" in shown.messages
    assert world.value()["key_id"] == "key-2"


def test_a_lost_pair_is_said_with_what_to_do(station):
    world = station.world
    world.pairs.tokens_survive = False
    world.pairs.lose("swap", OutcomeUnknownError("no answer came"))
    shown = station.run("--yes", "--secret", "formaloo")
    assert shown.status == 1
    assert "copy the present pair from the Formaloo dashboard" in shown.messages


def test_a_new_key_that_is_refused_is_not_promoted(station):
    world = station.world
    world.issuer.fail("test", CredentialError("refused", status=401), times=999)
    shown = station.run("--yes")
    assert shown.status == 1
    assert "the key is as it was: 401: refused" in shown.messages
    assert world.value()["key_id"] == "key-1"


def test_a_secret_that_is_not_rotated_is_said(station):
    station.world.secrets.client.cancel_rotate_secret(SecretId=station.world.arn)
    shown = station.run("--yes")
    assert shown.status == 1
    assert "rotation is not switched on for this secret" in shown.messages
    assert station.functions.events == []


@pytest.mark.parametrize("name", ["ROTATE_KEYS_FUNCTION", "FORMA_MAIL_SECRET_ARN"])
def test_a_stack_without_rotation_is_said(station, name):
    station.lines[name] = ""
    shown = station.run("--yes")
    assert (shown.status, shown.messages.splitlines()[-1]) == (
        1,
        "error: this stack has no rotation. Deploy the present template",
    )


@pytest.mark.parametrize(
    ("error", "advice"),
    [
        (refusal("AccessDeniedException", "Invoke"), "may not do lambda:InvokeFunction"),
        (refusal("ResourceNotFoundException", "Invoke"), "the function rotate_keys does not exist"),
        (ReadTimeoutError(endpoint_url="x"), "AWS cannot be reached"),
    ],
)
def test_a_function_that_cannot_be_invoked_is_explained(station, error, advice):
    station.functions.error = error
    shown = station.run("--yes")
    assert shown.status == 1
    assert advice in shown.messages
    assert station.world.issuer.live() == ["key-1"]


@pytest.mark.parametrize("operation", ["DescribeSecret", "RotateSecret"])
def test_a_secret_that_these_credentials_may_not_touch_is_explained(
    station, monkeypatch, operation
):
    client = station.world.secrets.client
    name = {"DescribeSecret": "describe_secret", "RotateSecret": "rotate_secret"}[operation]

    def refuse(**_):
        raise refusal("AccessDeniedException", operation)

    monkeypatch.setattr(client, name, refuse)
    monkeypatch.setattr(station.functions, "payload", b'{"secrets": [{"stage": ""}]}')
    shown = station.run("--yes")
    assert shown.status == 1
    assert f"may not do secretsmanager:{operation}" in shown.messages


@pytest.mark.parametrize("payload", [b"", b"null", b"[]", b'{"secrets": []}', b'{"secrets": 7}'])
def test_a_function_that_is_another_is_said(station, payload):
    station.functions.payload = payload
    shown = station.run("--yes")
    assert shown.status == 1
    assert "does not answer as rotate_keys does" in shown.messages


def test_a_function_that_fails_says_where_to_look(station):
    station.lines["FORMA_MAIL_SECRET_ARN"] = station.world.secrets.create("stranger", "{}")
    station.world.secrets.client.rotate_secret(
        SecretId=station.lines["FORMA_MAIL_SECRET_ARN"],
        RotationLambdaARN="arn:aws:lambda:us-east-1:123456789012:function:x",
        RotateImmediately=False,
    )
    shown = station.run("--yes")
    assert shown.status == 1
    assert "rotate_keys failed; its log says why" in shown.messages


def test_after_ctrl_c_the_rotation_goes_on_by_itself(station):
    world = station.world
    world.issuer.fail("test", ServerError("down", status=503))

    def interrupt() -> None:
        raise KeyboardInterrupt

    station.meanwhile = interrupt
    shown = station.run("--yes")
    assert shown.status == 130
    assert "a rotation that has begun goes on by itself" in shown.messages
    station.meanwhile = lambda: None
    world.clock.advance(OVERLAP)
    world.retire()
    world.clock.advance(OVERLAP)
    world.retire()
    assert world.issuer.live() == ["key-2"]

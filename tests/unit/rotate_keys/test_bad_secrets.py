"""A secret that is no good: what is wrong is named, never the value, and no key is touched."""

from __future__ import annotations

import json

import pytest

from formarelay.errors import SecretUnavailableError
from tests.support.rotating import PENDING

CANARY = "canary0123456789abcdef"
KEY = f"fm_sk_{CANARY}"
BAD = [
    (CANARY, "not a JSON object"),
    (f'["{CANARY}"]', "not a JSON object"),
    (f'"{CANARY}"', "not a JSON object"),
    ("[" * 60_000, "not a JSON object"),
    (json.dumps({"key": KEY, "key_id": "key-1"}), 'no text field "api_key"'),
    (json.dumps({"api_key": KEY}), 'no text field "key_id"'),
    (json.dumps({"api_key": None, "key_id": "key-1"}), 'no text field "api_key"'),
    (json.dumps({"api_key": KEY, "key_id": 7}), 'no text field "key_id"'),
    (json.dumps({"api_key": KEY, "key_id": " "}), 'the field "key_id" of the secret is malformed'),
    (json.dumps({"api_key": CANARY, "key_id": "k"}), 'the field "api_key" of the secret is malf'),
    (json.dumps({"api_key": KEY + "\r\n", "key_id": "k"}), 'field "api_key" of the secret is malf'),
]
BAD_PAIRS = [
    (CANARY, "not a JSON object"),
    (json.dumps({"api_key": CANARY}), 'no text field "secret_key"'),
    (json.dumps({"secret_key": CANARY}), 'no text field "api_key"'),
    (json.dumps({"api_key": CANARY, "secret_key": ""}), 'field "secret_key" of the secret is malf'),
    (
        json.dumps({"api_key": f"{CANARY}\nX-Evil: 1", "secret_key": "s"}),
        'field "api_key" of the secret is malf',
    ),
]


@pytest.mark.parametrize(("text", "problem"), BAD)
def test_no_rotation_begins_from_a_bad_secret(world, text, problem):
    world.put(text)
    token = world.token()
    with pytest.raises(SecretUnavailableError) as caught:
        world.rotate(token)
    assert problem in str(caught.value)
    assert CANARY not in repr([caught.value, caught.value.__cause__, caught.value.__context__])
    assert world.issuer.live() == ["key-1"]
    assert "create" not in world.issuer.calls
    assert "revoke" not in world.issuer.calls
    assert world.journal.stages == []


@pytest.mark.parametrize(("text", "problem"), BAD_PAIRS)
def test_no_pair_is_swapped_from_a_bad_secret(world, text, problem):
    world.put(text, world.pair_arn)
    token = world.token(arn=world.pair_arn)
    with pytest.raises(SecretUnavailableError) as caught:
        world.rotate(token, world.pair_arn)
    assert problem in str(caught.value)
    assert CANARY not in repr([caught.value, caught.value.__cause__, caught.value.__context__])
    assert world.pairs.swaps == 0
    assert world.gate.closure() is None


@pytest.mark.parametrize(("text", "problem"), BAD)
def test_a_bad_pending_version_is_not_promoted(world, text, problem):
    token = world.token()
    world.put(text, ClientRequestToken=token, VersionStages=[PENDING])
    with pytest.raises(SecretUnavailableError) as caught:
        world.rotate(token)
    assert problem in str(caught.value)
    assert CANARY not in repr(caught.value)
    assert world.value()["key_id"] == "key-1"
    assert world.issuer.live() == ["key-1"]


@pytest.mark.parametrize(("text", "problem"), BAD)
def test_a_round_over_a_bad_secret_says_so_and_revokes_nothing(world, text, problem):
    world.put(text)
    report = world.retire()["forma-mail"]
    assert problem in report.problem
    assert CANARY not in repr(report)
    assert world.issuer.live() == ["key-1"]


def test_a_round_over_secrets_without_a_value_does_nothing(world):
    world.arn = world.secrets.create("empty")
    world.names = type(world.names)(stack="test", secret_arn=world.arn)
    world.new_process()
    report = world.retire(world.arn)["forma-mail"]
    assert (report.problem, report.stage) == ("", "")
    assert world.issuer.calls == []


def test_a_secret_without_a_value_says_that_a_person_puts_the_first_key_there(world):
    world.arn = world.secrets.create("empty")
    world.new_process()
    token = world.token(arn=world.arn)
    with pytest.raises(SecretUnavailableError, match="put the first key there, then rotate"):
        world.rotate(token, world.arn)


def test_the_same_key_again_is_no_new_key(world):
    token = world.token()
    world.put(world.value(), ClientRequestToken=token, VersionStages=[PENDING])
    with pytest.raises(SecretUnavailableError, match="holds the key that it should replace"):
        world.rotate(token)
    assert world.issuer.live() == ["key-1"]

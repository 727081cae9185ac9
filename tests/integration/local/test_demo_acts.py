"""What the demo says of a rotation, from what the provider and Secrets Manager say."""

from __future__ import annotations

import json
from typing import Any, cast

import pytest

from local.aws import LocalAws
from local.demo.act import Act, comes_true
from local.demo.judgement import Judgement
from local.demo.rotation import KeyRotation
from local.sandbox_control import SandboxControl

STACK = {"FORMA_MAIL_SECRET_ARN": "arn", "ROTATE_KEYS_FUNCTION": "rotate"}


class Fakes:
    """Both sides in one: a secret that holds a key id, and the provider's list of keys."""

    def __init__(self) -> None:
        self.key_id = "old"
        self.statuses = {"old": "active"}
        self.secretsmanager = self

    def get_secret_value(self, **_: object) -> dict[str, str]:
        return {"SecretString": json.dumps({"key_id": self.key_id})}

    def every_key(self) -> list[dict[str, Any]]:
        return [{"id": key, "status": status} for key, status in self.statuses.items()]


@pytest.mark.parametrize(
    ("keys", "statuses", "held"),
    [
        (["old", "new"], {"old": "revoked", "new": "active"}, [True, True]),
        (["old", "new"], {"old": "active", "new": "active"}, [False, True]),
        (["old", "new"], {"old": "revoked", "new": "expired"}, [False, True]),
        (["old", "old"], {"old": "revoked", "new": "active"}, [True, False]),
        (["old", "new", "third"], {"old": "revoked", "new": "active"}, [True, False]),
    ],
)
def test_both_keys_must_have_sent_and_only_the_new_one_live(
    keys: list[str], statuses: dict[str, str], held: list[bool]
) -> None:
    fakes = Fakes()
    rotation = KeyRotation(cast(LocalAws, fakes), sandbox=cast(SandboxControl, fakes), stack=STACK)
    fakes.key_id, fakes.statuses = "new", statuses
    act = rotation.judge([{"keyId": key} for key in keys])
    assert [promise for _, promise in act.promises] == held


def test_a_key_that_was_not_replaced_breaks_the_promise() -> None:
    fakes = Fakes()
    rotation = KeyRotation(cast(LocalAws, fakes), sandbox=cast(SandboxControl, fakes), stack=STACK)
    assert [held for _, held in rotation.judge([{"keyId": "old"}]).promises] == [False, False]


def test_a_broken_promise_of_an_act_breaks_the_judgement() -> None:
    judgement = Judgement(rows=(), promises=(("sent", True),))
    judgement = judgement.with_act(Act(seen=("first",), promises=(("rotated", True),)))
    assert (judgement.held, judgement.seen) == (True, ("first",))
    judgement = judgement.with_act(Act(seen=("second",), promises=(("heard", False),)))
    assert (judgement.held, judgement.seen) == (False, ("first", "second"))


def test_what_does_not_come_true_is_said_in_time() -> None:
    assert comes_true(lambda: True, within_seconds=0.0)
    assert not comes_true(lambda: False, within_seconds=0.0)

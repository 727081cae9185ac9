"""A key with overlap: made, stored, tested, promoted; the old one ends later."""

from __future__ import annotations

from tests.support.rotating import OVERLAP, PREVIOUS, STEPS


def test_a_rotation_promotes_a_new_key_and_leaves_the_old_one_alive(world):
    token = world.token()
    for step in STEPS:
        world.step(step, token)
    assert world.value() == {"api_key": world.issuer.values["key-2"], "key_id": "key-2"}
    assert world.value(label=PREVIOUS) == {
        "api_key": world.first.value.reveal(),
        "key_id": "key-1",
    }
    assert world.issuer.live() == ["key-1", "key-2"]
    assert world.journal.stages == ["intent", "minted", "stored", "tested", "promoted"]


def test_the_old_key_ends_after_the_overlap(world):
    world.rotate(world.token())
    world.clock.advance(OVERLAP - 1)
    assert world.retire()["forma-mail"].facts["awaiting"] == 1.0
    assert world.issuer.live() == ["key-1", "key-2"]
    world.clock.advance(1)
    report = world.retire()["forma-mail"]
    assert report.facts["awaiting"] == 0.0
    assert report.facts["finished"] == 1.0
    assert report.problem == ""
    assert world.issuer.live() == ["key-2"]
    assert [(ended[0], ended[2]) for ended in world.journal.ended] == [("forma-mail", "retired")]


def test_the_pair_is_swapped_once_and_promoted(world):
    token = world.token(arn=world.pair_arn)
    world.rotate(token, world.pair_arn)
    assert world.pairs.swaps == 1
    assert world.value(world.pair_arn) == world.pairs.pair
    assert world.retire()["formaloo"].facts["finished"] == 1.0

"""The function dies before or after any one of its effects; the next attempt makes it good."""

from __future__ import annotations

import itertools
from collections.abc import Callable

import pytest

from formarelay.errors import FormaError
from formarelay.redact import Secret
from rotate_keys.service import RotationService
from tests.support.rotating import OVERLAP, STEPS, World

# No effect of a rotation is beyond this number; the last kills of each row kill nobody.
EFFECTS = 40


class Killed(BaseException):
    """No handler may catch what SIGKILL does."""


class Mortal:
    """Dies before or after the n-th call of any port, over all ports together."""

    def __init__(self, at: int, *, after: bool) -> None:
        self.at, self.after = at, after
        self.calls: list[str] = []

    def guard(self, port: object) -> object:
        return _Guarded(port, self)

    def call(self, name: str, method: Callable, *args, **kwargs):
        self.calls.append(name)
        last = len(self.calls) == self.at
        if last and not self.after:
            raise Killed(name)
        result = method(*args, **kwargs)
        if last:
            raise Killed(name)
        return result


class _Guarded:
    def __init__(self, port: object, mortal: Mortal) -> None:
        self._port, self._mortal = port, mortal

    def __getattr__(self, name: str):
        method = getattr(self._port, name)
        return lambda *args, **kwargs: self._mortal.call(name, method, *args, **kwargs)


def mortal_process(world: World, mortal: Mortal) -> RotationService:
    service = world.new_process()
    service._stages = mortal.guard(service._stages)
    service._journal = mortal.guard(service._journal)
    for subject in service._subjects.values():
        kind = subject.kind
        kind._issuer = mortal.guard(kind._issuer)
        if hasattr(kind, "_gate"):
            kind._gate = mortal.guard(kind._gate)
    return service


def killed_somewhere(world: World, work: Callable[[], object], at: int, *, after: bool) -> str:
    """The effect at which it died; empty when there are not so many."""
    mortal = Mortal(at, after=after)
    mortal_process(world, mortal)
    died_at = ""
    try:
        work()
    except Killed as death:
        died_at = str(death)
    world.new_process()
    # The lease of the dead one lapses.
    world.clock.advance(world.remaining_seconds + 6)
    return died_at


def current_key_is_taken(world: World) -> bool:
    value = {name: Secret(text) for name, text in world.value().items()}
    return not world.issuer.is_refused(value)


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("at", range(1, EFFECTS))
def test_a_key_rotation_survives_a_kill_anywhere(at, after):
    world = World()
    token = world.token()
    died_at = killed_somewhere(world, lambda: world.rotate(token), at, after=after)
    assert current_key_is_taken(world)
    world.rotate(token)
    assert world.value()["key_id"] not in ("key-1", None)
    assert current_key_is_taken(world)
    assert "key-1" in world.issuer.live(), f"old key revoked too early after {died_at}"
    world.clock.advance(OVERLAP)
    assert world.retire()["forma-mail"].problem == ""
    assert world.issuer.live() == [world.value()["key_id"]]
    assert world.issuer.most_live == 2
    assert world.journal.entry("forma-mail") is None


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("at", range(1, EFFECTS))
def test_the_round_finishes_what_secrets_manager_gave_up(at, after):
    world = World()
    token = world.token()
    killed_somewhere(world, lambda: world.rotate(token), at, after=after)
    for _ in range(3):
        world.clock.advance(600)
        assert world.retire()["forma-mail"].problem == ""
    if world.value()["key_id"] == "key-1":
        # It died before it had written anything down: there is nothing to finish.
        assert world.journal.stages == []
        assert world.issuer.live() == ["key-1"]
        return
    assert current_key_is_taken(world)
    world.clock.advance(OVERLAP)
    world.retire()
    assert world.issuer.live() == [world.value()["key_id"]]


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("at", range(1, EFFECTS // 2))
def test_retiring_survives_a_kill_anywhere(at, after):
    world = World()
    world.rotate(world.token())
    world.clock.advance(OVERLAP)
    killed_somewhere(world, world.retire, at, after=after)
    assert current_key_is_taken(world)
    world.retire()
    assert world.issuer.live() == ["key-2"]
    assert world.journal.entry("forma-mail") is None
    assert {ending for provider, _, ending in world.journal.ended} == {"retired"}


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("at", range(1, EFFECTS))
def test_a_pair_is_swapped_once_wherever_it_dies(at, after):
    world = World()
    world.pairs.grace = True
    token = world.token(arn=world.pair_arn)
    killed_somewhere(world, lambda: world.rotate(token, world.pair_arn), at, after=after)
    assert world.pairs.swaps <= 1
    for attempt in itertools.count():
        try:
            world.rotate(token, world.pair_arn)
            break
        except FormaError:
            assert attempt < 3
            world.clock.advance(600)
            if world.labels(token, world.pair_arn) == set():
                # It ended without a swap, and says so: Secrets Manager begins a new one.
                assert world.pairs.swaps == 0
                token = world.token(attempt + 7, arn=world.pair_arn)
    assert world.pairs.swaps == 1
    assert world.value(world.pair_arn) == world.pairs.pair
    assert world.gate.closure() is None


@pytest.mark.parametrize("step", STEPS)
def test_every_step_may_be_repeated(step):
    world = World()
    token = world.token()
    for one in STEPS:
        world.step(one, token)
        if one == step:
            world.step(one, token)
    assert world.issuer.live() == ["key-1", "key-2"]
    for one in STEPS:
        world.step(one, token)
    assert world.value()["key_id"] == "key-2"
    assert world.issuer.live() == ["key-1", "key-2"]

"""The judge of rotations: what lives at the providers, and what stands in the secrets.

While it goes on, the key in the secret must be one that the provider takes, and no more than two
of ours may live. In the end exactly one lives, it is the one in the secret, and nothing is open.
"""

from __future__ import annotations

import json
from collections.abc import Iterator

from tests.crash.rotation.faults import KEY, PAIR, Fault
from tests.crash.rotation.world import CURRENT, OURS, PENDING, RotationWorld

_MOST_KEYS = 2


def ours(world: RotationWorld) -> set[str]:
    """Ids of the live keys that a rotation has made, or that were in the secret at first."""
    live = world.live_keys()
    return {key for key, name in live.items() if name.startswith(OURS) or key == world.first}


def faults_meanwhile(world: RotationWorld, fault: Fault) -> Iterator[str]:
    """What may not even happen between two invocations."""
    if fault.secret != KEY:
        return
    live = world.live_keys()
    if world.value(KEY)["key_id"] not in live:
        yield "the key in the secret is dead"
    if len(found := ours(world)) > _MOST_KEYS:
        yield f"{len(found)} keys of ours live at once"


def faults_at_the_end(
    world: RotationWorld, fault: Fault, *, rotations: int, outputs: list[str]
) -> Iterator[str]:
    """What may not be so when nothing moves any more."""
    labels = world.labels(fault.secret)
    pending = [version for version, found in labels.items() if found == [PENDING]]
    if pending:
        yield f"{len(pending)} versions are pending for ever"
    yield from _wrong_keys(world) if fault.secret == KEY else _wrong_pair(world, rotations)
    if world.open_rotation(fault.secret):
        yield "a rotation is open for ever"
    shown = json.dumps(world.journal()) + "\n".join(outputs)
    if any(credential in shown for credential in world.credentials()):
        yield "a key stands in the output or in the journal"


def _wrong_keys(world: RotationWorld) -> Iterator[str]:
    current = world.value(KEY)["key_id"]
    if current == world.first:
        yield "the key was never rotated"
    others = {key: name for key, name in world.live_keys().items() if "somebody" not in name}
    if set(others) != {current}:
        yield f"{len(others)} keys live, and not just the one in the secret: {others}"


def _wrong_pair(world: RotationWorld, rotations: int) -> Iterator[str]:
    if world.value(PAIR, VersionStage=CURRENT) != world.pair():
        yield "the pair in the secret is not the provider's"
    swaps = world.swaps()
    if swaps == 0:
        yield "the pair was never rotated"
    if swaps > rotations:
        yield f"the pair was swapped {swaps} times in {rotations} rotations"

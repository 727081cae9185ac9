"""What one rotation meets, decided by its cell alone, so that it can be repeated."""

from __future__ import annotations

import random
from dataclasses import dataclass

from tests.crash.points import ANY_MOMENT, ANY_POINT, Kill
from tests.crash.rotation.faults import FAULTS, Fault
from tests.crash.wire import Outage

_LATEST_MILLISECONDS = 60
# From one attempt to the next: while the lease of a dead process lasts, and after it.
PAUSES_SECONDS = (1.0, 130.0, 400.0, 400.0)


@dataclass(frozen=True, slots=True)
class Cell:
    """One run, named.

    Args:
        fault: A name of `FAULTS`.
        point: Where the process is killed; empty for nowhere.
        seed: Decides everything else.
        sabotage: How the rotation is broken on purpose; a name of `sabotage.NAMES`.
    """

    fault: str
    point: str
    seed: int
    sabotage: str = ""

    def command(self) -> str:
        """What repeats this run."""
        point = f" --point '{self.point}'" if self.point else ""
        point += f" --sabotage {self.sabotage}" if self.sabotage else ""
        return f"python -m tests.crash.rotation --seed {self.seed} --fault {self.fault}{point}"


@dataclass(frozen=True, slots=True)
class Plan:
    """Args:
    kills: One after the other, each armed until it has struck.
    outage_event: Which invocation meets the fault's outage, from 0.
    outage_first: Which request of the service it begins with, from 1.
    stays_warm: Whether a process that lives makes the next step, too.
    rng: For what is decided on the way.
    """

    fault: Fault
    kills: list[Kill]
    outage_event: int
    outage_first: int
    stays_warm: bool
    rng: random.Random

    def outage(self, event: int) -> Outage | None:
        """The outage that this invocation meets."""
        if self.fault.outage is None or event != self.outage_event:
            return None
        service, requests, deaf = self.fault.outage
        return Outage(service=service, first=self.outage_first, requests=requests, deaf=deaf)


def make_plan(cell: Cell) -> Plan:
    rng = random.Random(f"{cell.seed} {cell.fault} {cell.point}")
    return Plan(
        fault=FAULTS[cell.fault],
        kills=_kills(cell, rng),
        outage_event=rng.randint(0, 5),
        outage_first=rng.choice((1, 1, 2, 3, 4)),
        stays_warm=rng.random() < 0.8,
        rng=rng,
    )


def _kills(cell: Cell, rng: random.Random) -> list[Kill]:
    if not cell.point:
        return []
    if cell.point == ANY_MOMENT:
        kills = [Kill(ANY_MOMENT, rng.randint(1, _LATEST_MILLISECONDS))]
    else:
        kills = [Kill(cell.point, rng.choice((1, 1, 1, 2)))]
    # Killed again while it recovers, and again.
    while rng.random() < 0.3 and len(kills) < 4:
        kills.append(Kill(ANY_POINT, rng.randint(1, 40)))
    return kills

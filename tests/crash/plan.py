"""What one run does, decided by its cell alone, so that a run can be repeated."""

from __future__ import annotations

import random
from dataclasses import dataclass

from tests.crash.faults import FAULTS, Fault
from tests.crash.messages import Kind, choose
from tests.crash.points import ANY_MOMENT, ANY_POINT, Kill
from tests.crash.wire import Outage

# A kill here leaves a mail behind that nobody knows the outcome of: what follows is recovery.
_LOSING = ("MailProvider.send/forma-mail:written", "MailProvider.send/forma-mail:answered")
_HIDDEN_SECONDS = (1, 20, 360)
_LATEST_MILLISECONDS = 80
# For a process that hangs in a call, so that it can be killed while it hangs.
_LATEST_HANGING_MILLISECONDS = 500


@dataclass(frozen=True, slots=True)
class Cell:
    """One run, named.

    Args:
        fault: A name of `FAULTS`.
        point: Where the process is killed; empty for nowhere.
        seed: Decides everything else.
        recovering: Whether an earlier kill left mails of unknown outcome behind.
        thorough: All kinds of messages, one kill, at the first passage of the point.
        sabotage: How the sender is broken on purpose; a name of `sabotage.NAMES`.
    """

    fault: str
    point: str
    seed: int
    recovering: bool = False
    thorough: bool = False
    sabotage: str = ""

    def command(self) -> str:
        """What repeats this run."""
        flags = " --recovering" * self.recovering + " --thorough" * self.thorough
        flags += f" --sabotage {self.sabotage}" if self.sabotage else ""
        point = f" --point '{self.point}'" if self.point else ""
        return f"python -m tests.crash --seed {self.seed} --fault {self.fault}{point}{flags}"


@dataclass(frozen=True, slots=True)
class Plan:
    """Args:
    kinds: Of the messages, in order.
    kills: One after the other, each armed until it has struck.
    hidden_seconds: How long a received message stays hidden.
    outage_first: Which request of its service the fault's outage begins with, from 1.
    outage_delivery: In which delivery, from 0.
    stays_warm: Whether a process that lives takes the next delivery, too, however late that comes.
    rng: For what is decided on the way.
    """

    fault: Fault
    kinds: list[Kind]
    kills: list[Kill]
    hidden_seconds: int
    outage_first: int
    outage_delivery: int
    stays_warm: bool
    rng: random.Random

    def outage(self, delivery: int) -> Outage | None:
        """The outage that this delivery meets."""
        if self.fault.outage is None or delivery != self.outage_delivery:
            return None
        service, requests, deaf = self.fault.outage
        return Outage(service=service, first=self.outage_first, requests=requests, deaf=deaf)


def make_plan(cell: Cell) -> Plan:
    fault = FAULTS[cell.fault]
    rng = random.Random(f"{cell.seed} {cell.fault} {cell.point} {cell.recovering} {cell.thorough}")
    hidden_seconds = fault.visibility_seconds
    if hidden_seconds is None:
        hidden_seconds = 0 if fault.at_once else rng.choice(_HIDDEN_SECONDS)
    return Plan(
        fault=fault,
        kinds=choose(rng, forced=fault.kinds, all_kinds=cell.thorough),
        kills=_kills(cell, fault, rng),
        hidden_seconds=hidden_seconds,
        outage_first=_outage_first(cell, fault, rng),
        outage_delivery=0 if cell.thorough else rng.choice((0, 0, 1)),
        stays_warm=cell.thorough or rng.random() < 0.8,
        rng=rng,
    )


def _outage_first(cell: Cell, fault: Fault, rng: random.Random) -> int:
    if not cell.thorough:
        return rng.choice((1, 1, 2, 3, 5, 8))
    # A queue that gives no message ends the delivery before it has begun.
    return 2 if fault.outage is not None and fault.outage[0] == "sqs" else 1


def _kills(cell: Cell, fault: Fault, rng: random.Random) -> list[Kill]:
    kills = [Kill(rng.choice(_LOSING))] if cell.recovering else []
    if cell.point == ANY_MOMENT:
        hangs = any("hang" in rule for _, rule, _ in fault.rules)
        latest = _LATEST_HANGING_MILLISECONDS if hangs else _LATEST_MILLISECONDS
        kills.append(Kill(ANY_MOMENT, rng.randint(1, latest)))
    elif cell.point:
        passage = 1 if cell.thorough else rng.choice((1, 1, 1, 2, 3))
        kills.append(Kill(cell.point, passage))
        # Killed again while it recovers, and again.
        while not cell.thorough and rng.random() < 0.3 and len(kills) < 4:
            kills.append(Kill(ANY_POINT, rng.randint(1, 40)))
    return kills

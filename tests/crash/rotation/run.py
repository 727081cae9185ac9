"""One run: rotate, kill, repeat as Secrets Manager and the schedule do, judge."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from tests.crash import wire
from tests.crash.child import Child, Delivered
from tests.crash.points import Kill, Points
from tests.crash.rotation.faults import KEY
from tests.crash.rotation.oracle import faults_at_the_end, faults_meanwhile, ours
from tests.crash.rotation.plan import PAUSES_SECONDS, Cell, Plan
from tests.crash.rotation.world import CURRENT, PENDING, RotationWorld

STEPS = ("createSecret", "setSecret", "testSecret", "finishSecret")
RETIRE = {"action": "retire"}
# A rotation that is still open after so many attempts or rounds never ends.
_MOST_ATTEMPTS = 15
_MOST_ROUNDS = 12
_SHOWN_CHARACTERS = 160
# For how many invocations a second process is given the same.
_TWICE = 10
# Longer than the overlap of the template.
_OVERLAP_SECONDS = 4600.0
_PERSON = "OperatorNeededError"

Serve = Callable[[dict[str, Any]], str]


@dataclass(slots=True)
class Result:
    """What came of a run; it travels between processes.

    Args:
        cell: The run.
        killed: The points at which a process was killed, in order.
        struck: Whether the cell's own point was among them.
        processes: How many there were.
        invocations: Steps and rounds together.
        persons: How often a person had to help.
        most_keys: How many keys of ours lived at once, at most.
        passed: Points that were passed in invocations which nothing killed.
        violations: Empty when all is well.
        story: Everything that is needed to understand a violation; empty without one.
    """

    cell: Cell
    killed: list[str] = field(default_factory=list)
    struck: bool = False
    processes: int = 0
    invocations: int = 0
    persons: int = 0
    most_keys: int = 0
    passed: Counter[str] = field(default_factory=Counter)
    violations: list[str] = field(default_factory=list)
    story: str = ""
    seconds: float = 0.0


class Run:
    """Args:
    cell: Which run.
    plan: The cell's.
    world: Renewed for this run.
    serve: One invocation, in the process that calls it; what it complains of.
    """

    def __init__(self, cell: Cell, plan: Plan, *, world: RotationWorld, serve: Serve) -> None:
        self._plan = plan
        self._secret = plan.fault.secret
        self._world = world
        self._serve = serve
        self._kills = list(plan.kills)
        self._child: Child | None = None
        self._passed_before = 0
        self._outputs: list[str] = []
        self._log: list[str] = []
        self._rotations = 0
        self._result = Result(cell)

    def execute(self) -> Result:
        began = time.monotonic()
        first = self._world.version(self._secret, CURRENT)
        if self._plan.fault.given:
            self._world.give(self._secret)
        self._rotate(first)
        self._retire()
        if self._child is not None:
            self._outputs.append(self._child.end())
        result = self._result
        result.violations += faults_at_the_end(
            self._world, self._plan.fault, rotations=self._rotations, outputs=self._outputs
        )
        if result.violations:
            result.story = "\n".join([*self._log, f"journal: {self._world.journal()}"])
        result.seconds = time.monotonic() - began
        return result

    def _rotate(self, first: str) -> None:
        """Until another version is current."""
        token = ""
        for attempt in range(_MOST_ATTEMPTS):
            if attempt == self._plan.fault.heals:
                self._world.heal()
            if self._world.version(self._secret, CURRENT) != first:
                return
            if PENDING not in self._world.labels(self._secret).get(token, ()):
                # The first, or one that has ended without a new key.
                token = self._world.start(self._secret)
                self._rotations += 1
            for step in STEPS:
                arn = self._world.arns[self._secret]
                event = {"Step": step, "SecretId": arn, "ClientRequestToken": token}
                if self._invoke(event):
                    break
            self._world.advance(self._plan.rng.choice(PAUSES_SECONDS))
            if self._plan.rng.random() < 0.3:
                self._invoke(RETIRE)
        self._result.violations.append(f"not rotated after {_MOST_ATTEMPTS} attempts")

    def _retire(self) -> None:
        """Until nothing is open. The first round that nothing disturbs leaves no orphan."""
        for _ in range(_MOST_ROUNDS):
            self._world.advance(_OVERLAP_SECONDS)
            complaint = self._invoke(RETIRE)
            if complaint:
                continue
            entry = self._world.open_rotation(self._secret)
            if self._secret == KEY and ours(self._world) - _known(self._world, entry):
                self._result.violations.append("a round of retiring left a key that nobody has")
            if not entry:
                return

    def _invoke(self, event: dict[str, Any]) -> str:
        """What the invocation complained of; that it was killed, if it was."""
        number = self._result.invocations
        self._result.invocations += 1
        kill = self._kills[0] if self._kills else None
        child = self._child or self._start()
        child.deliver([number, event], kill, passed_before=self._passed_before)
        for other in self._others(number, event):
            self._note(number, other.wait(), None)
            self._outputs.append(other.end())
        delivered = child.wait()
        complaint = self._note(number, delivered, kill)
        if child.is_alive and self._plan.stays_warm:
            self._child = child
        else:
            self._child = None
            self._outputs.append(child.end())
        self._result.violations += faults_meanwhile(self._world, self._plan.fault)
        self._result.most_keys = max(self._result.most_keys, len(ours(self._world)))
        if complaint.startswith(_PERSON) and self._plan.fault.may_need_person:
            self._result.persons += 1
            self._world.store_pair()
        return complaint

    def _others(self, number: int, event: dict[str, Any]) -> list[Child]:
        """Processes that were given something at the same time."""
        fault = self._plan.fault
        if number >= _TWICE or not (fault.at_once or fault.retires):
            return []
        other = self._start()
        other.deliver([number, event if fault.at_once else RETIRE])
        return [other]

    def _start(self) -> Child:
        self._result.processes += 1
        return Child(self._work, points=Points())

    def _work(self, delivered: tuple[int, dict[str, Any]]) -> str:
        """In the child."""
        number, event = delivered
        outage = self._plan.outage(number)
        wire.activate(wire.Wire(self._world.emulator_port, outage=outage))
        return self._serve(event)

    def _note(self, number: int, delivered: Delivered, kill: Kill | None) -> str:
        result = self._result
        result.passed.update(delivered.passed)
        told = delivered.problem or str(delivered.answer or "")
        if delivered.killed and kill is not None:
            told = f"killed at {kill}"
            result.killed.append(kill.point)
            result.struck = result.struck or kill.point == result.cell.point
            self._kills.pop(0)
            self._passed_before = 0
        elif kill is not None:
            self._passed_before += delivered.passed.get(kill.point, 0)
        if delivered.problem:
            result.violations.append(f"a process {delivered.problem}")
        result.violations += [f"an effect without a point: {name}" for name in delivered.unnamed]
        self._log.append(f"invocation {number}: {(told or 'done')[:_SHOWN_CHARACTERS]}")
        return told


def _known(world: RotationWorld, entry: dict[str, Any]) -> set[str]:
    """Keys that somebody has: the secret, or the open rotation, which will revoke them."""
    return {world.value(KEY)["key_id"], entry.get("old_key_id", ""), entry.get("key_id", "")}

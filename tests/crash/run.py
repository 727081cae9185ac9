"""One run: produce, kill, redeliver until nothing moves, judge."""

from __future__ import annotations

import functools
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from tests.crash import wire
from tests.crash.adapters import SWEEP
from tests.crash.child import Child, Delivered
from tests.crash.messages import produce
from tests.crash.oracle import Evidence, Judgement, judge
from tests.crash.plan import Cell, Plan
from tests.crash.points import ANY_MOMENT, ANY_POINT, Kill, Points
from tests.crash.world import RIGHTS, World

# A run that still moves after so many deliveries never comes to rest.
_MOST_ROUNDS = 80
# For how many deliveries a second process gets the same messages at the same time.
_TWICE = 3
_SHOWN_OUTPUT = 6000
# How long a call has to be over before the sweep looks it up, and a little more.
_QUIET_SECONDS = 3700.0
# Deliveries from the second to this one have a sweep before or beside them.
_LAST_SWEPT = 2
_ROTATION_POINT = "MailProvider.send/secretsmanager:answered"

Serve = Callable[[], None]


@dataclass(slots=True)
class Result:
    """What came of a run; it travels between processes.

    Args:
        cell: The run.
        killed: The points at which a process was killed, in order.
        struck: Whether the cell's own point was among them.
        processes: How many there were.
        passed: Points that were passed in deliveries which nothing killed.
        endings: See `Judgement`.
        repeated_dead_letters: See `Judgement`.
        violations: Empty when all is well.
        story: Everything that is needed to understand a violation; empty without one.
    """

    cell: Cell
    killed: list[str] = field(default_factory=list)
    struck: bool = False
    processes: int = 0
    passed: Counter[str] = field(default_factory=Counter)
    endings: Counter[str] = field(default_factory=Counter)
    repeated_dead_letters: int = 0
    violations: list[str] = field(default_factory=list)
    story: str = ""
    seconds: float = 0.0


class Run:
    """Args:
    cell: Which run.
    plan: The cell's.
    world: It has the world to itself.
    serve: Takes one batch from the queue, in the process that calls it.
    sweep: One round of the sweep, in the process that calls it.
    """

    def __init__(self, cell: Cell, plan: Plan, *, world: World, serve: Serve, sweep: Serve) -> None:
        self._cell = cell
        self._world = world
        self._serve = serve
        self._sweep = sweep
        self._plan = plan
        self._kills = list(self._plan.kills)
        self._child: Child | None = None
        self._passed_before = 0
        self._key = world.key
        self._outputs: list[str] = []
        self._log: list[str] = []
        self._result = Result(cell)

    def execute(self) -> Result:
        began = time.monotonic()
        self._set_up()
        # Never used before in this world, whose provider remembers every mail.
        name = self._world.new_name()
        now = self._world.clock.wall()
        produced = produce(name, self._plan.kinds, materials=self._world.materials, now=now)
        accepted_before = self._world.accepted_count()
        self._world.cloud.put([body for mail in produced for body in mail.bodies])
        for number in range(_MOST_ROUNDS):
            if not self._wait_for_a_message():
                break
            swept = self._plan.fault.sweep if 1 <= number <= _LAST_SWEPT else ""
            if swept:
                self._world.advance(_QUIET_SECONDS)
            if swept == "between":
                self._sweep_to_its_end(number)
            self._deliver(number, with_sweep=swept == "beside")
        if self._child is not None:
            self._outputs.append(self._child.end())
        cloud = self._world.cloud
        evidence = Evidence(
            run=name,
            produced=produced,
            accepted=self._world.accepted(since=accepted_before),
            dead_letters=cloud.on_queue(cloud.dead_letter_url),
            queued=cloud.on_queue(cloud.queue_url),
            announced=cloud.on_queue(cloud.outcome_url),
            ledger=cloud.ledger(),
            outputs=self._outputs,
        )
        fault = self._plan.fault
        judgement = judge(
            evidence,
            may_hold=fault.may_hold,
            ledger_fails=fault.outage is not None and fault.outage[0] == "dynamodb",
            kills=len(self._result.killed),
            canaries=self._world.canaries,
        )
        self._conclude(judgement, evidence)
        self._result.seconds = time.monotonic() - began
        return self._result

    def _set_up(self) -> None:
        fault = self._plan.fault
        self._world.renew()
        if fault.profile:
            self._world.change_profile(fault.profile)
        for route, text, times in fault.rules:
            # Some mails get through before the trouble begins.
            skip = 0 if self._cell.thorough else self._plan.rng.choice((0, 0, 1))
            self._world.add_fault({"route": route, "fault": text, "times": times, "skip": skip})
        if fault.swept_to:
            self._world.cloud.put_position(fault.swept_to)
        if fault.rights is not None or fault.rotates:
            self._key = self._world.new_key(fault.rights or RIGHTS)
            self._world.use_key(self._key)

    def _wait_for_a_message(self) -> bool:
        """Lets pass what time it takes until a message is visible; False when there is none."""
        messages = self._world.cloud.on_queue(self._world.cloud.queue_url)
        if not messages:
            return False
        wait_seconds = min(each["VisibleAt"] for each in messages) + 1 - self._world.clock.wall()
        if not any(each["IsVisible"] for each in messages):
            self._world.advance(wait_seconds + self._plan.rng.choice((0.0, 0.0, 3.0, 70.0)))
        return True

    def _sweep_to_its_end(self, number: int) -> None:
        """A sweep that is killed is followed by another, as the schedule has it."""
        while self._sweep_once(number, self._next_kill(of_sweep=True)).killed:
            self._world.advance(_QUIET_SECONDS)

    def _sweep_once(self, number: int, kill: Kill | None) -> Delivered:
        child = self._start(self._sweep)
        child.deliver(number, kill, passed_before=self._passed_before if kill else 0)
        swept = child.wait()
        self._note(number, swept, kill, who="sweep")
        self._outputs.append(child.end())
        return swept

    def _next_kill(self, *, of_sweep: bool = False) -> Kill | None:
        """The one that is armed, if it is for that process."""
        if not self._kills:
            return None
        point = self._kills[0].point
        is_meant = point in (ANY_POINT, ANY_MOMENT) or point.startswith(SWEEP) == of_sweep
        return self._kills[0] if is_meant else None

    def _deliver(self, number: int, *, with_sweep: bool) -> None:
        if number == self._plan.fault.heals:
            self._world.heal()
        kill = self._next_kill()
        child = self._child or self._start()
        child.deliver(number, kill, passed_before=self._passed_before if kill else 0)
        if with_sweep:
            # Begins while the delivery is under way, and may end after it.
            self._sweep_once(number, None if kill else self._next_kill(of_sweep=True))
        other = self._start() if self._plan.fault.at_once and number < _TWICE else None
        if other is not None:
            other.deliver(number)
            self._note(number, other.wait(), None)
            self._outputs.append(other.end())
        self._note(number, child.wait(), kill)
        if child.is_alive and self._plan.stays_warm:
            self._child = child
        else:
            self._child = None
            self._outputs.append(child.end())

    def _start(self, serve: Serve | None = None) -> Child:
        points = Points()
        if self._plan.fault.rotates:
            points.meanwhile(_ROTATION_POINT, self._rotate)
        self._result.processes += 1
        return Child(functools.partial(self._work, serve or self._serve), points=points)

    def _work(self, serve: Serve, number: int) -> None:
        """In the child."""
        outage = self._plan.outage(number)
        wire.activate(wire.Wire(self._world.emulator_port, outage=outage))
        serve()

    def _rotate(self) -> None:
        self._world.rotate_in_fork(old=self._key, new=self._world.key)

    def _note(
        self, number: int, delivered: Delivered, kill: Kill | None, who: str = "process"
    ) -> None:
        result = self._result
        result.passed.update(delivered.passed)
        ended = delivered.problem or "went on"
        if delivered.killed and kill is not None:
            ended = f"was killed at {kill}"
            result.killed.append(kill.point)
            result.struck = result.struck or kill.point == self._cell.point
            self._kills.pop(0)
            self._passed_before = 0
        elif kill is not None:
            self._passed_before += delivered.passed.get(kill.point, 0)
        if delivered.problem:
            result.violations.append(f"a process {delivered.problem}")
        result.violations += [f"an effect without a point: {name}" for name in delivered.unnamed]
        ahead = self._world.clock.ahead_seconds
        self._log.append(f"delivery {number}, {ahead:.0f} s ahead of the machine: {who} {ended}")

    def _conclude(self, judgement: Judgement, evidence: Evidence) -> None:
        result = self._result
        result.endings = judgement.endings
        result.repeated_dead_letters = judgement.repeated_dead_letters
        result.violations += judgement.violations
        if result.violations:
            result.story = "\n".join([*self._log, *_shown(evidence)])


def _shown(evidence: Evidence) -> list[str]:
    lines = [f"produced: {mail.number} {mail.kind}" for mail in evidence.produced]
    lines += [f"accepted: {each['metadata']} at {each['acceptedAt']}" for each in evidence.accepted]
    lines += [
        f"dead letter: {each['Body'][:300]} {each['MessageAttributes']}"
        for each in evidence.dead_letters
    ]
    lines += [f"queued: {each['Body'][:300]}" for each in evidence.queued]
    lines += [f"ledger: {item}" for item in evidence.ledger]
    return [*lines, "output:", "\n---\n".join(evidence.outputs)[-_SHOWN_OUTPUT:]]

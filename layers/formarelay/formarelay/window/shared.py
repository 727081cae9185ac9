"""The operations of a worker on the shared window, without any input or output of their own."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import cast

from formarelay.clock import Clock
from formarelay.errors import TransientError
from formarelay.window.change import Answer, Change, Fields, Pause, Read, Steps
from formarelay.window.fields import CAP, GATE, hold_field
from formarelay.window.finishing import Ending, plan_finish
from formarelay.window.gate import Gate, closed, gate_change, reopened
from formarelay.window.limit import limit_in_use
from formarelay.window.quota import noted_quota
from formarelay.window.reservation import Closure, SlotReservation
from formarelay.window.reserving import Instant, Wish, granted, plan_reservation, refused
from formarelay.window.rules import WindowRules
from formarelay.window.shared_time import SharedTime

ATTEMPTS = 8
# A refusal is given without asking the store while the copy that says so is younger than this.
FRESH_SECONDS = 1.0
CONTENDED_SECONDS = 0.5


class SharedWindow:
    """One worker's view of the window. Safe to use from many threads.

    It keeps a copy of the item, so that a reservation is one change while nobody is in the way. A
    copy may be wrong in any way and costs only another attempt: every change carries the conditions
    under which it is right.

    Args:
        rules: The same for all workers.
        clock: Of this machine.
        new_name: Makes a name that no other hold has.
        jitter: A number in [0, 1), for pauses between attempts.
    """

    def __init__(
        self,
        rules: WindowRules,
        *,
        clock: Clock,
        new_name: Callable[[], str],
        jitter: Callable[[], float],
    ) -> None:
        self._rules = rules
        self._clock = clock
        self._new_name = new_name
        self._jitter = jitter
        self._time = SharedTime(clock, skew_seconds=rules.clock_skew_seconds)
        self._copy: Fields | None = None
        self._told_at = 0.0

    @property
    def limit(self) -> int:
        """The limit in use when this worker last looked; below the configured one if learned."""
        return limit_in_use((self._copy or {}).get(CAP), self._rules)

    def reserve(
        self,
        wanted: int,
        *,
        patience_seconds: float = 0.0,
        urgent: int | None = None,
        past_gate: Collection[str] = (),
    ) -> Steps[SlotReservation]:
        """Asks for slots for `wanted` calls; see `Plan` for what it may answer."""
        if min(wanted, patience_seconds, urgent or 0) < 0:
            raise ValueError("wanted, patience_seconds and urgent must not be negative")
        if wanted == 0:
            return SlotReservation(granted=0)
        name = self._new_name()
        fields = yield from self._known()
        for attempt in range(ATTEMPTS):
            # In this order, a thread that is suspended amid them only starts its calls later.
            now_ms = self._time.earliest_ms()
            decided_at = Instant(self._clock.monotonic(), self._clock.wall())
            wish = Wish(
                calls=wanted,
                patience_ms=int(patience_seconds * 1000),
                name=name,
                now_ms=now_ms,
                latest_ms=self._time.latest_ms(),
                urgent=wanted if urgent is None else urgent,
                past_gate=past_gate,
            )
            plan = plan_reservation(fields, wish, self._rules)
            if plan.change is None:
                if self._is_fresh():
                    return refused(plan.wait_ms / 1000, plan.reason)
                fields = yield from self._read()
                continue
            applied, fields = yield from self._apply(plan.change, fields)
            # A change that was repeated because its answer was lost meets its own hold.
            if plan.origins_ms and (applied or fields.get(hold_field(name)) == plan.hold_value):
                return granted(plan, wish, decided_at, self._rules)
            if not applied:
                yield from self._step_back(attempt)
        return refused(CONTENDED_SECONDS * (1 + self._jitter()), "contended")

    def finish(
        self,
        reservation: SlotReservation,
        *,
        ends: Sequence[float],
        unused: int = 0,
        healthy: bool = True,
        limit: int | None = None,
        remaining: int | None = None,
    ) -> Steps[bool]:
        """Says how the calls ended; False when the slots had lapsed before."""
        hold = reservation.hold
        if hold is None:
            return True
        if unused < 0 or len(ends) + unused > reservation.granted:
            raise ValueError("more calls ended or not started than were granted")
        fields = yield from self._known()
        for attempt in range(ATTEMPTS):
            now, latest_ms = self._clock.monotonic(), self._time.latest_ms()
            ages = (now - max(end, hold.granted_monotonic) for end in ends)
            ending = Ending(
                ends_ms=[latest_ms - int(max(0.0, age) * 1000) for age in ages],
                unused=unused,
                healthy=healthy,
                limit=limit,
                remaining=remaining,
                now_ms=self._time.earliest_ms(),
                latest_ms=latest_ms,
            )
            ends_only = attempt == ATTEMPTS - 1
            change = plan_finish(fields, hold, ending, self._rules, ends_only=ends_only)
            applied, fields = yield from self._apply(change, fields)
            if applied:
                return True
            if hold.name not in fields:
                # Nobody removes a hold before it lapsed but its holder, in an attempt whose answer
                # was lost.
                return self._time.earliest_ms() < hold.lapses_ms + self._rules.slot_life_ms
            yield from self._step_back(attempt)
        return False

    def close(self, *, reason: str, seconds: float) -> Steps[None]:
        """Closes the gate; a longer closure that stands stays as it is."""

        def change(standing: Gate | None) -> Gate | None:
            now_ms = self._time.latest_ms()
            return closed(
                standing, reason=reason, seconds=seconds, now_ms=now_ms, rules=self._rules
            )

        yield from self._make((yield from self._known()), gate_change(change))

    def reopen(self, *, reason: str) -> Steps[None]:
        """Opens the gate if this is why it is closed."""
        fields = yield from self._read()
        yield from self._make(fields, gate_change(lambda gate: reopened(gate, reason=reason)))

    def note_quota(self, *, exhausted: bool, reserved: bool) -> Steps[None]:
        """Tells all workers what the usage says of the quota."""

        def change(fields: Fields) -> Change | None:
            now_ms, rules = self._time.latest_ms(), self._rules
            return noted_quota(
                fields, exhausted=exhausted, reserved=reserved, now_ms=now_ms, rules=rules
            )

        yield from self._make((yield from self._read()), change)

    def closure(self) -> Steps[Closure | None]:
        """Why the gate is closed now, and for how long; None when it is not."""
        if not self._is_fresh():
            yield from self._read()
        gate = Gate.parse((self._copy or {}).get(GATE))
        left_ms = gate.closed_until_ms - self._time.latest_ms() if gate is not None else 0
        return Closure(gate.reason, left_ms / 1000) if gate is not None and left_ms > 0 else None

    def _make(self, fields: Fields, change: Callable[[Fields], Change | None]) -> Steps[None]:
        for attempt in range(ATTEMPTS):
            wish = change(fields)
            if wish is None:
                return
            applied, fields = yield from self._apply(wish, fields)
            if applied:
                return
            yield from self._step_back(attempt)
        raise TransientError("others keep changing the gate", operation="close")

    def may_start(self, reservation: SlotReservation, *, call_seconds: float) -> bool:
        """Whether a call that starts now, and arrives so much later at most, does so in time.

        Also False when this worker has seen the gate closed since. Asks nobody.
        """
        hold = reservation.hold
        if hold is None:
            return False
        # Either clock may have stood still, and the wall clock may have been set back.
        age = max(
            self._clock.monotonic() - hold.granted_monotonic, self._clock.wall() - hold.granted_wall
        )
        if age + call_seconds > hold.usable_seconds:
            return False
        gate = Gate.parse((self._copy or {}).get(GATE))
        return gate is None or gate.size > 0 or self._time.latest_ms() >= gate.closed_until_ms

    def _known(self) -> Steps[Fields]:
        """The copy, read anew when there is none or when a clock cannot be right."""
        if self._copy is None or self._time.has_moved():
            return (yield from self._read())
        return self._copy

    def _read(self) -> Steps[Fields]:
        answer = yield from self._ask(Read())
        return self._remember(answer.fields or {})

    def _apply(self, change: Change, fields: Fields) -> Steps[tuple[bool, Fields]]:
        answer = yield from self._ask(change)
        if answer.applied:
            self._copy = change.applied_to(fields)
            return True, self._copy
        return False, self._remember(answer.fields or {})

    def _ask(self, request: Read | Change) -> Steps[Answer]:
        sent = self._clock.monotonic()
        answer = cast("Answer", (yield request))
        self._time.observe(answer.store_time, sent=sent)
        return answer

    def _remember(self, fields: Fields) -> Fields:
        self._copy = fields
        self._told_at = self._clock.monotonic()
        return fields

    def _is_fresh(self) -> bool:
        return (
            self._clock.monotonic() - self._told_at < FRESH_SECONDS and not self._time.has_moved()
        )

    def _step_back(self, attempt: int) -> Steps[None]:
        """The first repeat comes at once: the answer told what is in the way."""
        if attempt:
            yield Pause(0.005 * 2 ** min(attempt, 6) * self._jitter())

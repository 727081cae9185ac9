"""The limiter in memory, in plain lists. It passes the same suite as the one in DynamoDB."""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from itertools import count

from msgspec.structs import replace

from formarelay.clock import Clock
from formarelay.errors import TransientError
from formarelay.window import Closure, Hold, SlotReservation
from tests.support.fake_reopening import FakeReopening


@dataclass
class Finished:
    """What a service said of a reservation."""

    reservation: SlotReservation
    ends: list[float]
    unused: int
    healthy: bool
    limit: int | None
    remaining: int | None


@dataclass
class FakeLimiter:
    """`room` limits what one `reserve` grants; `failing` names unreachable operations."""

    clock: Clock
    configured_limit: int = 100
    window_seconds: float = 60.0
    longest_call_seconds: float = 30.0
    clock_skew_seconds: float = 0.0
    room: int | None = None
    failing: set[str] = field(default_factory=set)
    finished: list[Finished] = field(default_factory=list)
    gate: FakeReopening | None = None
    reserved_until: float = 0.0
    _learned: int | None = None
    _free_at: list[float] = field(default_factory=list)
    _held: dict[str, tuple[int, float]] = field(default_factory=dict)
    _names: count[int] = field(default_factory=count)

    @property
    def limit(self) -> int:
        return self.configured_limit if self._learned is None else self._learned

    def reserve(
        self,
        wanted: int,
        *,
        patience_seconds: float = 0.0,
        urgent: int | None = None,
        past_gate: Collection[str] = (),
    ) -> SlotReservation:
        self._reach("reserve")
        if urgent is not None and urgent < 0:
            raise ValueError("urgent must not be negative")
        reserved_seconds = min(300.0, self.reserved_until - self.clock.wall())
        if urgent is not None and urgent < wanted and reserved_seconds > 0:
            if not urgent:
                return _refused(reserved_seconds, "quota_reserved")
            reservation = self._reserve(urgent, patience_seconds, past_gate)
            if reservation.granted < urgent:
                return reservation
            return _short(reservation, reserved_seconds, "quota_reserved")
        return self._reserve(wanted, patience_seconds, past_gate)

    def _reserve(
        self, wanted: int, patience_seconds: float, past_gate: Collection[str]
    ) -> SlotReservation:
        now, gate = self.clock.wall(), self.gate
        if gate is not None and gate.reason in past_gate:
            gate = None
        allowed = wanted if gate is None else min(wanted, gate.admits(now))
        if gate is not None and not allowed:
            return _refused(gate.wait_seconds(now), gate.reason)
        if self.room is not None:
            reservation = self._hold([now] * min(self.room, allowed), gate)
            wait_seconds = 3.0
        else:
            origins = self._take(allowed, now, patience_seconds if gate is None else 0.0)
            reservation = self._hold(origins, gate)
            wait_seconds = self._next_free() - now
        if reservation.granted < allowed:
            return _short(reservation, wait_seconds, "rate_limited")
        if gate is not None and allowed < wanted:
            return _short(reservation, gate.wait_seconds(now), gate.reason)
        return reservation

    def finish(
        self,
        reservation: SlotReservation,
        *,
        ends: Sequence[float],
        unused: int = 0,
        healthy: bool = True,
        limit: int | None = None,
        remaining: int | None = None,
    ) -> bool:
        self._reach("finish")
        if len(ends) + unused > reservation.granted:
            raise ValueError("more calls ended or not started than were granted")
        self.finished.append(Finished(reservation, list(ends), unused, healthy, limit, remaining))
        hold = reservation.hold
        if hold is None:
            return True
        now, monotonic = self.clock.wall(), self.clock.monotonic()
        self._forget(now)
        if self._held.pop(hold.name, None) is None:
            return now < hold.lapses_ms / 1000 + self._life()
        unknown = reservation.granted - len(ends) - unused
        self._free_at += [now - (monotonic - end) + self._life() for end in ends]
        self._free_at += [hold.lapses_ms / 1000 + self._life()] * unknown
        starts = sorted(reservation.starts)[len(ends) + unknown :]
        self._free_at += [now + start - monotonic for start in starts]
        if limit is not None:
            self._learned = min(limit, self.limit) if limit < self.configured_limit else None
        gate, called = self.gate, len(ends) + unknown
        if gate is not None and gate.stage == hold.stage and gate.size:
            numbers = {"called": called, "unused": unused, "limit": self.limit}
            if gate.ended(now, healthy=healthy, **numbers):
                self.gate = None
        return True

    def close(self, *, reason: str, seconds: float) -> None:
        self._reach("close")
        self.gate = self.gate or FakeReopening(self.longest_call_seconds)
        self.gate.close(self.clock.wall(), reason=reason, seconds=seconds)

    def reopen(self, *, reason: str) -> None:
        self._reach("reopen")
        if self.gate is not None and self.gate.reason == reason:
            self.gate = None

    def closure(self) -> Closure | None:
        self._reach("closure")
        left = self.gate.closed_until - self.clock.wall() if self.gate is not None else 0.0
        return Closure(self.gate.reason, left) if self.gate is not None and left > 0 else None

    def note_quota(self, *, exhausted: bool, reserved: bool) -> None:
        self._reach("note_quota")
        now = self.clock.wall()
        if exhausted:
            self.close(reason="quota_exhausted", seconds=900)
        elif self.gate is not None and self.gate.reason == "quota_exhausted":
            self.gate.closed_until = min(self.gate.closed_until, now)
        self.reserved_until = now + 3600 if reserved else 0.0

    def may_start(self, reservation: SlotReservation, *, call_seconds: float) -> bool:
        hold = reservation.hold
        if hold is None:
            return False
        monotonic = self.clock.monotonic() - hold.granted_monotonic
        age = max(monotonic, self.clock.wall() - hold.granted_wall)
        closed = self.gate is not None and self.clock.wall() < self.gate.closed_until
        return not closed and age + call_seconds <= hold.usable_seconds

    def _take(self, wanted: int, now: float, patience_seconds: float) -> list[float]:
        """When each of the slots that can be had became or becomes free."""
        self._forget(now)
        busy = len(self._free_at) + sum(slots for slots, _ in self._held.values())
        taken = [now] * min(wanted, max(0, self.limit - busy))
        while len(taken) < wanted and self._free_at and busy <= self.limit:
            if min(self._free_at) > now + patience_seconds:
                break
            taken.append(min(self._free_at))
            self._free_at.remove(taken[-1])
        return taken

    def _forget(self, now: float) -> None:
        # A thousandth, for the clock of the test is a float.
        self._free_at = [at for at in self._free_at if at > now + 0.0005]
        for name, (_, lapses_at) in list(self._held.items()):
            if lapses_at + self._life() <= now:
                del self._held[name]

    def _next_free(self) -> float:
        lapses = [lapses_at for _, lapses_at in self._held.values()]
        held = [min(self.clock.wall(), lapses_at) + self._life() for lapses_at in lapses]
        return min([*self._free_at, *held], default=self.clock.wall() + self._life())

    def _hold(self, origins: list[float], gate: FakeReopening | None) -> SlotReservation:
        now, monotonic = self.clock.wall(), self.clock.monotonic()
        if not origins:
            return SlotReservation(granted=0)
        if gate is not None:
            gate.left -= len(origins)
        starts = tuple(monotonic + max(0.0, at - now) for at in origins)
        lapses_at = now + starts[-1] - monotonic + self.longest_call_seconds
        name = f"h{next(self._names)}"
        self._held[name] = len(origins), lapses_at
        hold = Hold(
            name=name,
            value="",
            lapses_ms=math.ceil(lapses_at * 1000),
            origins_ms=(),
            stage=gate.stage if gate is not None else 0,
            granted_monotonic=monotonic,
            granted_wall=now,
            usable_seconds=starts[-1] - monotonic + self.longest_call_seconds,
        )
        return SlotReservation(granted=len(origins), starts=starts, hold=hold)

    def _life(self) -> float:
        return self.window_seconds + self.clock_skew_seconds

    def _reach(self, operation: str) -> None:
        if operation in self.failing:
            raise TransientError("the limiter cannot be reached", operation=operation)


def _short(reservation: SlotReservation, wait_seconds: float, reason: str) -> SlotReservation:
    return replace(reservation, wait_seconds=wait_seconds, reason=reason)


def _refused(wait_seconds: float, reason: str) -> SlotReservation:
    return SlotReservation(granted=0, wait_seconds=wait_seconds, reason=reason)

"""The journal of rotations in memory. It passes the same suite as the one in DynamoDB."""

from __future__ import annotations

from dataclasses import dataclass, field

from formarelay.clock import Clock
from formarelay.errors import LeaseLostError, TransientError
from formarelay.rotation import Ending, Lease, RotationEntry


@dataclass
class _Item:
    fence: int = 0
    lease_until: float = 0.0
    entry: RotationEntry | None = None


@dataclass
class FakeJournal:
    """`failing` names operations that cannot reach it."""

    clock: Clock
    failing: set[str] = field(default_factory=set)
    ended: list[tuple[str, RotationEntry, Ending]] = field(default_factory=list)
    stages: list[str] = field(default_factory=list)
    _items: dict[str, _Item] = field(default_factory=dict)

    def take(self, provider: str, *, lease_seconds: float) -> Lease | None:
        self._reach("take")
        item = self._items.setdefault(provider, _Item())
        if item.lease_until >= self.clock.wall():
            return None
        item.fence += 1
        item.lease_until = self.clock.wall() + lease_seconds
        return Lease(provider=provider, fence=item.fence, entry=item.entry)

    def write(self, lease: Lease, entry: RotationEntry) -> None:
        self._reach("write")
        self._held(lease).entry = entry
        self.stages.append(entry.stage)

    def end(self, lease: Lease, entry: RotationEntry, *, ending: Ending) -> None:
        self._reach("end")
        item = self._held(lease)
        self.ended.append((lease.provider, entry, ending))
        item.entry = None

    def release(self, lease: Lease) -> None:
        self._reach("release")
        item = self._items[lease.provider]
        if item.fence == lease.fence:
            item.lease_until = 0.0

    def entry(self, provider: str) -> RotationEntry | None:
        item = self._items.get(provider)
        return item.entry if item else None

    def _held(self, lease: Lease) -> _Item:
        item = self._items[lease.provider]
        if item.fence != lease.fence:
            raise LeaseLostError("another worker has taken over")
        return item

    def _reach(self, operation: str) -> None:
        if operation in self.failing:
            raise TransientError("the journal of rotations cannot be reached")

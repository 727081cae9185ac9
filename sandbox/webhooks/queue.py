"""Deliveries that are to be made, and what came of those that were tried."""

from __future__ import annotations

import heapq
from collections import deque
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from itertools import count

_KEPT = 10_000


@dataclass(frozen=True, slots=True)
class Wire:
    """One attempt, as it goes out."""

    url: str
    body: bytes
    headers: dict[str, str]


@dataclass(slots=True, eq=False)
class Delivery:
    """One event for one webhook.

    `wire` makes an attempt at an instant, or None once the webhook is gone or switched off.
    `accepts` says which status ends the attempts. `waits` lie between them, in seconds.
    """

    provider: str
    webhook_id: str
    event_id: str
    event_type: str
    due_at: float
    wire: Callable[[float], Wire | None]
    accepts: Callable[[int], bool]
    waits: tuple[float, ...]
    duplicates: int = 0
    status: str = "pending"
    answers: list[int | None] = field(default_factory=list)

    def document(self) -> dict[str, object]:
        """As the control interface shows it: no URL, which may hold a secret, and no body."""
        return {
            "provider": self.provider,
            "webhookId": self.webhook_id,
            "eventId": self.event_id,
            "eventType": self.event_type,
            "status": self.status,
            "dueAt": self.due_at,
            "answers": list(self.answers),
        }


class DeliveryQueue:
    """In memory: a restart forgets what was not delivered yet."""

    def __init__(self) -> None:
        self._waiting: dict[str, list[tuple[float, int, Delivery]]] = {}
        self._numbers = count()
        self.known: deque[Delivery] = deque(maxlen=_KEPT)

    def add(self, delivery: Delivery) -> None:
        """Plan a delivery."""
        self.known.append(delivery)
        self._push(delivery)

    def take_due(self, now: float, *, busy: Collection[str]) -> dict[str, list[Delivery]]:
        """What is due, in order, by webhook; webhooks that are busy keep theirs."""
        taken: dict[str, list[Delivery]] = {}
        for webhook_id, waiting in list(self._waiting.items()):
            if webhook_id in busy:
                continue
            while waiting and waiting[0][0] <= now:
                taken.setdefault(webhook_id, []).append(heapq.heappop(waiting)[2])
            if not waiting:
                del self._waiting[webhook_id]
        return taken

    def settle(self, delivery: Delivery, *, answer: int | None, now: float) -> None:
        """Take down what an attempt was answered with; None stands for no answer in time."""
        delivery.answers.append(answer)
        if answer is not None and delivery.accepts(answer):
            delivery.status = "delivered"
            if delivery.duplicates:
                delivery.duplicates -= 1
                self._push_again(delivery, due_at=now)
            return
        failures = len(delivery.answers)
        if failures > len(delivery.waits):
            delivery.status = "failed"
            return
        self._push_again(delivery, due_at=now + delivery.waits[failures - 1])

    def clear(self) -> None:
        """Forget everything."""
        self._waiting.clear()
        self.known.clear()

    def _push_again(self, delivery: Delivery, *, due_at: float) -> None:
        # What a reset forgot while it was under way does not come back.
        if delivery in self.known:
            delivery.due_at = due_at
            self._push(delivery)

    def _push(self, delivery: Delivery) -> None:
        entry = (delivery.due_at, next(self._numbers), delivery)
        heapq.heappush(self._waiting.setdefault(delivery.webhook_id, []), entry)

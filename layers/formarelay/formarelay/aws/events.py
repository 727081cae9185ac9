"""Events on an EventBridge bus, put there as well as can be without delaying or repeating mail."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

from botocore.exceptions import BotoCoreError, ClientError

from formarelay.aws.lazy import LazyClient

# Amazon EventBridge quotas: entries a PutEvents request.
_BATCH_ENTRIES = 10

Event = tuple[str, Mapping[str, str | int]]
"""`detail-type` and `detail`."""


class EventsClient(Protocol):
    """The one call of boto3's EventBridge client that is made."""

    @property
    def put_events(self) -> Callable[..., Mapping[str, Any]]: ...


class OutcomeBus:
    """Puts events on a bus.

    An event is published once as a rule. It can be missing: when EventBridge does not take it, when
    no time is left for it, when the process dies first. It can come twice: when EventBridge took it
    without an answer, and when the process dies before its messages are deleted from their queue.
    A lost event is counted and nothing else follows from it: handing a message back so that its
    event gets another chance would set refused mail aside a second time.

    Args:
        client: Makes the EventBridge client, when the first event is published. It should not
            repeat calls by itself.
        bus_name: Name or ARN.
        source: The `source` of every event.
        call_seconds: The longest that one call of the client can take.
    """

    def __init__(
        self,
        client: Callable[[], EventsClient],
        *,
        bus_name: str,
        source: str,
        call_seconds: float,
    ) -> None:
        self._client = LazyClient(client)
        self._bus_name = bus_name
        self._source = source
        self._call_seconds = call_seconds

    def publish(self, events: Sequence[Event], *, remaining_seconds: Callable[[], float]) -> int:
        """Publishes the events; those that fail are tried once more. Raises nothing of AWS.

        Args:
            events: In any number.
            remaining_seconds: How long the invocation has left; no call starts that may not end
                within it.

        Returns:
            How many events are not known to be on the bus.
        """
        lost = 0
        for start in range(0, len(events), _BATCH_ENTRIES):
            failed = events[start : start + _BATCH_ENTRIES]
            for _ in range(2):
                if failed and remaining_seconds() >= self._call_seconds:
                    failed = self._put(failed)
            lost += len(failed)
        return lost

    def _put(self, events: Sequence[Event]) -> Sequence[Event]:
        """Those of the events that the bus did not take."""
        try:
            answer = self._client.get().put_events(
                Entries=[
                    {
                        "EventBusName": self._bus_name,
                        "Source": self._source,
                        "DetailType": detail_type,
                        "Detail": json.dumps(detail),
                    }
                    for detail_type, detail in events
                ]
            )
        except (BotoCoreError, ClientError):
            return events
        # Answers stand in the order of the entries, one each.
        taken = ["EventId" in entry for entry in answer["Entries"]]
        return [event for event, is_taken in zip(events, taken, strict=True) if not is_taken]

"""AWS/SQS metrics: the state of every queue, and what is sent, received and deleted.

The emulator alone has none. Here a queue is measured when its figures change, and every few
seconds besides; AWS measures it once a minute. Messages that SNS or EventBridge put into a queue
are seen in it, but not counted as sent.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

from local.emulator.cloudwatch import points
from local.emulator.cloudwatch.points import Metric
from local.emulator.internals import ModuleFunction, ModuleStore, TableFunction

_SQS = "ministack.services.sqs"
QUEUES = ModuleStore(module=_SQS, name="_queues")
_GET = ModuleFunction(module=_SQS, name="_get_q", parameters=("url", "action"))
# A batch calls the first, a single message comes by the second.
_SEND = ModuleFunction(module=_SQS, name="_act_send_message", parameters=("data", "qurl"))


def _call(name: str) -> TableFunction:
    return TableFunction(module=_SQS, table="_HANDLERS", key=name, parameters=("data", "qurl"))


_SEND_ONE = _call("SendMessage")
_DELETE = _call("DeleteMessage")
_DELETE_BATCH = _call("DeleteMessageBatch")
_COLLECT = ModuleFunction(
    module=_SQS, name="_collect_msgs", parameters=("q", "max_n", "vis_timeout")
)
_DELETE_MAPPED = ModuleFunction(
    module=_SQS, name="_delete_messages_for_esm", parameters=("queue_url", "receipt_handles")
)
INTERNALS = (
    *points.INTERNALS,
    QUEUES,
    _GET,
    _SEND,
    _SEND_ONE,
    _COLLECT,
    _DELETE,
    _DELETE_BATCH,
    _DELETE_MAPPED,
)

NAMESPACE = "AWS/SQS"
# Shorter than the shortest period that an alarm on a queue has, so that no period is empty.
_HEARTBEAT_SECONDS = 20.0
_AGE_HEARTBEAT_SECONDS = 5.0
_VISIBLE = "ApproximateNumberOfMessagesVisible"
_IN_FLIGHT = "ApproximateNumberOfMessagesNotVisible"
_DELAYED = "ApproximateNumberOfMessagesDelayed"
_AGE = "ApproximateAgeOfOldestMessage"

Queue = dict[str, Any]
# By the queue's URL, when and what was measured last.
_measured: dict[str, tuple[float, dict[str, float]]] = {}


def figures(messages: Sequence[Queue], *, now: float) -> dict[str, float]:
    """What AWS measures of a queue. The age is that of the oldest message that is not deleted."""
    counts = {_VISIBLE: 0.0, _IN_FLIGHT: 0.0, _DELAYED: 0.0}
    oldest_seconds = 0.0
    for message in messages:
        state = _state(message, now=now)
        counts[state] += 1
        if state != _DELAYED:
            oldest_seconds = max(oldest_seconds, now - message.get("sent_at", now))
    return counts | {_AGE: float(int(oldest_seconds))}


def _state(message: Queue, *, now: float) -> str:
    if message.get("visible_at", now) <= now:
        return _VISIBLE
    return _IN_FLIGHT if message.get("receive_count") else _DELAYED


def sample(*, now: float) -> None:
    """All queues of the account and region that the caller works for."""
    for url, queue in QUEUES.read().items():
        measured = figures(list(queue["messages"]), now=now)
        if not _is_due(url, measured, now=now):
            continue
        _measured[url] = (now, measured)
        for name, value in measured.items():
            unit = "Seconds" if name == _AGE else "Count"
            points.add(_metric(queue, name), [value], unit=unit, timestamp=now)


def forget() -> None:
    """Measures every queue again at the next look: what was measured has become older."""
    _measured.clear()


def _is_due(url: str, measured: dict[str, float], *, now: float) -> bool:
    at, before = _measured.get(url, (0.0, {}))
    if now - at >= (_AGE_HEARTBEAT_SECONDS if measured[_AGE] else _HEARTBEAT_SECONDS):
        return True
    # An age changes all the time.
    return any(before.get(name) != measured[name] for name in measured if name != _AGE)


def _metric(queue: Queue, name: str) -> Metric:
    return Metric(NAMESPACE, name, {"QueueName": queue["name"]})


def _count(queue: Queue, name: str, number: int) -> None:
    if number:
        points.add(_metric(queue, name), [number], unit="Count", timestamp=time.time())


def apply() -> None:
    send, collect, delete = _SEND.read(), _COLLECT.read(), _DELETE.read()
    delete_batch, delete_mapped = _DELETE_BATCH.read(), _DELETE_MAPPED.read()

    def send_counted(data: dict[str, Any], qurl: str) -> Any:
        answer = send(data, qurl)
        queue = _GET.read()(data.get("QueueUrl", qurl))
        _count(queue, "NumberOfMessagesSent", 1)
        size_bytes = len(data["MessageBody"].encode())
        points.add(
            _metric(queue, "SentMessageSize"), [size_bytes], unit="Bytes", timestamp=time.time()
        )
        return answer

    def collect_counted(q: Queue, max_n: int, vis_timeout: int) -> Any:
        messages = collect(q, max_n, vis_timeout)
        _count(q, "NumberOfMessagesReceived", len(messages))
        return messages

    def delete_counted(data: dict[str, Any], qurl: str) -> Any:
        answer = delete(data, qurl)
        _count(_GET.read()(data.get("QueueUrl", qurl)), "NumberOfMessagesDeleted", 1)
        return answer

    def delete_batch_counted(data: dict[str, Any], qurl: str) -> Any:
        answer = delete_batch(data, qurl)
        queue = _GET.read()(data.get("QueueUrl", qurl))
        _count(queue, "NumberOfMessagesDeleted", len(answer["Successful"]))
        return answer

    def delete_mapped_counted(queue_url: str, receipt_handles: set[str]) -> None:
        delete_mapped(queue_url, receipt_handles)
        _count(_GET.read()(queue_url), "NumberOfMessagesDeleted", len(receipt_handles))

    _SEND.write(send_counted)
    _SEND_ONE.write(send_counted)
    _COLLECT.write(collect_counted)
    _DELETE.write(delete_counted)
    _DELETE_BATCH.write(delete_batch_counted)
    _DELETE_MAPPED.write(delete_mapped_counted)

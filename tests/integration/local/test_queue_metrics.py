"""What AWS/SQS tells of a queue."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest

from local.emulator.cloudwatch.queue_metrics import figures
from tests.integration.local.stacks import Emulator, eventually, function
from tests.integration.local.watching import MINUTE, Watching

NOW = 1_795_710_676.0
VISIBLE = "ApproximateNumberOfMessagesVisible"
IN_FLIGHT = "ApproximateNumberOfMessagesNotVisible"
DELAYED = "ApproximateNumberOfMessagesDelayed"
AGE = "ApproximateAgeOfOldestMessage"


def _message(*, sent: float, visible: float, received: int = 0) -> dict[str, Any]:
    return {"sent_at": NOW + sent, "visible_at": NOW + visible, "receive_count": received}


def test_figures_tell_waiting_from_delayed_and_in_flight() -> None:
    messages = [
        _message(sent=-90, visible=-90),
        _message(sent=-120.7, visible=20, received=1),
        _message(sent=-300, visible=300),
        _message(sent=-10, visible=-5, received=2),
    ]

    assert figures(messages, now=NOW) == {VISIBLE: 2, IN_FLIGHT: 1, DELAYED: 1, AGE: 120}


def test_figures_of_an_empty_queue() -> None:
    assert figures([], now=NOW) == {VISIBLE: 0, IN_FLIGHT: 0, DELAYED: 0, AGE: 0}


class Queue:
    """What is known of one queue."""

    def __init__(self, emulator: Emulator, *, name: str, url: str) -> None:
        self.name = name
        self.url = url
        self.watching = Watching(emulator)
        self.sqs = emulator.client("sqs")

    def value(self, metric: str, stat: str) -> float:
        """The latest of the last minutes."""
        dimensions = [{"Name": "QueueName", "Value": self.name}]
        described = {"Namespace": "AWS/SQS", "MetricName": metric, "Dimensions": dimensions}
        measured = {"Metric": described, "Period": MINUTE, "Stat": stat}
        query = {"Id": "m", "MetricStat": measured}
        return (self.watching.values(query, minutes=5)["m"] or [-1.0])[-1]

    def alarm(self, metric: str, **properties: Any) -> str:
        watched = {
            "Namespace": "AWS/SQS",
            "MetricName": metric,
            "Statistic": "Maximum",
            "Threshold": 0,
            "Dimensions": [{"Name": "QueueName", "Value": self.name}],
        }
        return self.watching.alarm(**(watched | properties))


@pytest.fixture
def queue(emulator: Emulator) -> Iterator[Queue]:
    name = f"queue-{uuid4()}"
    url = emulator.client("sqs").create_queue(QueueName=name)["QueueUrl"]
    made = Queue(emulator, name=name, url=url)
    yield made
    made.sqs.delete_queue(QueueUrl=made.url)


def test_messages_are_counted_on_their_way(queue: Queue) -> None:
    entries = [{"Id": str(number), "MessageBody": "four"} for number in range(3)]
    queue.sqs.send_message_batch(QueueUrl=queue.url, Entries=entries)
    queue.sqs.send_message(QueueUrl=queue.url, MessageBody="eight...")
    received = queue.sqs.receive_message(QueueUrl=queue.url, MaxNumberOfMessages=3)["Messages"]
    handles = [message["ReceiptHandle"] for message in received]
    queue.sqs.delete_message(QueueUrl=queue.url, ReceiptHandle=handles[0])
    queue.sqs.delete_message_batch(
        QueueUrl=queue.url,
        Entries=[
            {"Id": "a", "ReceiptHandle": handles[1]},
            {"Id": "b", "ReceiptHandle": "no such handle"},
        ],
    )

    queue.watching.pass_time(0)
    assert queue.value(VISIBLE, "Minimum") in (0.0, 1.0)
    assert queue.value(IN_FLIGHT, "Maximum") >= 1.0
    found = {
        name: queue.value(name, "Sum")
        for name in (
            "NumberOfMessagesSent",
            "NumberOfMessagesReceived",
            "NumberOfMessagesDeleted",
            "SentMessageSize",
        )
    }
    assert found == {
        "NumberOfMessagesSent": 4.0,
        "NumberOfMessagesReceived": 3.0,
        "NumberOfMessagesDeleted": 2.0,
        "SentMessageSize": 20.0,
    }


def test_alarm_on_a_queue_that_fills_and_drains(queue: Queue) -> None:
    alarm = queue.alarm(VISIBLE)
    assert queue.watching.state(alarm) == "OK"

    queue.sqs.send_message(QueueUrl=queue.url, MessageBody="dead letter")
    assert eventually(lambda: queue.watching.described(alarm)["StateValue"] == "ALARM", seconds=5)

    queue.watching.pass_time(10 * MINUTE)
    assert queue.watching.state(alarm) == "ALARM"

    queue.sqs.purge_queue(QueueUrl=queue.url)
    queue.watching.pass_time(2 * MINUTE)
    assert queue.watching.state(alarm) == "OK"


def test_oldest_message_ages(queue: Queue) -> None:
    queue.sqs.send_message(QueueUrl=queue.url, MessageBody="waits")

    def has_aged() -> bool:
        queue.watching.pass_time(1)
        return queue.value(AGE, "Maximum") >= 1.0

    assert eventually(has_aged)
    assert queue.value(DELAYED, "Maximum") == 0.0


def test_mapping_that_deletes_is_counted(emulator: Emulator) -> None:
    resources = {
        "Queue": {"Type": "AWS::SQS::Queue", "Properties": {"VisibilityTimeout": 60}},
        "Function": function("def handle(event, context): return None"),
        "Mapping": {
            "Type": "AWS::Lambda::EventSourceMapping",
            "Properties": {
                "EventSourceArn": {"Fn::GetAtt": ["Queue", "Arn"]},
                "FunctionName": {"Ref": "Function"},
            },
        },
    }
    outputs = {"Url": {"Ref": "Queue"}, "Name": {"Fn::GetAtt": ["Queue", "QueueName"]}}
    stack = emulator.create_stack(resources, outputs=outputs)
    found = emulator.outputs(stack)
    queue = Queue(emulator, name=found["Name"], url=found["Url"])

    queue.sqs.send_message(QueueUrl=queue.url, MessageBody="x")

    assert eventually(lambda: queue.value("NumberOfMessagesDeleted", "Sum") == 1.0)
    assert queue.value("NumberOfMessagesReceived", "Sum") == 1.0
    emulator.delete_stack(stack)

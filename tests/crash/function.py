"""The function as Lambda would run it: the real application, and the poller before it."""

from __future__ import annotations

import dataclasses
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from types import ModuleType
from typing import Any, Protocol

from botocore.exceptions import BotoCoreError, ClientError

from formarelay.env import read_settings
from local.emulator.partial_batches import fault_of_response
from send_email import application, rows
from send_email.settings import SendSettings
from settle_unknown import application as sweep_application
from settle_unknown.settings import SweepSettings
from tests.crash.adapters import Adapter, find_adapters, find_sweep_adapters
from tests.crash.guards import Guarded

# Real seconds, and the only ones that a run waits for.
PROVIDER_TIMEOUT_SECONDS = 0.5
_FUNCTION_SECONDS = 60.0
_SWEEP_SECONDS = 900.0

Sabotage = Callable[[str, Any], Any]


class Poller(Protocol):
    """What Lambda does with the queue around each invocation."""

    def receive(self) -> list[dict[str, Any]]: ...

    def delete(self, messages: list[dict[str, Any]]) -> None: ...


class SqsPoller:
    """Args:
    client: An SQS client.
    queue_url: The function's queue.
    batch_size: Of the event source mapping, at most 10.
    """

    def __init__(self, client: Any, *, queue_url: str, batch_size: int) -> None:
        self._client = client
        self._queue_url = queue_url
        self._batch_size = batch_size
        self.hidden_seconds = 0

    def receive(self) -> list[dict[str, Any]]:
        answer = self._client.receive_message(
            QueueUrl=self._queue_url,
            MaxNumberOfMessages=self._batch_size,
            VisibilityTimeout=self.hidden_seconds,
            AttributeNames=["All"],
            MessageAttributeNames=["All"],
        )
        messages: list[dict[str, Any]] = answer.get("Messages", [])
        return messages

    def delete(self, messages: list[dict[str, Any]]) -> None:
        self._client.delete_message_batch(
            QueueUrl=self._queue_url,
            Entries=[
                {"Id": str(at), "ReceiptHandle": message["ReceiptHandle"]}
                for at, message in enumerate(messages)
            ],
        )


@dataclass(frozen=True, slots=True)
class Function:
    """Built before the fork, used after it: nothing of it has opened a connection yet."""

    application: application.Application
    poller: Any
    set_hidden_seconds: Callable[[int], None]


def build(
    environment: dict[str, str], *, client: Any, batch_size: int, sabotage: Sabotage
) -> Function:
    """The application that `send_email.application.build` builds, each adapter under guard.

    Args:
        environment: Of the function.
        client: For the poller; no other may use it.
        batch_size: Of the event source mapping.
        sabotage: Is given each port's name and adapter, and may return a worse one.
    """
    settings = dataclasses.replace(
        read_settings(SendSettings, environment),
        provider_timeout_seconds=PROVIDER_TIMEOUT_SECONDS,
    )
    now = [each for each in find_adapters() if hasattr(application, each.adapter.__name__)]
    with guarded(application, now, sabotage):
        built = application.build(settings)
    for each in find_adapters():
        # Built with the first message that needs it, so it stays under guard.
        if each not in now:
            setattr(rows, each.adapter.__name__, _guarding(each, sabotage))
    poller = SqsPoller(client, queue_url=settings.email_queue_url, batch_size=batch_size)

    def hide(seconds: int) -> None:
        poller.hidden_seconds = seconds

    return Function(built, Guarded(sabotage("Poller", poller), port="Poller"), hide)


def build_sweep(environment: dict[str, str], *, sabotage: Sabotage) -> Any:
    """The application that `settle_unknown.application.build` builds, each adapter under guard."""
    settings = dataclasses.replace(
        read_settings(SweepSettings, environment),
        provider_timeout_seconds=PROVIDER_TIMEOUT_SECONDS,
    )
    with guarded(sweep_application, find_sweep_adapters(), sabotage):
        return sweep_application.build(settings)


@contextmanager
def guarded(module: ModuleType, adapters: list[Adapter], sabotage: Sabotage) -> Iterator[None]:
    """What the module builds meanwhile from these adapters passes points."""
    for each in adapters:
        setattr(module, each.adapter.__name__, _guarding(each, sabotage))
    try:
        yield
    finally:
        for each in adapters:
            setattr(module, each.adapter.__name__, each.adapter)


def _guarding(original: Adapter, sabotage: Sabotage) -> Callable[..., Guarded]:
    port, adapter = original.port, original.adapter
    return lambda *args, **named: Guarded(sabotage(port, adapter(*args, **named)), port=port)


@dataclass(slots=True)
class Context:
    """What Lambda tells an invocation."""

    deadline: float
    function_name: str = "send_email"
    memory_limit_in_mb: int = 256
    invoked_function_arn: str = "arn:aws:lambda:us-east-1:000000000000:function:send_email"
    aws_request_id: str = "00000000-0000-0000-0000-000000000000"

    def get_remaining_time_in_millis(self) -> int:
        return int((self.deadline - time.monotonic()) * 1000)


def sweep(handler: Callable[[Any, Any], Any]) -> None:
    """Invokes the sweep as its schedule does."""
    handler({}, Context(deadline=time.monotonic() + _SWEEP_SECONDS))


def serve(function: Function, handler: Callable[[Any, Any], Any]) -> None:
    """Takes one batch, invokes the function with it, deletes what it is done with.

    A queue that cannot be reached is asked again at the next round, as pollers do.
    """
    messages: list[dict[str, Any]] = []
    with suppress(BotoCoreError, ClientError):
        messages = function.poller.receive()
    if not messages:
        return
    answer = handler(
        {"Records": [_record(message) for message in messages]},
        Context(deadline=time.monotonic() + _FUNCTION_SECONDS),
    )
    problem = fault_of_response(answer, message_ids={each["MessageId"] for each in messages})
    if problem is not None:
        raise AssertionError(f"not a partial batch response: {problem}")
    failed = {failure["itemIdentifier"] for failure in answer["batchItemFailures"]}
    done = [message for message in messages if message["MessageId"] not in failed]
    if done:
        with suppress(BotoCoreError, ClientError):
            function.poller.delete(done)


def _record(message: dict[str, Any]) -> dict[str, Any]:
    return {
        "messageId": message["MessageId"],
        "receiptHandle": message["ReceiptHandle"],
        "body": message["Body"],
        "attributes": message.get("Attributes", {}),
        "messageAttributes": {},
        "md5OfBody": message["MD5OfBody"],
        "eventSource": "aws:sqs",
        "eventSourceARN": "arn:aws:sqs:us-east-1:000000000000:crash",
        "awsRegion": os.environ["AWS_DEFAULT_REGION"],
    }

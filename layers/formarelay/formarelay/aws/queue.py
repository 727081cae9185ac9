"""What the sender does to its queues beside taking from them: set aside, and hand back."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from formarelay.clock import Clock
from formarelay.errors import TransientError

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient
    from mypy_boto3_sqs.type_defs import MessageAttributeValueTypeDef

# Amazon SQS quotas: 10 entries a batch, 12 hours of visibility timeout.
_BATCH_ENTRIES = 10
_MAXIMUM_VISIBILITY_SECONDS = 12 * 3600
# An attribute's value counts towards the message's 1 MiB; the facts stay short.
_MAXIMUM_VALUE_CHARACTERS = 512
# How long a count of the queue serves. A backlog that matters lasts longer.
COUNT_LIFE_SECONDS = 30.0


class DeadLetterQueue:
    """Puts messages aside with the reason beside them.

    Args:
        client: Gives the SQS client, when it is first needed.
        queue_url: Of the dead-letter queue.
    """

    def __init__(self, client: Callable[[], SQSClient], *, queue_url: str) -> None:
        self._client = client
        self._queue_url = queue_url

    def put(self, body: str, *, facts: Mapping[str, str]) -> None:
        """Stores `body` unchanged, each fact as a string attribute of its own.

        A body that fills a message to the last byte has no room for attributes; it is stored
        without them rather than not at all.

        Raises:
            TransientError: It is not stored.
        """
        attributes: dict[str, MessageAttributeValueTypeDef] = {
            name: {"DataType": "String", "StringValue": _printable(value)}
            for name, value in facts.items()
            if value
        }
        try:
            try:
                self._client().send_message(
                    QueueUrl=self._queue_url, MessageBody=body, MessageAttributes=attributes
                )
            except ClientError as error:
                if error.response.get("Error", {}).get("Code") != "InvalidParameterValue":
                    raise
                self._client().send_message(QueueUrl=self._queue_url, MessageBody=body)
        except (BotoCoreError, ClientError) as error:
            raise TransientError(
                "the dead-letter queue did not take a message",
                service="sqs",
                operation="SendMessage",
            ) from error


class QueueReturns:
    """Makes messages that are handed back invisible for just as long as they should wait.

    Args:
        client: Makes an SQS client when one is needed, or gives the one that is there.
        queue_url: Of the queue that the messages came from.
        clock: Its monotonic clock says how old the last count of the queue is.
    """

    def __init__(self, client: Callable[[], SQSClient], *, queue_url: str, clock: Clock) -> None:
        self._client = client
        self._queue_url = queue_url
        self._clock = clock
        self._counted = 0
        self._counted_at: float | None = None

    def delay(
        self,
        waits: Sequence[tuple[str, float]],
        *,
        longer: Callable[[int], float] | None = None,
    ) -> int:
        """Sets the wait of each message, given as (receipt handle, seconds).

        Returns how many could not be set: these stay invisible for the queue's own timeout, which
        is later than asked for and harmless, so nothing is raised.

        Args:
            waits: Of each message.
            longer: Says by how much all of them wait longer when the queue holds so many messages;
                0 stands for a queue that cannot be counted. They come back together and are one
                batch again, which costs less than many.
        """
        if not waits:
            return 0
        more_seconds = longer(self._count()) if longer else 0.0
        failed = 0
        for start in range(0, len(waits), _BATCH_ENTRIES):
            part = waits[start : start + _BATCH_ENTRIES]
            try:
                answer = self._client().change_message_visibility_batch(
                    QueueUrl=self._queue_url,
                    Entries=[
                        {
                            "Id": str(index),
                            "ReceiptHandle": handle,
                            "VisibilityTimeout": _whole_seconds(seconds + more_seconds),
                        }
                        for index, (handle, seconds) in enumerate(part)
                    ],
                )
            except (BotoCoreError, ClientError):
                failed += len(part)
            else:
                failed += len(answer.get("Failed", []))
        return failed

    def _count(self) -> int:
        """Messages on the queue, hidden ones included, as SQS last told; 0 when it does not."""
        now = self._clock.monotonic()
        if self._counted_at is not None and now - self._counted_at < COUNT_LIFE_SECONDS:
            return self._counted
        try:
            answer = self._client().get_queue_attributes(
                QueueUrl=self._queue_url,
                AttributeNames=[
                    "ApproximateNumberOfMessages",
                    "ApproximateNumberOfMessagesNotVisible",
                ],
            )
        except (BotoCoreError, ClientError):
            self._counted = 0
        else:
            self._counted = sum(int(count) for count in answer["Attributes"].values())
        self._counted_at = now
        return self._counted


def _whole_seconds(seconds: float) -> int:
    return min(_MAXIMUM_VISIBILITY_SECONDS, max(0, -int(-seconds // 1)))


def _printable(value: str) -> str:
    """Cuts and replaces what SQS refuses in an attribute."""
    short = value[:_MAXIMUM_VALUE_CHARACTERS]
    return "".join(character if character.isprintable() else "�" for character in short)

"""The dead-letter queue in SQS."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import TYPE_CHECKING

from formarelay.aws.queue import QueueReturns
from formarelay.clock import SystemClock
from relayctl.aws import explained
from relayctl.dead_letters.letter import (
    ATTEMPTS,
    DETAIL,
    FACTS,
    IDEMPOTENCY_KEY,
    REASON,
    DeadLetter,
)
from relayctl.surroundings import POLL_SECONDS

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient
    from mypy_boto3_sqs.type_defs import MessageTypeDef

# Amazon SQS quotas.
BATCH_ENTRIES = 10
# A command that is killed hides the letters that it holds for this long; one that takes longer
# sees some of them twice, which is noticed.
HOLD_SECONDS = 15 * 60
# As long as the writer of the facts makes them; more was written by somebody else.
_MAXIMUM_FACT_CHARACTERS = 512
# What SQS takes of an attribute; the rest of what it gives is for future use.
_ATTRIBUTE_PARTS = frozenset({"DataType", "StringValue", "BinaryValue"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Depth:
    """How many letters there are, roughly: SQS counts with a delay.

    Args:
        visible: Can be read.
        hidden: Held by somebody at the moment, as by another command that reads them.
    """

    visible: int
    hidden: int


class DeadLetterQueue:
    """Reads letters without consuming them: what is not deleted is given back at the end.

    Use it as a context manager. Reading raises the receive count of a letter, which means nothing
    here: nothing is moved out of a dead-letter queue for having been received often.

    Every method but `give_back` raises `RelayctlError` when SQS refuses or cannot answer.

    Args:
        client: An SQS client.
        queue_url: Of the dead-letter queue.
        poll_seconds: How long to wait for letters before the queue counts as empty.
    """

    def __init__(
        self, client: SQSClient, *, queue_url: str, poll_seconds: int = POLL_SECONDS
    ) -> None:
        self._client = client
        self._queue_url = queue_url
        self._poll_seconds = poll_seconds
        self._held: dict[str, str] = {}
        self._seen: set[str] = set()
        self._deleted: set[str] = set()
        self.not_given_back = 0

    def __enter__(self) -> DeadLetterQueue:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.give_back()

    def depth(self) -> Depth:
        """How much is in the queue now."""
        with explained():
            attributes = self._client.get_queue_attributes(
                QueueUrl=self._queue_url,
                AttributeNames=[
                    "ApproximateNumberOfMessages",
                    "ApproximateNumberOfMessagesNotVisible",
                ],
            )["Attributes"]
        return Depth(
            visible=int(attributes["ApproximateNumberOfMessages"]),
            hidden=int(attributes["ApproximateNumberOfMessagesNotVisible"]),
        )

    def batches(self) -> Iterator[list[DeadLetter]]:
        """All letters, up to ten at a time, each once. They are held until the end."""
        while messages := self._receive():
            # SQS may deliver twice, and does so with what has been held for too long.
            letters = {message["MessageId"]: _letter(message) for message in messages}
            self._held |= {key: letter.receipt_handle for key, letter in letters.items()}
            self.delete([letter for key, letter in letters.items() if key in self._deleted])
            new = [letter for key, letter in letters.items() if key not in self._seen]
            self._seen |= letters.keys()
            if new:
                yield new

    def delete(self, letters: Sequence[DeadLetter]) -> list[DeadLetter]:
        """Removes up to ten letters for good. Returns those that could not be removed."""
        if not letters:
            return []
        with explained():
            answer = self._client.delete_message_batch(
                QueueUrl=self._queue_url,
                Entries=[
                    {"Id": str(index), "ReceiptHandle": self._held[letter.message_id]}
                    for index, letter in enumerate(letters)
                ],
            )
        failed = {int(entry["Id"]) for entry in answer.get("Failed", [])}
        for index, letter in enumerate(letters):
            if index not in failed:
                del self._held[letter.message_id]
                self._deleted.add(letter.message_id)
        return [letters[index] for index in sorted(failed)]

    def give_back(self) -> None:
        """Makes all letters that are held visible again.

        Never raises an error: what cannot be given back is counted in `not_given_back`, and shows
        itself again when its time is up.
        """
        handles = list(self._held.values())
        self._held.clear()
        returns = QueueReturns(lambda: self._client, queue_url=self._queue_url, clock=SystemClock())
        self.not_given_back += returns.delay([(handle, 0.0) for handle in handles])

    def _receive(self) -> list[MessageTypeDef]:
        with explained():
            answer = self._client.receive_message(
                QueueUrl=self._queue_url,
                MaxNumberOfMessages=BATCH_ENTRIES,
                VisibilityTimeout=HOLD_SECONDS,
                WaitTimeSeconds=self._poll_seconds,
                MessageSystemAttributeNames=["SentTimestamp", "DeadLetterQueueSourceArn"],
                MessageAttributeNames=["All"],
            )
        return answer.get("Messages", [])


def _letter(message: MessageTypeDef) -> DeadLetter:
    attributes = message.get("MessageAttributes", {})
    facts = {
        name: attributes[name].get("StringValue", "")[:_MAXIMUM_FACT_CHARACTERS]
        for name in FACTS & attributes.keys()
    }
    attempts = facts.get(ATTEMPTS, "")
    system = message.get("Attributes", {})
    return DeadLetter(
        message_id=message["MessageId"],
        body=message["Body"],
        sent_at=int(system["SentTimestamp"]) / 1000,
        reason=facts.get(REASON, ""),
        detail=facts.get(DETAIL, ""),
        attempts=int(attempts) if attempts.isascii() and attempts.isdigit() else None,
        idempotency_key=facts.get(IDEMPOTENCY_KEY, ""),
        moved_by_sqs="DeadLetterQueueSourceArn" in system,
        other_attributes={
            name: {part: content for part, content in value.items() if part in _ATTRIBUTE_PARTS}
            for name, value in attributes.items()
            if name not in FACTS
        },
        receipt_handle=message["ReceiptHandle"],
    )

"""The email queue as the target of a replay, in SQS."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from relayctl.aws import explained
from relayctl.dead_letters.letter import DeadLetter

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

# Amazon SQS quotas, of one batch as of one message.
BATCH_BYTES = 1024 * 1024


class EmailQueue:
    """Puts letters back where send_email takes its messages from.

    Args:
        client: An SQS client.
        client_without_repeats: The same, but it sends nothing again after a lost answer. For
            letters without an idempotency key, whose second copy nobody would recognise.
        queue_url: Of the email queue.
    """

    def __init__(
        self, client: SQSClient, *, client_without_repeats: SQSClient, queue_url: str
    ) -> None:
        self._client = client
        self._client_without_repeats = client_without_repeats
        self._queue_url = queue_url

    def put(self, letters: Sequence[DeadLetter], *, has_key: bool) -> list[DeadLetter]:
        """Sends up to ten letters, of `BATCH_BYTES` together, as they came from their producers.

        The body is unchanged; the facts of the dead letter are left out, all other attributes
        stay. Returns those that SQS did not take.

        Raises:
            UnansweredError: They may be on the queue now, each of them or none.
            RelayctlError: They are not.
        """
        client = self._client if has_key else self._client_without_repeats
        with explained():
            answer = client.send_message_batch(
                QueueUrl=self._queue_url,
                Entries=[
                    {
                        "Id": str(index),
                        "MessageBody": letter.body,
                        "MessageAttributes": dict(letter.other_attributes),
                    }
                    for index, letter in enumerate(letters)
                ],
            )
        return [letters[int(entry["Id"])] for entry in answer.get("Failed", [])]


def size_bytes(letter: DeadLetter) -> int:
    """What a letter counts towards `BATCH_BYTES` when it is put back."""
    texts = [letter.body]
    binary_bytes = 0
    for name, value in letter.other_attributes.items():
        texts += [name, value["DataType"], value.get("StringValue", "")]
        binary_bytes += len(value.get("BinaryValue", b""))
    return binary_bytes + sum(len(text.encode(errors="replace")) for text in texts)

"""Messages put on the queue, as a producer would."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from local.errors import LocalStackError

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient
    from mypy_boto3_sqs.type_defs import SendMessageBatchRequestEntryTypeDef

_SEND_COUNT = 10


def put_messages(bodies: Sequence[str], *, sqs: SQSClient, queue_url: str) -> None:
    """Puts them in order, ten at a time. Raises LocalStackError when the queue refuses one."""
    for start in range(0, len(bodies), _SEND_COUNT):
        entries: list[SendMessageBatchRequestEntryTypeDef] = [
            {"Id": str(number), "MessageBody": body}
            for number, body in enumerate(bodies[start : start + _SEND_COUNT])
        ]
        answer = sqs.send_message_batch(QueueUrl=queue_url, Entries=entries)
        if answer.get("Failed"):
            raise LocalStackError(f"the queue refused {len(answer['Failed'])} messages of the demo")

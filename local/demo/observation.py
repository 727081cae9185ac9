"""What became of the messages, seen from outside: the provider's record and the two queues."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from local.sandbox_control import SandboxControl

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient
    from mypy_boto3_sqs.type_defs import MessageTypeDef

# Long enough that a dead letter that was seen is not seen again before the demo ends.
_HOLD_SECONDS = 900
_RECEIVE_COUNT = 10


@dataclass(frozen=True)
class DeadLetter:
    body: str
    reason: str
    detail: str


@dataclass(frozen=True)
class Observation:
    """One look at everything.

    Args:
        emails: All mails that the provider accepted.
        dead_letters: All messages found in the dead-letter queue.
        waiting: Messages on the queue, those in flight included.
    """

    emails: tuple[dict[str, Any], ...] = ()
    dead_letters: tuple[DeadLetter, ...] = ()
    waiting: int = 0


@dataclass
class Observer:
    """Looks again and again; remembers the dead letters that it has taken. Not thread-safe."""

    sqs: SQSClient
    sandbox: SandboxControl
    queue_url: str
    dead_letter_queue_url: str
    _taken: dict[str, DeadLetter] = field(default_factory=dict)

    def look(self) -> Observation:
        waiting = self._waiting()
        self._take_dead_letters()
        return Observation(
            emails=tuple(self.sandbox.emails()),
            dead_letters=tuple(self._taken.values()),
            waiting=waiting,
        )

    def _waiting(self) -> int:
        counted = self.sqs.get_queue_attributes(
            QueueUrl=self.queue_url,
            AttributeNames=[
                "ApproximateNumberOfMessages",
                "ApproximateNumberOfMessagesNotVisible",
                "ApproximateNumberOfMessagesDelayed",
            ],
        )["Attributes"]
        return sum(int(count) for count in counted.values())

    def _take_dead_letters(self) -> None:
        while True:
            answer = self.sqs.receive_message(
                QueueUrl=self.dead_letter_queue_url,
                MaxNumberOfMessages=_RECEIVE_COUNT,
                VisibilityTimeout=_HOLD_SECONDS,
                MessageAttributeNames=["All"],
            )
            messages = answer.get("Messages", [])
            if not messages:
                return
            for message in messages:
                self._taken[message["MessageId"]] = DeadLetter(
                    body=message["Body"],
                    reason=_attribute(message, "reason"),
                    detail=_attribute(message, "detail"),
                )


def _attribute(message: MessageTypeDef, name: str) -> str:
    attribute = message.get("MessageAttributes", {}).get(name)
    return attribute.get("StringValue", "") if attribute else ""

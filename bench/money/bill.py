"""The arithmetic of the bill. Pure."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from bench.fleet.lane import Asked
from bench.fleet.workers import Invocation
from bench.money import prices

MEMORY_MB = 256
# AWS Lambda developer guide, "Configure Lambda function memory": so much memory comes with a whole
# processor, less with a part of one.
_MEMORY_MB_OF_A_PROCESSOR = 1769
# The smallest task of Fargate that holds a worker of two processes.
TASK_VCPU, TASK_GB = 0.25, 1.0
_SQS = {
    "ReceiveMessage",
    "ReceiveMessage, empty",
    "DeleteMessage",
    "DeleteMessageBatch",
    "ChangeMessageVisibility",
    "ChangeMessageVisibilityBatch",
    "GetQueueAttributes",
    "GetQueueUrl",
    "SendMessage",
    "SendMessageBatch",
}
_SECRETS = {"GetSecretValue"}
_DYNAMODB = {"GetItem", "PutItem", "UpdateItem", "DeleteItem", "BatchExecuteStatement"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Bill:
    """Dollars a million accepted mails, by what they are paid for."""

    queue: float
    state: float
    compute: float
    logs: float
    secrets: float

    @property
    def total(self) -> float:
        return self.queue + self.state + self.compute + self.logs + self.secrets


def function_dollars(invocations: Sequence[Invocation]) -> float:
    """Of invocations, each billed by the millisecond that it has begun.

    What was work of a processor takes longer with a seventh of one: as if nothing else, no answer
    that is on its way, could be waited for meanwhile, which is the worst case.
    """
    slower = _MEMORY_MB_OF_A_PROCESSOR / MEMORY_MB - 1
    billed = [each.seconds + each.cpu_seconds * slower for each in invocations]
    gb_seconds = sum(math.ceil(one * 1000) / 1000 for one in billed) * MEMORY_MB / 1024
    return len(invocations) * prices.LAMBDA_REQUEST + gb_seconds * prices.LAMBDA_GB_SECOND


def task_dollars(seconds: float) -> float:
    """Of a worker that runs all the time, working or not."""
    a_second = TASK_VCPU * prices.FARGATE_VCPU_SECOND + TASK_GB * prices.FARGATE_GB_SECOND
    return seconds * a_second


def bill(asked: Asked, *, compute: float, log_bytes: int, mails: int) -> Bill:
    """What a million mails cost when `mails` took this.

    Raises ValueError for a request that has no price here, and without an accepted mail.
    """
    if mails < 1:
        raise ValueError("no mail was accepted")
    strange = asked.requests.keys() - _SQS - _SECRETS - _DYNAMODB
    if strange:
        raise ValueError(f"no price is known for {', '.join(sorted(strange))}")
    per_million = 1e6 / mails
    queue = sum(count for name, count in asked.requests.items() if name in _SQS)
    secrets = sum(count for name, count in asked.requests.items() if name in _SECRETS)
    units = (
        asked.write_units * prices.DYNAMODB_WRITE_UNIT
        + asked.read_units * prices.DYNAMODB_READ_UNIT
    )
    return Bill(
        queue=queue * prices.SQS_REQUEST * per_million,
        state=units * per_million,
        compute=compute * per_million,
        logs=log_bytes / 1e9 * prices.LOG_GB * per_million,
        secrets=secrets * prices.SECRETS_REQUEST * per_million,
    )

"""`python -I -S bench/fleet/worker.py PATH HANDLER QUEUE_URL JOURNAL TIMEOUT_SECONDS`

An environment of Lambda with its event source: takes up to ten messages from the queue, invokes
the handler with them, deletes those that it did not name as failed, and so on until it is killed.
After an exception none is deleted. Each invocation is a line in JOURNAL; stdout is the log.
"""

from __future__ import annotations

import json
import logging
import os
import sys
import time
import traceback
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

sys.path[:0] = sys.argv[1].split(os.pathsep)
# Native code for signing that tools bring along and Lambda does not have.
sys.modules["awscrt"] = None  # type: ignore[assignment]  # the documented way to forbid an import

BATCH = 10
LONG_POLL_SECONDS = 20
# Lambda writes three lines of its own for each invocation; this is what they look like.
PLATFORM_LINES = (
    "START RequestId: {id} Version: $LATEST\n"
    "END RequestId: {id}\n"
    "REPORT RequestId: {id}\tDuration: 123.45 ms\tBilled Duration: 124 ms\tMemory Size: 256 MB\t"
    "Max Memory Used: 100 MB\t\n"
)


class Context:
    """What Lambda tells an invocation that has just begun."""

    function_name = "bench"
    function_version = "$LATEST"
    memory_limit_in_mb = 256
    invoked_function_arn = "arn:aws:lambda:us-east-1:000000000000:function:bench"
    log_group_name = "/aws/lambda/bench"
    log_stream_name = "bench"

    def __init__(self, timeout_seconds: float) -> None:
        self.aws_request_id = str(uuid.uuid4())
        self._ends = time.monotonic() + timeout_seconds

    def get_remaining_time_in_millis(self) -> int:
        """As the Lambda context has it."""
        return max(0, int((self._ends - time.monotonic()) * 1000))


def event_of(messages: list[dict[str, Any]]) -> dict[str, Any]:
    """The messages as Lambda hands them over."""
    return {
        "Records": [
            {
                "messageId": message["MessageId"],
                "receiptHandle": message["ReceiptHandle"],
                "body": message["Body"],
                "attributes": message["Attributes"],
                "messageAttributes": {},
                "md5OfBody": message["MD5OfBody"],
                "eventSource": "aws:sqs",
                "eventSourceARN": "arn:aws:sqs:us-east-1:000000000000:bench",
                "awsRegion": "us-east-1",
            }
            for message in messages
        ]
    }


def failed(
    handler: Callable[[Any, Any], Any], messages: list[dict[str, Any]], context: Context
) -> set[str]:
    """The ids of the messages that stay on the queue."""
    try:
        answer = handler(event_of(messages), context)
    except Exception:  # noqa: BLE001 (Lambda survives any of them)
        traceback.print_exc(file=sys.stdout)
        return {message["MessageId"] for message in messages}
    return {failure["itemIdentifier"] for failure in (answer or {}).get("batchItemFailures") or []}


def main(handler_module: str, queue_url: str, journal_path: str, timeout_seconds: float) -> None:
    """Serves the queue for ever."""
    from importlib import import_module

    import boto3

    # As the runtime sets the root logger up.
    form = f"[%(levelname)s]\t%(asctime)s.%(msecs)03dZ\t{uuid.uuid4()}\t%(message)s"
    logging.basicConfig(stream=sys.stdout, format=form, datefmt="%Y-%m-%dT%H:%M:%S")
    sqs: Any = boto3.client("sqs")
    handler = import_module(handler_module).lambda_handler
    with Path(journal_path).open("a", buffering=1) as journal:
        journal.write("{}\n")
        while True:
            messages = sqs.receive_message(
                QueueUrl=queue_url,
                MaxNumberOfMessages=BATCH,
                WaitTimeSeconds=LONG_POLL_SECONDS,
                AttributeNames=["All"],
            ).get("Messages")
            if not messages:
                continue
            context = Context(timeout_seconds)
            began, cpu = time.monotonic(), time.process_time()
            staying = failed(handler, messages, context)
            seconds, cpu_seconds = time.monotonic() - began, time.process_time() - cpu
            sys.stdout.write(PLATFORM_LINES.format(id=context.aws_request_id))
            sys.stdout.flush()
            invocation = {
                "seconds": seconds,
                "cpu_seconds": cpu_seconds,
                "messages": len(messages),
                "failed": len(staying),
            }
            journal.write(json.dumps(invocation) + "\n")
            done = [message for message in messages if message["MessageId"] not in staying]
            if done:
                sqs.delete_message_batch(
                    QueueUrl=queue_url,
                    Entries=[
                        {"Id": str(number), "ReceiptHandle": message["ReceiptHandle"]}
                        for number, message in enumerate(done)
                    ],
                )


if __name__ == "__main__":
    main(sys.argv[2], sys.argv[3], sys.argv[4], float(sys.argv[5]))

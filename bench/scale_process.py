"""`python -I -S bench/scale_process.py PATH HANDLER REPORT MAILS`: many mails through one process.

The handler is invoked with one batch of ten after the other, as in a container that lives long.
AWS answers inside botocore's transport: the process has the machine's time for itself, and nothing
but the process itself can grow. After every hundred mails a line in REPORT says what it took.
"""

from __future__ import annotations

import json
import os
import sys
import time
import uuid
from collections import Counter
from email.utils import formatdate
from pathlib import Path
from typing import Any

BATCH, PART = 10, 100


class Context:
    """An invocation that has just begun."""

    function_name = "bench"
    memory_limit_in_mb = 256
    invoked_function_arn = "arn:aws:lambda:us-east-1:000000000000:function:bench"
    aws_request_id = "00000000-0000-0000-0000-000000000000"

    def get_remaining_time_in_millis(self) -> int:
        """As the Lambda context has it."""
        return 60_000


class StubAws:
    """Every write of DynamoDB succeeds, the key is always the same; any other call is an error.

    Args:
        secret: What Secrets Manager answers.
    """

    def __init__(self, secret: str) -> None:
        self._secret = secret
        self.requests: Counter[str] = Counter()
        self.sent_bytes = 0

    def install(self) -> None:
        """From now on, for all clients of this process."""
        from botocore.httpsession import URLLib3Session

        URLLib3Session.send = self._send  # type: ignore[method-assign,assignment]

    def _send(self, request: Any) -> Any:
        target = request.headers["X-Amz-Target"]
        operation = (target.decode() if isinstance(target, bytes) else target).rpartition(".")[2]
        self.requests[operation] += 1
        self.sent_bytes += len(request.body)
        answer = self._answer(operation, json.loads(request.body))
        headers = {"Content-Type": "application/x-amz-json-1.0", "Date": formatdate(usegmt=True)}
        from botocore.awsrequest import AWSResponse

        response: Any = AWSResponse(request.url, 200, headers, None)  # type: ignore[arg-type]
        # What it would have read from a socket.
        response._content = json.dumps(answer).encode()
        return response

    def _answer(self, operation: str, asked: dict[str, Any]) -> dict[str, Any]:
        if operation == "GetSecretValue":
            return {"SecretString": self._secret, "VersionId": "1", "VersionStages": ["AWSCURRENT"]}
        if operation == "GetItem":
            return {}
        if operation == "BatchExecuteStatement":
            return {"Responses": [{} for _ in asked["Statements"]]}
        if operation != "UpdateItem":
            raise RuntimeError(f"nobody answers {operation}")
        if asked.get("ReturnValues") != "UPDATED_NEW":
            return {}
        values = asked["ExpressionAttributeValues"]
        claimed = {name: values[f":{name}"] for name in ("claim_id", "lease_until")}
        return {"Attributes": claimed | {"attempts": {"N": "1"}}}


def batch() -> dict[str, Any]:
    """Ten messages of different mails."""
    return {"Records": [record() for _ in range(BATCH)]}


def record() -> dict[str, Any]:
    """A message as Lambda hands it over."""
    name = uuid.uuid4().hex
    body = {
        "templateId": "order-confirmation",
        "to": [{"email": f"{name}@example.com", "name": "A Customer"}],
        "variables": {"firstName": "Ada", "orderNumber": name[:8]},
        "idempotencyKey": name,
    }
    return {
        "messageId": name,
        "receiptHandle": name,
        "body": json.dumps(body),
        "attributes": {
            "ApproximateReceiveCount": "1",
            "SentTimestamp": str(int(time.time() * 1000)),
        },
        "eventSource": "aws:sqs",
    }


def peak_kib() -> int:
    """The most memory that this process ever had."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM:"))


def main(handler_module: str, report_path: str, mails: int, secret: str) -> None:
    """Sends them; raises RuntimeError when one stays on the queue."""
    from importlib import import_module

    handler = import_module(handler_module).lambda_handler
    aws = StubAws(secret)
    aws.install()
    with Path(report_path).open("w", buffering=1) as report:
        for _ in range(mails // PART):
            events = [batch() for _ in range(PART // BATCH)]
            requests, sent_bytes = aws.requests.total(), aws.sent_bytes
            began = time.process_time()
            answers = [handler(event, Context()) for event in events]
            part = {
                "cpu_seconds": time.process_time() - began,
                "requests": aws.requests.total() - requests,
                "sent_bytes": aws.sent_bytes - sent_bytes,
                "peak_kib": peak_kib(),
            }
            if any(answer["batchItemFailures"] for answer in answers):
                raise RuntimeError("a mail was not sent")
            report.write(json.dumps(part) + "\n")


if __name__ == "__main__":
    sys.path[:0] = sys.argv[1].split(os.pathsep)
    # Native code for signing that tools bring along and Lambda does not have.
    sys.modules["awscrt"] = None  # type: ignore[assignment]  # the documented way to forbid an import
    main(sys.argv[2], sys.argv[3], int(sys.argv[4]), sys.stdin.read())

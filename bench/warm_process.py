"""`python -I -S bench/warm_process.py PATH HANDLER [--without-aws]`: a container that stays.

Reads one event a line from stdin, and answers each with a line: what it took. With `--without-aws`
botocore's calls are answered before anything is built, signed or sent, so that only the handler's
own work is left.
"""

import os
import sys

sys.path[:0] = sys.argv[1].split(os.pathsep)
# Native code for signing that tools bring along and Lambda does not have.
sys.modules["awscrt"] = None  # type: ignore[assignment]  # the documented way to forbid an import

import json  # noqa: E402 (after the path that it is to come from)
import time  # noqa: E402
from importlib import import_module  # noqa: E402
from typing import Any  # noqa: E402

_SECONDS = 60


class Context:
    """What Lambda tells an invocation that begins now."""

    function_name = "bench"
    function_version = "$LATEST"
    memory_limit_in_mb = 256
    invoked_function_arn = "arn:aws:lambda:us-east-1:000000000000:function:bench"
    aws_request_id = "00000000-0000-0000-0000-000000000000"
    log_group_name = "/aws/lambda/bench"
    log_stream_name = "bench"

    def __init__(self) -> None:
        self._deadline = time.monotonic() + _SECONDS

    def get_remaining_time_in_millis(self) -> int:
        """As the Lambda context has it."""
        return int((self._deadline - time.monotonic()) * 1000)


def answer_in_process() -> None:
    """DynamoDB's writes succeed at once; the rest is asked of AWS, once a container."""
    from botocore.client import BaseClient

    client: Any = BaseClient
    original = client._make_api_call

    def answered(self: Any, operation: str, asked: Any) -> Any:
        if operation == "UpdateItem":
            if asked.get("ReturnValues") != "UPDATED_NEW":
                return {}
            values = asked["ExpressionAttributeValues"]
            wanted = {name: values.get(f":{name}") for name in ("claim_id", "lease_until")}
            kept = {name: value for name, value in wanted.items() if value is not None}
            return {"Attributes": kept | {"attempts": {"N": "1"}}}
        if operation in ("PutItem", "GetItem"):
            return {}
        return original(self, operation, asked)

    client._make_api_call = answered


def serve(answers: Any) -> None:
    """Until stdin ends."""
    handler = import_module(sys.argv[2]).lambda_handler
    for line in sys.stdin:
        event = json.loads(line)
        wall, cpu = time.perf_counter(), time.process_time()
        answer = handler(event, Context())
        took = {
            "wall_ms": (time.perf_counter() - wall) * 1000,
            "cpu_ms": (time.process_time() - cpu) * 1000,
            "failures": len((answer or {}).get("batchItemFailures", [])),
        }
        answers.write(json.dumps(took) + "\n")
        answers.flush()


if __name__ == "__main__":
    if "--without-aws" in sys.argv:
        answer_in_process()
    # The handler's own lines go nowhere, at the price of writing them.
    with os.fdopen(os.dup(1), "w") as channel, open(os.devnull, "w") as nowhere:  # noqa: PTH123
        os.dup2(nowhere.fileno(), 1)
        serve(channel)

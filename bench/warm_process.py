"""`python -I -S bench/warm_process.py PATH HANDLER [MODE]`: a container that stays.

Reads one event a line from stdin, and answers each with a line: what it took. With `--without-aws`
botocore's calls are answered before anything is built, signed or sent, so that only the handler's
own work is left. With `--aws-alone=SECONDS` it is the other way round: nothing is parsed or sent,
only what `send_email` asks of DynamoDB is asked, and the provider's seconds are slept.
"""

import os
import sys

sys.path[:0] = sys.argv[1].split(os.pathsep)
# Native code for signing that tools bring along and Lambda does not have.
sys.modules["awscrt"] = None  # type: ignore[assignment]  # the documented way to forbid an import

import json  # noqa: E402 (after the path that it is to come from)
import time  # noqa: E402
import uuid  # noqa: E402
from collections.abc import Callable  # noqa: E402
from importlib import import_module  # noqa: E402
from typing import Any  # noqa: E402

Handler = Callable[[Any, "Context"], Any]
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
        if operation == "BatchExecuteStatement":
            return {"Responses": [{} for _ in asked["Statements"]]}
        if operation in ("PutItem", "GetItem"):
            return {}
        return original(self, operation, asked)

    client._make_api_call = answered


def aws_alone(provider_seconds: float) -> Handler:
    """A handler that asks DynamoDB what the real one asks, by the real one's own clients."""
    from formarelay.claims import Claimed, MailIdentity, MailState

    service = import_module(sys.argv[2])._application().service
    ledger, limiter, executor = service._delivery._ledger, service._limiter, service._executor

    def mail(_record: Any) -> float:
        key = uuid.uuid4().hex
        identity = MailIdentity(key=key, fingerprint=key * 2, relay_id=key)
        claim = ledger.claim(identity, lease_seconds=_SECONDS)
        if not isinstance(claim, Claimed):
            raise TypeError("a mail that nobody knows could not be claimed")
        time.sleep(provider_seconds)
        ended_at = time.monotonic()
        ledger.settle(identity, claim_id=claim.claim_id, state=MailState.SENT, email_id=key)
        return ended_at

    def handler(event: Any, _context: Context) -> None:
        reservation = limiter.reserve(len(event["Records"]))
        limiter.finish(reservation, ends=list(executor.map(mail, event["Records"])))

    return handler


def serve(handler: Handler, answers: Any) -> None:
    """Until stdin ends."""
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


def chosen(mode: str) -> Handler:
    """What is to be measured."""
    if mode.startswith("--aws-alone="):
        return aws_alone(float(mode.partition("=")[2]))
    if mode == "--without-aws":
        answer_in_process()
    handler: Handler = import_module(sys.argv[2]).lambda_handler
    return handler


if __name__ == "__main__":
    # The handler's own lines go nowhere, at the price of writing them.
    with os.fdopen(os.dup(1), "w") as channel, open(os.devnull, "w") as nowhere:  # noqa: PTH123
        os.dup2(nowhere.fileno(), 1)
        serve(chosen("".join(sys.argv[3:])), channel)

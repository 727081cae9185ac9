"""A malformed partial batch response fails its whole batch.

AWS documents it so: an empty or null `itemIdentifier`, a wrong key instead of it, an identifier
that is not in the batch, and invalid JSON are complete failures; a null response, an empty one and
an empty or null list are complete successes. The emulator takes all of them for success and
deletes the messages. What AWS leaves open (an object with other keys, a list that is none) fails
here: a retry too many shows the mistake, a deletion too many hides it.
"""

from __future__ import annotations

from collections.abc import Collection
from contextvars import ContextVar
from typing import Any

from local.emulator.internals import ModuleFunction

_RUN_BATCH = ModuleFunction(
    module="ministack.services.lambda_svc",
    name="_run_sqs_batch",
    parameters=("esm", "func_rec", "event", "batch", "queue_url", "queue_name"),
)
_EXECUTE = ModuleFunction(
    module="ministack.services.lambda_svc",
    name="_execute_function",
    parameters=("func", "event"),
)
INTERNALS = (_RUN_BATCH, _EXECUTE)


def fault_of_response(response: object, *, message_ids: Collection[str]) -> str | None:
    """Why the response is malformed, or None when AWS would act on it."""
    if response is None or response == {}:
        return None
    if not isinstance(response, dict):
        return f"the response is a {type(response).__name__}, not an object"
    if "batchItemFailures" not in response:
        return "the response has keys, but no batchItemFailures"
    failures = response["batchItemFailures"]
    if failures is None:
        return None
    if not isinstance(failures, list):
        return f"batchItemFailures is a {type(failures).__name__}, not a list"
    faults = (_fault_of_failure(failure, message_ids=message_ids) for failure in failures)
    return next((fault for fault in faults if fault), None)


def _fault_of_failure(failure: object, *, message_ids: Collection[str]) -> str | None:
    if not isinstance(failure, dict) or "itemIdentifier" not in failure:
        return "an entry of batchItemFailures has no itemIdentifier"
    identifier = failure["itemIdentifier"]
    if not isinstance(identifier, str) or not identifier:
        return "an itemIdentifier is null, empty or no string"
    if identifier not in message_ids:
        return "an itemIdentifier is not in the batch"
    return None


def apply() -> None:
    run_batch = _RUN_BATCH.read()
    execute = _EXECUTE.read()
    # The batch runs in one thread from delivery to deletion, and calls the function in between:
    # this carries the batch from the outer replaced function to the inner one.
    message_ids: ContextVar[frozenset[str] | None] = ContextVar("message_ids", default=None)

    def run_batch_strictly(
        esm: dict[str, Any],
        func_rec: dict[str, Any],
        event: dict[str, Any],
        batch: list[dict[str, Any]],
        queue_url: str,
        queue_name: str,
    ) -> None:
        reports = "ReportBatchItemFailures" in (esm.get("FunctionResponseTypes") or [])
        token = message_ids.set(frozenset(item["id"] for item in batch) if reports else None)
        try:
            run_batch(esm, func_rec, event, batch, queue_url, queue_name)
        finally:
            message_ids.reset(token)

    def execute_strictly(func: dict[str, Any], event: dict[str, Any]) -> Any:
        result = execute(func, event)
        delivered = message_ids.get()
        if delivered is None or not isinstance(result, dict) or result.get("error"):
            return result
        fault = fault_of_response(result.get("body"), message_ids=delivered)
        if fault is not None:
            body = {"errorType": "MalformedBatchResponse", "errorMessage": fault}
            return {**result, "error": True, "body": body}
        failures = (result.get("body") or {}).get("batchItemFailures")
        # The emulator trips over a null list, and would deliver a success again.
        return {**result, "body": {"batchItemFailures": failures or []}}

    _RUN_BATCH.write(run_batch_strictly)
    _EXECUTE.write(execute_strictly)

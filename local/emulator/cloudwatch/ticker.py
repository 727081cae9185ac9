"""Looks at the queues and at the alarms every second, and lets time pass faster on demand.

AWS looks at an alarm once a minute, at one with a shorter period every 10 seconds.
"""

from __future__ import annotations

import asyncio
import json
import threading
import time
from collections.abc import Callable
from typing import Any

from local.emulator.cloudwatch import alarms, points, queue_metrics
from local.emulator.internals import ModuleFunction

_SCOPE = ModuleFunction(
    module="ministack.core.responses", name="request_scope", parameters=("account_id", "region")
)
_HANDLE = ModuleFunction(
    module=points.MODULE,
    name="handle_request",
    parameters=("method", "path", "headers", "body", "query_params"),
)
_ANSWER = ModuleFunction(module=points.MODULE, name="_json_ok", parameters=("data",))
_ERROR = ModuleFunction(
    module=points.MODULE,
    name="_error",
    parameters=("code", "message", "status", "use_json", "use_cbor"),
)
INTERNALS = (*alarms.INTERNALS, *queue_metrics.INTERNALS, _SCOPE, _HANDLE, _ANSWER, _ERROR)

# AWS has no such call: all metrics become `Seconds` older, as if so much time had passed since.
ADVANCE_CLOCK = "AdvanceMetricClock"
LIMIT_SECONDS = 24 * 3600
_STEP_SECONDS = 60.0
_TICK_SECONDS = 1.0
# One look at a time: a demanded one waits for the regular one.
_looking = threading.RLock()


def look() -> None:
    """Measures every queue and evaluates every alarm, of all accounts and regions."""
    with _looking:
        measured_at = time.time()
        _everywhere(queue_metrics.QUEUES.scopes(), lambda: queue_metrics.sample(now=measured_at))
        # Later than the measurements, which are to count.
        evaluated_at = time.time()
        _everywhere(alarms.ALARMS.scopes(), lambda: alarms.evaluate_all(now=evaluated_at))


def _everywhere(scopes: list[tuple[str, str]], work: Callable[[], None]) -> None:
    for account, region in scopes:
        with _SCOPE.read()(account, region):
            work()


def advance(seconds: float) -> None:
    """Lets so much time pass for all metrics, minute by minute, each with a look at the alarms."""
    with _looking:
        look()
        while seconds > 0:
            step = min(seconds, _STEP_SECONDS)
            points.age(step)
            queue_metrics.forget()
            look()
            seconds -= step


def _run() -> None:
    while True:
        look()
        time.sleep(_TICK_SECONDS)


def apply() -> None:
    handle = _HANDLE.read()

    async def handle_request(
        method: str, path: str, headers: dict[str, str], body: bytes, query_params: Any
    ) -> Any:
        if headers.get("x-amz-target", "").rpartition(".")[2] == ADVANCE_CLOCK:
            # Not in the event loop: a topic or the bus may need it for what an alarm tells.
            return await asyncio.to_thread(_advance, json.loads(body or b"{}").get("Seconds"))
        return await handle(method, path, headers, body, query_params)

    _HANDLE.write(handle_request)
    threading.Thread(target=_run, daemon=True, name="alarm-ticker").start()


def _advance(seconds: object) -> Any:
    if (
        not isinstance(seconds, int | float)
        or isinstance(seconds, bool)
        or not 0 <= seconds <= LIMIT_SECONDS
    ):
        message = f"Seconds must be a number from 0 to {LIMIT_SECONDS}."
        return _ERROR.read()("ValidationError", message, 400, True)
    advance(seconds)
    return _ANSWER.read()({})

"""rotate_keys as Lambda would run it: the real application, each adapter under guard."""

from __future__ import annotations

import dataclasses
import time
from typing import Any

from formarelay.env import read_settings
from rotate_keys import application, handler, ports
from rotate_keys.settings import RotateSettings
from tests.crash.adapters import find_adapters
from tests.crash.function import PROVIDER_TIMEOUT_SECONDS, Context, Sabotage, guarded

# As in the template.
FUNCTION_SECONDS = 240.0

ADAPTERS = find_adapters(application, with_ports=ports)


def build(environment: dict[str, str], *, sabotage: Sabotage) -> Any:
    """The service that `rotate_keys.application.build` builds, each adapter under guard.

    Args:
        environment: Of the function.
        sabotage: Is given each port's name and adapter, and may return a worse one.
    """
    settings = dataclasses.replace(
        read_settings(RotateSettings, environment),
        provider_timeout_seconds=PROVIDER_TIMEOUT_SECONDS,
    )
    with guarded(application, ADAPTERS, sabotage):
        return application.build(settings)


def invoke(service: Any, event: dict[str, Any]) -> str:
    """What the invocation complains of; empty when it did all that it should.

    What it raises beyond that is a programming error, and ends the process.
    """
    context = Context(deadline=time.monotonic() + FUNCTION_SECONDS, function_name="rotate_keys")
    real: Any = handler
    real._service = lambda: service
    try:
        answer = real.lambda_handler(event, context)
    except handler.RotationFailedError as error:
        return str(error)
    problems = [report["problem"] for report in (answer or {}).get("secrets", [])]
    return "; ".join(problem for problem in problems if problem)


def forget() -> None:
    """Lets go of the service of the last invocation."""
    real: Any = handler
    real._service = None
